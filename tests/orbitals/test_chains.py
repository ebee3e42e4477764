"""A single chain of small steps crosses no node; exchange does (2p0 in test_laws, larger orbitals here)."""

import math

import pytest
import torch

from physlearn.dynamics import MALA, Langevin
from physlearn.orbitals import Chains, Orbital, draw, summarise
from physlearn.orbitals.averages import worst
from physlearn.tempering.ladder import geometric
from physlearn.tempering.permutation import replicas


def run(orbital, equation, h, temperatures, swap, sweeps, burn_in, every=5, ladders=48, dtype=torch.float64):
    noise = torch.Generator().manual_seed(1)
    move = lambda states: equation([states], h, torch.ones(len(states)), generator=noise)  # noqa: E731
    swaps = torch.Generator().manual_seed(2)
    chains = Chains(orbital, replicas(temperatures, ladders), move, every, swaps, swap, dtype=dtype)
    series = []
    for sweep in range(burn_in + sweeps):
        chains.sweep()
        if sweep >= burn_in:
            series.append(chains.coldest().clone())
    return summarise(orbital, torch.stack(series, 1))


def test_control_a_single_chain_of_small_steps_stays_in_its_lobe():
    averages = run(Orbital(2, 1, 0), Langevin, 0.01, [1.0, 1.5], "none", sweeps=60, burn_in=20)
    assert averages["region_2"].mean > 0.97
    assert abs(averages["region_2"].z) > 10


ALL = [(n, l, m) for n in range(1, 5) for l in range(n) for m in range(l + 1)]
SOME = [(4, 0, 0), (4, 2, 1), (3, 1, 0)]


@pytest.mark.parametrize(
    "numbers",
    [pytest.param(q, id=str(q), marks=pytest.mark.slow if q in SOME else pytest.mark.studies) for q in ALL],
)
def test_averages_and_regions_of_every_orbital(numbers):
    ladder = geometric(1.0, 4.0, 6).tolist()
    averages = run(Orbital(*numbers), MALA, 8.0, ladder, "deo", 350, 200, dtype=torch.float32)
    assert worst(averages) < 4
    assert averages["r"].error < 0.03 * averages["r"].exact
    print(numbers, f"largest |z| {worst(averages):.2f} of {len(averages)}")


@pytest.mark.slow
def test_below_t_2_the_node_is_crossed_less_and_less_with_the_step_and_above_it_is_not():
    """Crossings per unit of time ~ h^(1/T - 1/2), from exact samples at T = 1, wider ones at T = 4."""
    orbital, rates = Orbital(2, 1, 0), {}
    for T in (1.0, 4.0):
        for h, steps in ((0.32, 200), (0.02, 800)):
            states = T * draw(orbital, 2000, torch.Generator().manual_seed(3))
            states.requires_grad_()
            mala = MALA([states], h, T, generator=torch.Generator().manual_seed(4))

            def closure(states=states):
                x = states.detach()
                states.grad = orbital.gradient(x)
                return orbital.energy(x)

            crossed = 0
            for step in range(steps):
                before = states.detach()[:, 2] > 0
                mala.step(closure)
                if step >= steps // 2:
                    crossed += int(((states.detach()[:, 2] > 0) != before).sum())
            rates[T, h] = crossed / (h * steps / 2)
    assert 0 < rates[1.0, 0.32] < 0.1 * rates[4.0, 0.32]
    assert rates[1.0, 0.02] < 0.02 * rates[4.0, 0.02]
    assert rates[4.0, 0.02] > 1.1 * rates[4.0, 0.32]


def test_a_series_that_never_moved_is_infinitely_wrong_or_right():
    stuck = torch.tensor(Orbital(2, 1, 0).start, dtype=torch.float64).expand(3, 10, 3)
    averages = summarise(Orbital(2, 1, 0), stuck)
    assert averages["region_2"].z == math.inf
    assert averages["region_1"].z == -math.inf
