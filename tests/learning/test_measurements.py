"""What the measurements give: rows that resume, errors that are what they say, exact values within their errors."""

import numpy as np
import pytest
import torch

from physlearn.instruments.statistics import mean_and_error
from physlearn.learning import curves
from physlearn.learning.adding_examples import LEARNED, _exchange, _jumps, _loops, _said, hysteresis
from physlearn.learning.curves import extrapolated, learning_curve, temperature_curves
from physlearn.learning.exact import census
from physlearn.learning.examples import draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.linear import linear_student
from physlearn.learning.phase_plane import diagram
from physlearn.learning.ridge import double_descent, langevin_error
from physlearn.learning.small import enumeration, exchange_beside
from physlearn.learning.theory import spinodal, transition
from physlearn.streams import stream, streams

LADDER = [0.3, 0.4, 0.55, 0.75, 1.0, 1.5, 2.5]


@pytest.mark.parametrize(
    ("measurement", "settings", "rows"),
    [
        (learning_curve, dict(neurons=[10, 20], loads=[1.0, 2.0], temperature=1.0, samples=3, burn_in=3, sweeps=4), 4),
        (temperature_curves, dict(neurons=10, temperatures=[1.0, 2.0], scaled_loads=[1.0], samples=3, burn_in=3), 2),
        (hysteresis, dict(neurons=[15], rates=[2, 3], temperature=1.0, samples=4, step=0.5), 2),
        (double_descent, dict(neurons=10, points=[[1, 1, 0.1, 0.1], [2, 1, 0.1, 0.1]], samples=2, relaxations=0.3), 2),
        (enumeration, dict(neurons=[6], loads=[0.5, 1.0], temperature=0.5, samples=3), 2),
        (diagram, dict(temperatures=[0.0, 1.0]), 2),
    ],
)
def test_the_rest_of_the_rows_can_be_computed_alone(measurement, settings, rows):
    whole = list(measurement(**settings, seed=1))
    assert len(whole) == rows
    assert list(measurement(**settings, seed=1, done=1)) == whole[1:]
    if measurement is not diagram:
        assert list(measurement(**settings, seed=2)) != whole
    assert np.prod([len(settings[axis]) for axis in measurement.axes]) == rows


def test_smaller_sizes_have_more_samples():
    rows = list(learning_curve([5, 20], [1.0], 1.0, 3, 0, burn_in=2, sweeps=2))
    assert [row["samples"] for row in rows] == [12, 3]


def test_disorder_and_thermal_errors_add_up():
    row = next(learning_curve([20], [1.5], 1.0, 40, 0, burn_in=30, sweeps=10))
    assert row["thermal_se"] > 0
    longer = next(learning_curve([20], [1.5], 1.0, 40, 0, burn_in=30, sweeps=400))
    assert longer["error_se"] ** 2 == pytest.approx(longer["thermal_se"] ** 2 + longer["disorder_se"] ** 2)
    assert longer["thermal_se"] < 0.5 * row["thermal_se"]  # 40 times the sweeps


def test_the_thermal_error_is_half_of_the_difference_of_two_students(monkeypatch):
    """Averages of deviation .01 in disorder and .02 thermal: over 4000 samples their errors are .01 and .02/sqrt 2 over
    sqrt 4000."""

    def pairs(size, count, temperature, samples, *_):
        draws = np.random.default_rng(0)
        error = 0.3 + 0.01 * draws.normal(size=(samples, 1)) + 0.02 * draws.normal(size=(samples, 2))
        return error, error

    monkeypatch.setattr(curves, "_pairs", pairs)
    row = curves.point(2, 1.0, 1.0, 4000, "spherical", 1, 1, torch.Generator())
    assert row["disorder_se"] == pytest.approx(0.01 / 4000**0.5, rel=0.1)
    assert row["thermal_se"] == pytest.approx(0.02 / 8000**0.5, rel=0.1)
    assert abs(row["starts_z"]) < 4


def test_extrapolation_finds_the_intercept():
    sizes, errors = np.array([100, 200, 400]), np.array([0.001, 0.002, 0.001])
    value, error, chi2 = extrapolated(sizes, 0.3 + 2 / sizes, errors)
    assert value == pytest.approx(0.3)
    assert chi2 == pytest.approx(0, abs=1e-12)
    noisy = [extrapolated(sizes, 0.3 + 2 / sizes + errors * np.random.default_rng(i).normal(size=3), errors)[0]
             for i in range(400)]  # fmt: skip
    assert np.std(noisy) == pytest.approx(error, rel=0.15)


def test_replica_exchange_over_weights_is_the_enumeration():
    """<E>, P(E), ln Z of 12 weights at every level within 4 standard errors, 40 ladders."""
    found = exchange_beside(IsingPerceptron(draw(12, 16, stream(1, "small"))), LADDER, 600, 200, 2, ladders=40)
    assert np.abs(found["energy_z"]).max() < 4
    assert np.nanmax(np.abs(found["probability_z"])) < 4.5  # of about 70, with the tails of 39 degrees of freedom
    assert np.isfinite(found["probability_z"]).sum() > 30
    assert np.abs(found["log_z_z"]).max() < 4


def test_control_exchange_of_a_system_with_another_teacher_fails():
    right, wrong = (IsingPerceptron(draw(12, 16, stream(n, "small"))) for n in (1, 2))
    found = exchange_beside(right, LADDER, 200, 100, 2, ladders=20)
    other = exchange_beside(wrong, LADDER, 200, 100, 2, ladders=20)
    error = np.abs((found["energy"] - found["energy_exact"]) / found["energy_z"])
    assert np.abs((other["energy"] - found["energy_exact"]) / error).max() > 8


