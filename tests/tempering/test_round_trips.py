"""Travel through temperature: counted exactly where it is deterministic, and at Syed's rates where it is not."""

import numpy as np
import pytest
import torch

from physlearn.instruments.statistics import standard_error
from physlearn.tempering import diagnostics, exact, laws, swaps
from physlearn.tempering.ladder import geometric
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange


def travel(pairs, rejection, swap, sweeps, ladders):
    """(sweep, ladder, replica) of swaps that are all accepted with probability 1 - rejection."""
    ladder = replicas(geometric(1.0, 3.0, pairs + 1), ladders)
    fixed = torch.full((ladders, pairs), -np.log1p(-rejection), dtype=torch.float64)
    zeros = torch.zeros(ladders, pairs + 1)

    def constant(_, state):
        return swaps.Statistic(zeros, fixed, torch.zeros_like(fixed))

    generator = torch.Generator().manual_seed(1)
    loop = exchange(ladder, lambda heat: None, lambda: None, generator, swap=swap, statistic=constant)
    return np.stack([next(loop).levels.numpy() for _ in range(sweeps)])


@pytest.mark.parametrize("replicas_", [2, 5, 8])
def test_always_accepting_gives_the_deterministic_count(replicas_):
    """A replica moves a level a sweep and waits one at each end: a round trip takes exactly 2 R sweeps."""
    sweeps = 173
    levels = travel(replicas_ - 1, 0.0, "deo", sweeps, 1)
    expected = []
    for start in range(replicas_):
        level, trips, armed, path = start, 0, None, []
        for sweep in range(1, sweeps + 1):
            partner = level + 1 if (level - sweep) % 2 == 0 else level - 1  # pair (i, i+1): when i = sweep mod 2
            level = partner if 0 <= partner < replicas_ else level
            path.append(level)
            if level == replicas_ - 1 and armed == "cold":
                armed = "hot"
            elif level == 0:
                trips, armed = trips + (armed == "hot"), "cold"
        assert levels[:, 0, start].tolist() == path
        expected.append(trips)
    assert diagnostics.round_trips(levels)[0].tolist() == expected
    assert all(sweeps // (2 * replicas_) - 1 <= trips <= sweeps // (2 * replicas_) for trips in expected)


@pytest.mark.parametrize("swap", ["deo", "seo"])
@pytest.mark.parametrize(("pairs", "rejection"), [(8, 0.5), (4, 0.3)])
def test_rates_at_constant_acceptance_are_those_of_syed(swap, pairs, rejection):
    """Within 5 % of 1/(2 + 2 sum r/(1-r)) for DEO and 1/(2N + 2 sum r/(1-r)) for SEO."""
    levels = travel(pairs, rejection, swap, 3000, 60)
    late = diagnostics.round_trips(levels) - diagnostics.round_trips(levels[:500])
    rate = late.sum(1) / 2500  # (ladder,)
    expected = exact.round_trip_rate(np.full(pairs, rejection), swap == "deo")
    assert standard_error(rate) < 0.02 * expected
    assert abs(rate.mean() / expected - 1) < 0.05
    other = exact.round_trip_rate(np.full(pairs, rejection), swap != "deo")
    assert abs(rate.mean() / other - 1) > 0.3  # the other scheme's rate would not pass


def test_printed_rates():
    rates = [exact.round_trip_rate(np.full(n, r), deo) for n, r in ((8, 0.5), (4, 0.3)) for deo in (True, False)]
    assert rates == pytest.approx([0.0556, 0.0313, 0.1842, 0.0875], abs=6e-5)


@pytest.mark.parametrize("swap", ["deo", "seo"])
def test_the_flow_of_independent_swaps(swap):
    levels = travel(6, 0.4, swap, 4000, 60)[500:]
    by_ladder = np.stack([diagnostics.flow(levels[:, i : i + 1]) for i in range(60)])
    expected, error = exact.flow(np.full(6, 0.4), swap == "deo"), standard_error(by_ladder)
    assert by_ladder.mean(0)[[0, -1]].tolist() == [1, 0]
    assert (np.abs(by_ladder.mean(0) - expected)[1:-1] < 4 * error[1:-1]).all()
    other = exact.flow(np.full(6, 0.4), swap != "deo")
    assert (np.abs(by_ladder.mean(0) - other)[1:-1] > 4 * error[1:-1]).any()


def test_counts_by_hand():
    path = np.array([0, 1, 2, 1, 0, 1, 1, 2, 2, 1, 0, 0])  # two trips
    late = np.array([2, 1, 0, 1, 2, 2, 2, 1, 1, 0, 1, 1])  # began hot: one
    still = np.ones(12, dtype=int)  # never at an end
    levels = np.stack([path, late, still], 1)[:, None]
    assert diagnostics.round_trips(levels).tolist() == [[2, 1, 0]]
    assert diagnostics.last_end(levels)[3, 0].tolist() == [-1, 1, 0]
    assert diagnostics.flow(levels)[[0, 2]].tolist() == [1, 0]


def test_every_law_holds():
    for law in laws.laws(torch.device("cpu"))[-3:]:
        mean, error = law.measure()
        assert abs(mean - law.exact) < 4 * error, law.name
