"""The annealed approximation and the high-temperature limit: numbers, limits, the quenched theory beside them."""

import math

import pytest

from physlearn.learning.annealed import (
    annealed_spinodal,
    annealed_state,
    annealed_transition,
    high_temperature,
    high_temperature_spinodal,
    high_temperature_transition,
)
from physlearn.learning.theory import quenched, transition


@pytest.mark.parametrize(
    ("T", "first_order", "end", "digits"),
    [(0.0, 1.447966, 1.73011, 6e-6), (1.0, 2.43070, 2.92787, 6e-6), (5.0, 9.1000, 11.1041, 6e-5)],
)
def test_annealed_transition_and_spinodal(T, first_order, end, digits):
    assert (annealed_transition(T), annealed_spinodal(T)) == pytest.approx((first_order, end), abs=digits)


def test_control_annealed_is_not_quenched():
    """A test at the printed digits tells the two apart: at T = 0 they differ by 0.2."""
    for T in (0.0, 1.0, 5.0):
        assert annealed_transition(T) - transition(T) > 1e-2
    assert annealed_state(1.0, 0.0, "ising").entropy - quenched(1.0, 0.0, "ising").entropy > 0.05


def test_high_temperature_numbers():
    assert high_temperature_transition() == pytest.approx(1.695933, abs=6e-7)
    assert high_temperature_spinodal() == pytest.approx(2.082070, abs=6e-7)
    at = high_temperature(high_temperature_transition(), "ising")
    assert (at.R, at.error) == pytest.approx((0.580237, 0.302960), abs=6e-7)
    end = high_temperature(high_temperature_spinodal() - 1e-12, "ising")
    assert (end.R, end.error) == pytest.approx((0.833557, 0.186301), abs=2e-6)
    assert high_temperature(1.0).error == pytest.approx(0.401907, abs=6e-7)
    assert high_temperature(10.0).error == pytest.approx(0.096892, abs=6e-7)


def test_high_temperature_closed_forms():
    assert math.tan(math.pi * high_temperature(2.3).error) == pytest.approx(math.pi / 2.3)
    at = high_temperature(1.4, "ising")
    assert pytest.approx(math.tanh(1.4 / (math.pi * math.sqrt(1 - at.R**2))), abs=1e-12) == at.R
    assert high_temperature(0.8, "ising", "linear").error == pytest.approx(1 - math.tanh(0.8))
    assert pytest.approx((math.sqrt(1 + 4 * 0.64) - 1) / 1.6) == high_temperature(0.8, "spherical", "linear").R


@pytest.mark.parametrize("weights", ["spherical", "ising"])
def test_quenched_and_annealed_go_over_into_the_high_temperature_limit(weights):
    """The difference falls as 1/T."""
    limit = high_temperature(1.5, weights).R
    gaps = [(abs(quenched(1.5 * T, T, weights).R - limit), abs(annealed_state(1.5 * T, T, weights).R - limit))
            for T in (50.0, 100.0)]  # fmt: skip
    for far, near in zip(*gaps, strict=True):
        assert near < 0.01
        assert far / near == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize(("load", "weights", "T"), [(1.3, "spherical", 0.0), (2.1, "ising", 1.0), (9.0, "ising", 5.0)])
def test_annealed_states_are_stationary(load, weights, T):
    """G by differences in R, and the entropy as -df/dT."""
    at = annealed_state(load, T, weights)
    b = 1 - math.exp(-1 / T) if T else 1.0

    def G(R):
        s0 = (math.log(1 - R * R) / 2 if weights == "spherical"
              else -sum(p * math.log(p) for p in ((1 + R) / 2, (1 - R) / 2)))  # fmt: skip
        return s0 + load * math.log(1 - b * math.acos(R) / math.pi)

    assert G(at.R) == pytest.approx(at.free_energy, abs=1e-12)
    assert abs(G(at.R + 1e-5) - G(at.R - 1e-5)) / 2e-5 < 1e-8
    if T:
        cold, hot = (annealed_state(load, t, weights).free_energy for t in (T - 1e-4, T + 1e-4))
        assert (((T + 1e-4) * hot - (T - 1e-4) * cold) / 2e-4) == pytest.approx(at.entropy, abs=1e-6)


def test_arguments_out_of_range():
    with pytest.raises(ValueError, match=r"spinodal is 1\.73011"):
        annealed_state(1.8, 0.0, "ising")
    with pytest.raises(ValueError, match="one branch"):
        annealed_state(1.8, 0.0, "spherical", "unstable")
    with pytest.raises(ValueError, match="teacher must be boolean or linear"):
        high_temperature(1.0, "ising", "quadratic")
    with pytest.raises(ValueError, match=r"no poor branch at load 2\.1"):
        high_temperature(2.1, "ising")
