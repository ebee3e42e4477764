"""Fluctuation theorems on the driven trap against exact values; BAR against pymbar; the warning of a dead average."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import chi2, kstest, norm

from physlearn.thermodynamics import Trap, bar, crooks, drive, exact, integral_theorem, jarzynski, linear_trap
from physlearn.thermodynamics.fluctuations import exponential_average

T, ROWS = 0.7, 20_000


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rng():
    return np.random.default_rng(8)


def log_normal(x, mean, variance):
    return norm.logpdf(x.numpy(), mean, math.sqrt(variance))


@pytest.mark.parametrize(("h", "steps", "alone"), [(0.1, 50, 0.98653), (0.3, 20, 0.90845), (0.5, 20, 0.69238)])
def test_the_work_alone_is_what_the_recursion_says(h, steps, alone):
    """Reference numbers at T = 1, relative to Z_K/Z_0."""
    trap = linear_trap((1, 3), (0, 1.5), steps)
    assert exact.work_alone(trap, h, 1.0) * math.sqrt(3) == pytest.approx(alone, abs=6e-6)


@pytest.mark.parametrize("pace", [0.1, 0.5, 1.0, 1.5])
def test_theorems_hold_at_every_step_and_the_work_alone_does_not(pace):
    trap, h = linear_trap((1, 3), (0, 1.5), 20), pace / 3
    found = drive(trap, h, T, ROWS, generator())
    ratio = math.exp(-exact.free_energy_difference(trap, T) / T)
    assert ratio == pytest.approx(3**-0.5)
    with_shadow = jarzynski(found.exponent.numpy(), rng())
    assert abs(with_shadow.mean - ratio) < 4 * with_shadow.error
    assert with_shadow.warning is None
    start, end = log_normal(found.start, 0, T), log_normal(found.end, *exact.law_of_end(trap, h, T))
    integral = integral_theorem(start, end, found.entropy.numpy(), rng())
    assert abs(integral.mean - 1) < 4 * integral.error
    alone = exponential_average((found.work / T).numpy(), rng())
    assert abs(alone.mean - exact.work_alone(trap, h, T)) < 4 * alone.error
    assert (abs(alone.mean - ratio) > 4 * alone.error) == (pace >= 1.0)
    assert float(found.work.mean() + found.shadow_work.mean()) > exact.free_energy_difference(trap, T)
    assert float((found.defect.abs() / (found.work.abs() + found.heat.abs())).max()) < 1e-12


def test_the_integral_theorem_fails_where_the_bath_is_given_the_heat_alone():
    """Without the shadow work s = -Q/T; any normalised density at the end would pass, the entropy does not."""
    trap = linear_trap((1, 3), (0, 1.5), 20)
    found = drive(trap, 0.15, T, ROWS, generator())
    start, end = log_normal(found.start, 0, T), log_normal(found.end, *exact.law_of_end(trap, 0.15, T))
    wrong = integral_theorem(start, end, (-found.heat / T).numpy(), rng())
    assert abs(wrong.mean - 1) > 4 * wrong.error


def test_bar_and_crooks_agree_with_the_exact_difference():
    trap, h = linear_trap((1, 3), (0, 1.5), 20), 0.5
    forward = drive(trap, h, T, ROWS, generator(1))
    backward = drive(trap.reversed(), h, T, ROWS, generator(2), backward=True)
    exponents = forward.exponent.numpy(), backward.exponent.numpy()
    f, error = bar(*exponents)
    assert abs(f - math.log(3) / 2) < 4 * error
    a, logarithm, errors = crooks(*exponents)
    square = np.square((logarithm - a + math.log(3) / 2) / errors).sum()
    assert len(a) > 8
    assert chi2.sf(square, len(a)) > 1e-4
    # the control: the work alone
    f, error = bar((forward.work / T).numpy(), (backward.work / T).numpy())
    assert abs(f - math.log(3) / 2) > 4 * error


def test_bar_is_pymbar():
    """The numbers of pymbar 4.0.3, other_estimators.bar."""
    draws = np.random.default_rng(12)
    f, error = bar(draws.normal(1.6, 1.3, 700), draws.normal(-0.1, 1.1, 400))
    assert f == pytest.approx(0.8296796973129152, abs=1e-10)
    assert error == pytest.approx(0.038647378642379195, abs=1e-10)


def test_a_quench_has_the_distribution_of_chi_square():
    found = drive(linear_trap((1, 3), (0, 0), 2, 1), 0.2, T, ROWS, generator(3))
    mean, variance, average = exact.quench(1, 3, T)
    assert kstest((found.work / mean).numpy(), chi2(1).cdf).pvalue > 1e-4
    assert abs(float(found.work.mean()) - mean) < 4 * math.sqrt(variance / ROWS)
    spread = (found.work - mean).square()
    assert abs(float(spread.mean()) - variance) < 4 * float(spread.std()) / math.sqrt(ROWS)
    weight = (-found.work / T).exp()
    assert abs(float(weight.mean()) - average) < 4 * float(weight.std()) / math.sqrt(ROWS)


def test_a_moving_trap_does_gaussian_work():
    trap, h = linear_trap((1.4, 1.4), (0, 2), 12), 0.3
    found = drive(trap, h, T, ROWS, generator(4))
    mean, variance = exact.work_of_moving_trap(trap, h, T)
    assert kstest(found.work.numpy(), norm(mean, math.sqrt(variance)).cdf).pvalue > 1e-4
    assert abs(float(found.work.mean()) - mean) < 4 * math.sqrt(variance / ROWS)
    fine = linear_trap((1.4, 1.4), (0, 2), 40_000)  # a short step: continuous time
    mean, variance = exact.work_of_moving_trap(fine, 2.5 / 40_000, T)
    assert mean == pytest.approx(exact.moving_trap(0.8, 1.4, 2.5), rel=1e-3)
    assert variance == pytest.approx(2 * T * mean, rel=1e-3)


def test_an_average_ruled_by_one_says_so():
    steep = np.random.default_rng(0).normal(500, 60, 2000)
    average = exponential_average(steep, rng())
    assert average.ess < 2
    assert "ruled by about 1 of them" in average.warning
    assert exponential_average(np.zeros(2000), rng()).warning is None
    flat = exponential_average(np.random.default_rng(1).normal(0.5, 1, 4000), rng())
    assert abs(flat.log) < 4 * flat.log_error  # <exp(-A)> = exp(-1/2 + 1/2)
    assert flat.log_error == pytest.approx(flat.error / flat.mean, rel=0.3)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="two finite"):
        jarzynski(np.array([1.0, math.nan]), rng())
    with pytest.raises(ValueError, match="BAR needs finite"):
        bar(np.array([]), np.array([1.0]))
    with pytest.raises(ValueError, match="do not overlap"):
        crooks(np.zeros(50), np.full(50, -9.0))
    with pytest.raises(ValueError, match="switch=21"):
        linear_trap((1, 3), (0, 1), 20, 21)
    with pytest.raises(ValueError, match="must be positive"):
        Trap(torch.tensor([1.0, -1.0]), torch.zeros(2))
    with pytest.raises(ValueError, match="for U_0 and for each step"):
        Trap(torch.ones(1), torch.ones(1))
