"""Replica-symmetric theory of a student perceptron at temperature T that learns from a teacher's examples.

Teacher and student are sign(w.x), |w|^2 = N, or w_i = +-1 (Ising); there are P = alpha N examples, and students follow
the Gibbs law exp(-beta E), beta = 1/T, E the number of examples that are wrong. R is the overlap with the teacher, q
that of two students, and a student errs with probability eps = arccos(R)/pi. The quenched free energy is

    -beta f = extr [G0 + alpha G1],        G1 = 2 int Dt H(-R t/sqrt(q - R^2)) ln{e^-beta + (1 - e^-beta) H(-g t)},

g = sqrt(q/(1 - q)), with the weights' part

    spherical:  G0 = ln(1 - q)/2 + (q - R^2)/(2(1 - q))
    ising:      G0 = -qh (1 - q)/2 - R Rh + int Dz ln 2cosh(sqrt(qh) z + Rh).

Conjugate fields Rh and qh belong to both (spherical: Rh = R/(1 - q), qh = (q - R^2)/(1 - q)^2), and the saddle point is
Rh = alpha dG1/dR, qh = -2 alpha dG1/dq. It is solved backwards: choose Rh, find qh where both equations name the same
alpha; alpha(Rh) rises to the spinodal and falls again. At T = 0 teacher and students are alike: q = R, qh = Rh.

Sources: Gyorgyi, Phys. Rev. Lett. 64 (1990) 2957; Seung, Sompolinsky & Tishby, Phys. Rev. A 45 (1992) 6056.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from physlearn.learning.choices import BRANCHES, WEIGHTS
from physlearn.learning.integrals import example, gaussian

COLDEST = 0.05  # temperatures between 0 and this are not resolved by the panels of `integrals`
STRONGEST = 16.0  # Rh at which the unstable branch is no longer followed: alpha there is small


class State(NamedTuple):
    """A solution of the saddle point, totals per weight.

    R overlap with the teacher, q overlap of two students, `field` Rh and `noise` qh their conjugates, `error` eps of a
    student, `training_error` eps_t, `free_energy` -beta f, `entropy` s = -beta f + beta alpha eps_t, `replicon` the
    product alpha gamma_0 gamma_1, below 1 where replica symmetry is stable (de Almeida & Thouless).
    """

    alpha: float
    R: float
    q: float
    field: float
    noise: float
    error: float
    training_error: float
    free_energy: float
    entropy: float
    replicon: float


def quenched(alpha: float, temperature: float, weights: str = "spherical", branch: str = "poor") -> State:
    """The solution at load alpha and temperature T.

    Args:
        alpha: examples per weight, alpha > 0.
        temperature: T, in units of one error; 0, or at least 0.05.
        weights: "spherical" or "ising".
        branch: of Ising students "poor" (R < 1, locally stable, up to the spinodal), "unstable" (between the two) or
            "perfect" (R = 1, E = 0, locally stable at any alpha > 0); of spherical ones there is one, "poor".

    Raises:
        ValueError: an argument out of its range, a branch that does not exist there.
    """
    check(alpha, temperature, weights)
    if branch not in BRANCHES:
        raise ValueError(f"branch must be one of {', '.join(BRANCHES)}, got {branch!r}")
    if weights == "spherical":
        if branch != "poor":
            raise ValueError(f"spherical students have one branch, 'poor', got {branch!r}")
        return _spherical(float(alpha), float(temperature))
    if branch == "perfect":
        return State(float(alpha), 1.0, 1.0, math.inf, math.inf, 0.0, 0.0, 0.0, 0.0, 0.0)
    top, highest = _spinodal(float(temperature))
    if alpha > highest:
        raise ValueError(f"no {branch} branch at alpha = {alpha:g}, T = {temperature:g}: its spinodal is {highest:.6g}")
    sides = (1e-9, top) if branch == "poor" else (top, STRONGEST)

    def excess(field: float) -> float:
        return math.log(_alpha(field, temperature) / alpha)

    if excess(sides[0] if branch == "poor" else sides[1]) > 0:
        raise ValueError(f"the unstable branch at alpha = {alpha:g} is too near to R = 1 to be resolved")
    return at_field(_root(excess, *sides), temperature, "ising")


def spinodal(temperature: float) -> float:
    """alpha at which the poor branch of Ising students ends: from there on learning is perfect."""
    check(1.0, temperature, "ising")
    return _spinodal(float(temperature))[1]


def transition(temperature: float) -> float:
    """alpha at which the poor branch of Ising students and R = 1 have one free energy, -beta f = 0."""
    check(1.0, temperature, "ising")
    return _crossing(float(temperature), "free_energy")


def barriers(alpha: float, temperature: float) -> tuple[float, float]:
    """beta f of Ising students at the top between the two states, minus that of the poor branch and that of R = 1.

    Per weight, in kT: a jump over the top, the unstable branch, waits about exp(N barrier) sweeps. The first is 0 at
    the spinodal and beyond, where the second is not known (infinity stands for it); at the transition they are equal.

    Raises:
        ValueError: an argument out of its range.
    """
    if alpha >= spinodal(temperature):
        return 0.0, math.inf
    top = quenched(alpha, temperature, "ising", "unstable").free_energy  # -beta f
    return quenched(alpha, temperature, "ising").free_energy - top, -top


def freezing(temperature: float) -> float | None:
    """alpha at which the entropy of the poor branch is zero; None where it stays positive up to the spinodal.

    At T = 0 it is the transition itself. Where it is negative the replica-symmetric branch cannot be right: there is
    less than one student, and the poor phase is frozen.
    """
    check(1.0, temperature, "ising")
    top = _spinodal(float(temperature))[0]
    if at_field(top, temperature, "ising").entropy > 0:
        return None
    return _crossing(float(temperature), "entropy")


def freezing_end() -> tuple[float, float]:
    """(alpha, T) of the point where the zero-entropy line meets the spinodal: above that T nothing freezes."""
    end = brentq(lambda t: at_field(_spinodal(float(t))[0], t, "ising").entropy, 0.2, 0.6, xtol=1e-6)
    return _spinodal(float(end))[1], float(end)


def at_field(field: float, temperature: float, weights: str) -> State:
    """The solution whose conjugate field is Rh = `field` > 0, at whatever alpha it lies."""
    return _state(field, _noise(field, temperature, weights), temperature, weights)


def line(temperature: float, weights: str, low: float, high: float, points: int = 60) -> list[State]:
    """States from alpha = low to high, even in the logarithm of Rh; of Ising students on the poor branch.

    Raises:
        ValueError: as `quenched` at the two ends.
    """
    ends = [quenched(alpha, temperature, weights).field for alpha in (low, high)]
    return [at_field(float(field), temperature, weights) for field in np.geomspace(*ends, points)]


def residuals(state: State, temperature: float, weights: str) -> tuple[float, float, float, float]:
    """By how much a state misses each of the four saddle-point equations: R, q, Rh, qh (the last two relative)."""
    lack, rest, _ = averages(state.field, state.noise, weights)
    seen = example(lack, rest, beta_of(temperature))
    return (
        state.R + lack - 1,
        state.q + rest - 1,
        state.alpha * seen.by_overlap / state.field - 1,
        state.alpha * seen.by_self_overlap / state.noise - 1,
    )


def averages(field: float, noise: float, weights: str) -> tuple[float, float, float]:
    """(1 - R, 1 - q, gamma_0) of the weights at (Rh, qh); gamma_0 is their factor of the replicon."""
    if weights == "spherical":
        strength = noise + field**2
        rest = 2 / (1 + math.sqrt(1 + 4 * strength))  # the root of strength (1-q)^2 + (1-q) = 1
        return 1 - field * rest, rest, rest**2
    z, measure = gaussian()
    local = math.sqrt(noise) * z + field
    decay = np.exp(-2 * np.abs(local))
    slope = 4 * decay / (1 + decay) ** 2  # sech^2
    missing = 2 * np.where(local > 0, decay, 1) / (1 + decay)  # 1 - tanh
    return float(measure @ missing), float(measure @ slope), float(measure @ slope**2)


def beta_of(temperature: float) -> float:
    """1/T; infinite at T = 0."""
    return 1 / temperature if temperature > 0 else math.inf


def check(alpha: float, temperature: float, weights: str) -> None:
    """ValueError unless alpha > 0, T is 0 or at least COLDEST, and the weights are known."""
    if weights not in WEIGHTS:
        raise ValueError(f"weights must be {' or '.join(WEIGHTS)}, got {weights!r}")
    if not (math.isfinite(alpha) and alpha > 0):
        raise ValueError(f"alpha must be a finite number > 0, got {alpha}")
    if not (math.isfinite(temperature) and (temperature == 0 or temperature >= COLDEST)):
        raise ValueError(f"temperature must be 0 or at least {COLDEST}, got {temperature}")


def _alpha(field: float, temperature: float, weights: str = "ising") -> float:
    """alpha(Rh) of the solution."""
    lack, rest, _ = averages(field, _noise(field, temperature, weights), weights)
    return field / example(lack, rest, beta_of(temperature)).by_overlap


@lru_cache(maxsize=65536)
def _noise(field: float, temperature: float, weights: str) -> float:
    """qh at which both equations of the examples name one alpha."""
    if temperature == 0:
        return field

    def mismatch(log_ratio: float) -> float:
        noise = field * math.exp(log_ratio)
        lack, rest, _ = averages(field, noise, weights)
        seen = example(lack, rest, beta_of(temperature))
        return math.log(noise / field * seen.by_overlap / seen.by_self_overlap)

    guess = math.log(min(0.9, max(math.tanh(0.7 / temperature), 1e-6)))
    low, high = min(guess - 1, -1.5), 0.0
    while mismatch(low) > 0:
        low *= 2
    return field * math.exp(_root(mismatch, low, high))


def _state(field: float, noise: float, temperature: float, weights: str) -> State:
    beta = beta_of(temperature)
    lack, rest, rigidity = averages(field, noise, weights)
    R, q, seen = 1 - lack, 1 - rest, example(lack, rest, beta)
    alpha = field / seen.by_overlap
    free = _weights_part(field, noise, lack, rest, weights) + alpha * seen.value
    heat = 0.0 if temperature == 0 else beta * alpha * seen.training_error
    error = 2 * math.asin(math.sqrt(lack / 2)) / math.pi  # arccos(R)/pi, with all its digits near R = 1
    replicon = alpha * rigidity * seen.replicon
    return State(alpha, R, q, field, noise, error, seen.training_error, free, free + heat, replicon)


def _weights_part(field: float, noise: float, lack: float, rest: float, weights: str) -> float:
    """G0."""
    if weights == "spherical":
        return math.log(rest) / 2 + (lack * (2 - lack) - rest) / (2 * rest)
    z, measure = gaussian()
    local = np.abs(math.sqrt(noise) * z + field)
    log_cosh = float(measure @ (local + np.log1p(np.exp(-2 * local))))
    return -noise * rest / 2 - (1 - lack) * field + log_cosh


@lru_cache(maxsize=4096)
def _spherical(alpha: float, temperature: float) -> State:
    def excess(log_field: float) -> float:
        return math.log(_alpha(math.exp(log_field), temperature, "spherical") / alpha)

    low, high = -2.0, 2.0
    while excess(low) > 0:
        low -= 2
    while excess(high) < 0:
        high += 2
    return at_field(math.exp(_root(excess, low, high)), temperature, "spherical")


@lru_cache(maxsize=4096)
def _spinodal(temperature: float) -> tuple[float, float]:
    """(Rh, alpha) at the maximum of alpha(Rh)."""
    found = minimize_scalar(
        lambda field: -_alpha(field, temperature), bounds=(0.05, 8.0), method="bounded", options={"xatol": 1e-7}
    )
    return float(found.x), float(-found.fun)


@lru_cache(maxsize=4096)
def _crossing(temperature: float, name: str) -> float:
    """alpha on the poor branch where the free energy or the entropy falls through zero."""
    top = _spinodal(temperature)[0]
    field = _root(lambda field: getattr(at_field(field, temperature, "ising"), name), 0.02, top)
    return at_field(field, temperature, "ising").alpha


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """A bracketed root; an end of the bracket that is a root within rounding is taken as it is."""
    ends = function(low), function(high)
    if ends[0] * ends[1] >= 0:
        return low if abs(ends[0]) < abs(ends[1]) else high
    return float(brentq(function, low, high, xtol=1e-300, rtol=1e-14, maxiter=300))