def test_langevin_has_the_error_of_its_own_step():
    """The exact value of Euler's scheme at this h within 4 errors; that of the continuous motion fails (control)."""
    student = linear_student(30, 2.0, 0.3, 0.5, stream(1, "ridge"))
    mean, error = langevin_error(student, 0.5, 0.3, 200, 8.0, stream(2, "ridge"))
    assert abs(mean - student.exact_error(0.5, 0.3)) < 4 * error
    assert abs(mean - student.exact_error(0.5)) > 8 * error


def test_jumps_are_the_first_loads_past_the_threshold():
    loads = np.array([1.0, 2.0, 3.0])
    past = np.array([[False, False, True], [True, False, False], [True, False, True]])
    assert _jumps(past, loads)[[0, 2]].tolist() == [2.0, 1.0]
    assert np.isnan(_jumps(past, loads)[1])
    said = _said("up", np.array([1.0, 2.0, np.nan, 4.0, 3.0]), torch.Generator().manual_seed(0))
    assert (said["up_median"], said["up_jumped"]) == (3.0, 4)
    assert _said("up", np.array([1.0, np.nan]), torch.Generator().manual_seed(0))["up_median"] is None


def test_students_jump_up_late_and_down_early():
    row = next(hysteresis([40], [40], 1.0, 12, 3, step=0.2))
    assert row["down_median"] < row["up_median"]
    assert row["up_median"] > transition(1.0) - 0.3
    assert row["down_median"] < spinodal(1.0)
    assert row["overlap_up"][-1] > LEARNED > row["overlap_up"][0]
    assert row["load"] == sorted(row["load"])


def test_the_area_of_the_loop_and_what_the_exchange_takes_from_it():
    """4 weights, 2 samples, loads 1, 2, 4: R written down, areas by hand."""
    examples = draw(4, 3, stream(5, "loads"), 2, "ising", "signs")
    teacher = examples.teacher.to(torch.int8)

    def wrong(*flips):
        rows = teacher.clone()
        for sample, count in enumerate(flips):
            rows[sample, :count] *= -1
        return rows  # R = 1 - count/2

    up, down = [wrong(2, 2), wrong(2, 1), wrong(0, 0)], [wrong(0, 0), wrong(0, 0), wrong(2, 0)]  # rising; falling
    alone = [[wrong(2, 2), wrong(2, 2), wrong(2, 0)], [wrong(0, 0), wrong(0, 0), wrong(1, 0)]]
    found = _loops(examples, [up, down], np.array([1.0, 2.0, 4.0]), alone)
    own = np.array([1.5, 1.25])  # (0 + 1)/2 + (1 + 0) and (1 + .5)/2 + (.5 + 0)
    other = np.array([0.75 + 2.0, 2.0])  # (.5 + 1)/2 + (1 + 1) and (1 + 1)/2 + (1 + 0)
    assert found["loop"] == pytest.approx(own.mean())
    assert found["loop_alone"] == pytest.approx(other.mean())
    assert found["narrower"] == pytest.approx((other - own).mean())
    assert found["narrower_se"] == pytest.approx(abs(np.diff(other - own)[0]) / 2)
    assert set(_loops(examples, [up, down], np.array([1.0, 2.0, 4.0]), [])) == {"loop", "loop_se"}


@pytest.mark.parametrize("rising", [True, False])
def test_exchange_between_loads_keeps_the_law_of_each_load(monkeypatch, rising):
    """<E> of 9 weights at three numbers of examples, as their censuses have it; swapped whatever e says, it is not."""
    examples = draw(9, 14, stream(4, "loads"), 1, "ising", "signs")
    many, T = examples.of_samples(torch.zeros(4000, dtype=torch.long)), 0.8
    counts = np.array([6, 10, 14]) if rising else np.array([14, 10, 6])
    exact = [census(IsingPerceptron(examples.between(0, int(count))))[0].energy(T) for count in counts]
    systems = [IsingPerceptron(many.between(0, int(count))) for count in counts]
    largest = []
    for always in (False, True):
        if always:
            monkeypatch.setattr(torch, "rand", lambda count, **_: torch.zeros(count))
        states = [systems[0].start(streams(k, range(4000))) for k in range(3)]
        _exchange(many, counts, states, 60, T, 5)
        found = [mean_and_error(system.energy(rows)) for system, rows in zip(systems, states, strict=True)]
        largest.append(max(abs(mean - x) / se for (mean, se), x in zip(found, exact, strict=True)))
    assert largest[0] < 4
    assert largest[1] > 8


def test_the_plane_of_the_theory():
    cold, hot = diagram([0.2, 1.0])
    assert cold["freezing"] == pytest.approx(1.35523, abs=6e-6)
    assert hot["freezing"] is None
    assert hot["transition"] == pytest.approx(2.33278, abs=6e-6)
    assert hot["annealed_transition"] == pytest.approx(2.43070, abs=6e-6)
    assert max(cold["replicon"], cold["replicon_end"], hot["replicon"]) < 1


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "T"), [(1.0, 1.0), (3.0, 1.0)])
def test_spherical_students_reach_the_quenched_error_as_N_grows(alpha, T):
    from physlearn.learning.theory import quenched

    rows = list(learning_curve([50, 100, 200], [alpha], T, 24, 5, burn_in=200, sweeps=200))
    sizes, values, errors = (np.array([row[key] for row in rows]) for key in ("neurons", "error", "error_se"))
    value, error, _ = extrapolated(sizes, values, errors)
    assert abs(value - quenched(alpha, T).error) < 4 * error
    assert error < 0.01 * value
