"""The replica-symmetric theory: numbers of two other codes, the action's own gradient by quadrature, and controls."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

from physlearn.learning import integrals, theory
from physlearn.learning.closed_forms import BAYES_TAIL, GIBBS_TAIL, bayes_error, hebb_overlap
from physlearn.learning.theory import (
    at_field,
    barriers,
    freezing,
    freezing_end,
    line,
    quenched,
    residuals,
    spinodal,
    transition,
)

RNG = np.random.default_rng(16)


@pytest.mark.parametrize(
    ("alpha", "R", "gibbs", "bayes"),
    [
        (0.5, 0.280326, 0.409558, 0.322395),
        (1, 0.486264, 0.338359, 0.254373),
        (2, 0.728298, 0.240312, 0.174534),
        (5, 0.932064, 0.118006, 0.083935),
        (10, 0.981378, 0.061525, 0.043573),
        (20, 0.995227, 0.031113, 0.022009),
        (100, 0.999808, 0.006246, 0.004416),
    ],
)
def test_spherical_gibbs_students(alpha, R, gibbs, bayes):
    state = quenched(alpha, 0.0)
    assert pytest.approx(R, abs=6e-7) == state.R
    assert state.q == pytest.approx(state.R, abs=1e-12)
    assert state.error == pytest.approx(gibbs, abs=6e-7)
    assert bayes_error(state.R) == pytest.approx(bayes, abs=6e-7)


def test_the_tail_of_the_learning_curve():
    state = quenched(1e4, 0.0)
    assert state.alpha * state.error == pytest.approx(GIBBS_TAIL, abs=2e-5)
    assert state.alpha * bayes_error(state.R) == pytest.approx(BAYES_TAIL, abs=2e-5)


@pytest.mark.parametrize(
    ("alpha", "error", "entropy"),
    [(0.5, 0.405317, 0.372133), (1, 0.310526, 0.106108), (1.2, 0.266868, 0.017965), (1.4, 0.210237, -0.056427)],
)
def test_ising_gibbs_students(alpha, error, entropy):
    state = quenched(alpha, 0.0, "ising")
    assert (state.error, state.entropy) == pytest.approx((error, entropy), abs=6e-7)


@pytest.mark.parametrize(
    ("T", "first_order", "end"),
    [
        (0.0, 1.244684, 1.492632),
        (0.2, 1.26337, 1.51612),
        (0.5, 1.57084, 1.90262),
        (1.0, 2.33278, 2.84562),
        (2.0, 3.98399, 4.87852),
        (5.0, 9.04465, 11.09588),
    ],
)
def test_transition_and_spinodal(T, first_order, end):
    digits = 6e-7 if T == 0 else 6e-6
    assert (transition(T), spinodal(T)) == pytest.approx((first_order, end), abs=digits)


def test_the_zero_entropy_line():
    """At T = 0 it is the transition; it meets the spinodal at a temperature between 0.2 and 0.5."""
    assert freezing(0.0) == pytest.approx(transition(0.0), abs=1e-10)
    assert pytest.approx(0.69376, abs=6e-6) == at_field(quenched(transition(0.0), 0.0, "ising").field, 0.0, "ising").R
    assert freezing(0.2) == pytest.approx(1.35523, abs=6e-6)
    alpha, T = freezing_end()
    assert 0.2 < T < 0.5
    assert freezing(T - 0.002) == pytest.approx(alpha, abs=0.01)
    assert [freezing(t) for t in (T + 0.002, 0.5, 1.0, 2.0, 5.0)] == [None] * 5


def random_states(count=6):
    for _ in range(count):
        T = float(RNG.choice([0.0, RNG.uniform(0.05, 0.3), RNG.uniform(0.3, 6)]))
        yield quenched(RNG.uniform(0.05, 30), T), T, "spherical"
        alpha = RNG.uniform(0.05, 0.999) * spinodal(T)
        yield quenched(alpha, T, "ising"), T, "ising"
        yield quenched(RNG.uniform(0.3, 0.999) * spinodal(T), T, "ising", "unstable"), T, "ising"


def test_residuals_at_random_points_of_every_branch():
    for state, T, weights in random_states(12):
        assert max(map(abs, residuals(state, T, weights))) < 1e-9


def action(R, q, alpha, beta, weights, field=0.0, noise=0.0):
    """G0 + alpha G1 as the docstring of theory.py prints it, by adaptive quadrature: independent of integrals.py."""
    g, spread = math.sqrt(q / (1 - q)), math.sqrt(q - R * R)
    normal = lambda t: math.exp(-t * t / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    seen = lambda t: ndtr(R * t / spread) * math.log(math.exp(-beta) + (1 - math.exp(-beta)) * ndtr(g * t))  # noqa: E731
    limits = dict(limit=200, epsabs=1e-12, epsrel=1e-11, points=(-1, -0.1, 0, 0.1, 1))
    G1 = 2 * quad(lambda t: normal(t) * seen(t), -9, 9, **limits)[0]
    if weights == "spherical":
        return math.log(1 - q) / 2 + (q - R * R) / (2 * (1 - q)) + alpha * G1
    cosh = quad(lambda z: normal(z) * math.log(2 * math.cosh(math.sqrt(noise) * z + field)), -9, 9, **limits)[0]
    return -noise * (1 - q) / 2 - R * field + cosh + alpha * G1


def moved(at, place, step):
    return [value + step if i == place else value for i, value in enumerate(at)]


@pytest.mark.parametrize(
    ("alpha", "T", "weights", "branch"),
    [(1.7, 0.6, "spherical", "poor"), (6.0, 2.3, "spherical", "poor"), (1.1, 0.6, "ising", "poor"),
     (2.6, 1.3, "ising", "poor"), (2.6, 1.3, "ising", "unstable")],
)  # fmt: skip
def test_a_state_is_a_stationary_point_of_the_printed_action(alpha, T, weights, branch):
    state = quenched(alpha, T, weights, branch)
    at = [state.R, state.q, alpha, 1 / T, weights, state.field, state.noise]
    assert action(*at) == pytest.approx(state.free_energy, abs=1e-9)
    for place in (0, 1) if weights == "spherical" else (0, 1, 5, 6):
        step = 1e-4 * min(at[place], 1 - at[place] if place < 2 else 1.0, 1.0)
        ends = [action(*moved(at, place, sign * step)) for sign in (1, -1)]
        assert abs(ends[0] - ends[1]) / (2 * step) < 2e-5
    colder = [action(*moved(at, 3, sign * 1e-4)) for sign in (1, -1)]
    assert (colder[0] - colder[1]) / 2e-4 == pytest.approx(-alpha * state.training_error, abs=1e-7)  # -d beta f/d beta
    assert state.entropy == pytest.approx(state.free_energy + alpha * state.training_error / T, abs=1e-12)


def test_control_a_slope_of_root_R_instead_of_root_R_over_1_minus_R():
    """The published misprint g = sqrt R: the saddle point moves by far more than the digits that are tested."""
    right = quenched(1.0, 0.0, "ising")
    t, weight = integrals.nodes(0.05)
    entropy = {}
    for name, g in (("right", math.sqrt(right.R / (1 - right.R))), ("wrong", math.sqrt(right.R))):
        examples = 2 * float(weight @ (ndtr(g * t) * np.log(ndtr(g * t))))
        z, measure = integrals.gaussian()
        field = right.field
        cosh = float(measure @ np.log(2 * np.cosh(math.sqrt(field) * z + field)))
        entropy[name] = -field * (1 + right.R) / 2 + cosh + right.alpha * examples
    assert entropy["right"] == pytest.approx(0.106108, abs=6e-7)
    assert abs(entropy["wrong"] - 0.106108) > 0.05


def test_replica_symmetry_is_stable_on_the_poor_branch_and_lost_on_the_cold_unstable_one():
    for T in (0.0, 0.2, 1.0, 5.0):
        for part in (0.2, 0.6, 0.99):
            assert quenched(part * spinodal(T), T, "ising").replicon < 1
        assert quenched(3.0, T).replicon < 1
    assert quenched(1.0, 0.0, "ising", "unstable").replicon > 1
    assert quenched(1.0, 1.0, "ising", "unstable").replicon < 1


def test_the_replicon_by_differences():
    """alpha gamma_0 gamma_1, gamma_1 from second differences of ln Phi."""
    state, T = quenched(1.3, 0.7, "ising"), 0.7
    rest, h = 1 - state.q, 1e-4

    def log_phi(field):
        return np.log(np.exp(-1 / T) + (1 - np.exp(-1 / T)) * ndtr(field / math.sqrt(rest)))

    t, measure = integrals.nodes(0.02)
    seen = 2 * measure * ndtr(state.R * t / math.sqrt(state.q - state.R**2))
    local = math.sqrt(state.q) * t
    second = (log_phi(local + h) - 2 * log_phi(local) + log_phi(local - h)) / h**2
    z, normal = integrals.gaussian()
    gamma = float(normal @ (1 - np.tanh(math.sqrt(state.noise) * z + state.field) ** 2) ** 2)
    assert state.replicon == pytest.approx(state.alpha * gamma * float(seen @ second**2), rel=1e-5)


def test_more_panels_change_nothing(monkeypatch):
    before = [quenched(a, t, w) for a, t, w in ((0.7, 0.05, "ising"), (30.0, 0.05, "spherical"), (1.5, 0.5, "ising"))]
    for cache in (theory._noise, theory._spherical, theory._spinodal, integrals._panels):
        cache.cache_clear()
    monkeypatch.setattr(integrals, "GROWTH", 1.2)
    monkeypatch.setattr(integrals, "NODES", 30)
    after = [quenched(a, t, w) for a, t, w in ((0.7, 0.05, "ising"), (30.0, 0.05, "spherical"), (1.5, 0.5, "ising"))]
    for cache in (theory._noise, theory._spherical, theory._spinodal, integrals._panels):
        cache.cache_clear()
    for one, other in zip(before, after, strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-10)


def test_a_line_goes_through_its_states():
    states = line(0.7, "ising", 0.3, 1.9, 5)
    assert [states[0].alpha, states[-1].alpha] == pytest.approx([0.3, 1.9])
    assert states[2] == pytest.approx(quenched(states[2].alpha, 0.7, "ising"), abs=1e-9)


def test_the_barriers_of_the_first_order_transition():
    """Equal at the transition, nothing to climb at the spinodal; hot, as s(R) - (alpha/T) eps(R) has them, to 1/T."""

    def potential(R, scaled):
        p = (1 + R) / 2
        return -p * np.log(p) - (1 - p) * np.log(1 - p) - scaled * np.arccos(R) / np.pi

    R, scaled = 1 - np.geomspace(1e-6, 0.5, 200_001), 1.695933  # of the high-temperature transition
    limit = -potential(R, scaled).min()
    up, down = barriers(transition(1.0), 1.0)
    assert up == pytest.approx(down, abs=1e-9)
    assert barriers(2.5, 1.0)[0] < up < barriers(2.2, 1.0)[0]
    assert barriers(spinodal(1.0) + 0.01, 1.0)[0] == 0
    assert barriers(spinodal(1.0) - 1e-5, 1.0)[0] == pytest.approx(0, abs=1e-6)
    gaps = [limit - barriers(transition(T), T)[0] for T in (10.0, 20.0)]
    assert gaps[0] / gaps[1] == pytest.approx(2, abs=0.05)
    assert 0 < gaps[1] < 0.01 * limit


def test_the_perfect_branch():
    state = quenched(3.0, 1.0, "ising", "perfect")
    assert (state.R, state.error, state.free_energy, state.entropy) == (1.0, 0.0, 0.0, 0.0)


def test_hebbs_student():
    assert hebb_overlap(1.0) == pytest.approx(1 / math.sqrt(1 + math.pi / 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, 0.0), "alpha must be a finite number > 0, got -1.0"),
        ((math.nan, 0.0), "alpha must be"),
        ((1.0, -0.1), "temperature must be 0 or at least 0.05, got -0.1"),
        ((1.0, 0.01), "temperature must be 0 or at least 0.05"),
        ((1.0, 0.0, "binary"), "weights must be spherical or ising"),
        ((1.0, 0.0, "ising", "good"), "branch must be one of poor, unstable, perfect"),
        ((1.0, 0.0, "spherical", "perfect"), "spherical students have one branch"),
        ((1.6, 0.0, "ising"), "no poor branch at alpha = 1.6, T = 0: its spinodal is 1.49263"),
        ((1e-4, 1.0, "ising", "unstable"), "too near to R = 1"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        quenched(*arguments)
