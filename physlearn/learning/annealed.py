"""The annealed approximation, and the high-temperature limit in which it is exact: the energy is eps(R) alone.

A student of overlap R has the entropy s0(R), and P = alpha N examples weigh it by exp(N alpha L(R)):

    annealed:          G(R) = s0(R) + alpha ln[1 - (1 - e^-beta) eps(R)]
    high temperature:  G(R) = s0(R) - x eps(R),    x = alpha beta,    beta -> 0 and alpha -> infinity

    s0 = ln(1 - R^2)/2 (spherical),    s0 = -(1+R)/2 ln((1+R)/2) - (1-R)/2 ln((1-R)/2) (Ising)
    eps = arccos(R)/pi (Boolean teacher),    eps = 1 - R (linear teacher, E = sum of (error)^2/2)

High temperature is the prior weighed by exp(-N x eps): the effective temperature is T/alpha. The states are the points
where G is stationary, alpha(R) = -s0'(R)/L'(R). For Ising students it has a maximum, the spinodal; R = 1 has G = 0.

Source: Seung, Sompolinsky & Tishby, Phys. Rev. A 45 (1992) 6056, sections III and IV.
"""

import math
from typing import NamedTuple

from scipy.optimize import brentq, minimize_scalar

from physlearn.learning.theory import beta_of, check

NEAREST = 1e-12  # of R to 1 and to 0


class Learned(NamedTuple):
    """A stationary point: load (alpha, or alpha beta at high temperature), R, eps, G, and the entropy per weight."""

    load: float
    R: float
    error: float
    free_energy: float
    entropy: float


def annealed_state(alpha: float, temperature: float, weights: str = "spherical", branch: str = "poor") -> Learned:
    """The annealed approximation at alpha and T; `branch` "poor" or "unstable", the second of Ising students alone.

    Raises:
        ValueError: an argument out of its range, or an Ising alpha beyond the spinodal.
    """
    check(alpha, temperature, weights)
    return _solve(alpha, weights, branch, _share(temperature), temperature)


def annealed_spinodal(temperature: float) -> float:
    """alpha at which the annealed poor branch of Ising students ends."""
    check(1.0, temperature, "ising")
    return _top(_share(temperature))[1]


def annealed_transition(temperature: float) -> float:
    """alpha at which the annealed G of the poor branch is that of R = 1, zero."""
    check(1.0, temperature, "ising")
    return _zero(_share(temperature))


def high_temperature(load: float, weights: str = "spherical", teacher: str = "boolean") -> Learned:
    """The high-temperature limit at x = alpha beta; Ising students of a Boolean teacher on their poor branch.

    Closed forms: tan(pi eps) = pi/x (spherical, Boolean), R = (sqrt(1 + 4 x^2) - 1)/(2 x) (spherical, linear),
    R = tanh x (Ising, linear); Ising, Boolean: R = tanh(x/(pi sqrt(1 - R^2))).

    Raises:
        ValueError: an unknown teacher, or Ising students of a Boolean teacher beyond the spinodal, x = 2.082070.
    """
    check(load, 1.0, weights)
    if teacher not in ("boolean", "linear"):
        raise ValueError(f"teacher must be boolean or linear, got {teacher!r}")
    if teacher == "boolean" and weights == "ising":
        return _solve(load, weights, "poor", None, None)
    if teacher == "boolean":
        error = math.atan2(math.pi, load) / math.pi
        R = math.cos(math.pi * error)
    else:
        R = math.tanh(load) if weights == "ising" else 2 * load / (1 + math.sqrt(1 + 4 * load**2))
        error = 1 - R
    entropy = _entropy(R, weights)
    return Learned(load, R, error, entropy - load * error, entropy)


def high_temperature_spinodal() -> float:
    """x = alpha beta at which the poor branch of Ising students of a Boolean teacher ends: 2.082070."""
    return _top(None)[1]


def high_temperature_transition() -> float:
    """x = alpha beta at which they have the free energy of R = 1: 1.695933."""
    return _zero(None)


def _share(temperature: float) -> float:
    """b = 1 - e^-beta."""
    return -math.expm1(-beta_of(temperature))


def _error(R: float) -> float:
    return math.acos(R) / math.pi


def _weight(R: float, share: float | None) -> float:
    """L(R): ln[1 - b eps], or -eps at high temperature (`share` None)."""
    return -_error(R) if share is None else math.log1p(-share * _error(R))


def _load(R: float, weights: str, share: float | None) -> float:
    """alpha(R) = -s0'(R)/L'(R), with d eps/dR = -1/(pi sqrt(1 - R^2))."""
    pull = math.atanh(R) if weights == "ising" else R / (1 - R * R)
    return pull * math.pi * math.sqrt(1 - R * R) * (1.0 if share is None else (1 - share * _error(R)) / share)


def _entropy(R: float, weights: str) -> float:
    """s0(R)."""
    if weights == "spherical":
        return math.log1p(-R * R) / 2
    return -sum(p * math.log(p) for p in ((1 + R) / 2, (1 - R) / 2) if p > 0)


def _state(R: float, weights: str, share: float | None, temperature: float | None) -> Learned:
    load, s0 = _load(R, weights, share), _entropy(R, weights)
    value = s0 + load * _weight(R, share)
    if share is None:
        return Learned(load, R, _error(R), value, s0)
    heat = 0.0 if not temperature else (1 - share) * _error(R) / (1 - share * _error(R)) / temperature
    return Learned(load, R, _error(R), value, value + load * heat)


def _solve(alpha: float, weights: str, branch: str, share: float | None, temperature: float | None) -> Learned:
    sides = (NEAREST, 1 - NEAREST)
    if weights == "ising":
        top, highest = _top(share)
        if alpha > highest:
            raise ValueError(f"no {branch} branch at load {alpha:g}: its spinodal is {highest:.6g}")
        sides = (NEAREST, top) if branch == "poor" else (top, 1 - NEAREST)
    elif branch != "poor":
        raise ValueError(f"spherical students have one branch, 'poor', got {branch!r}")
    R = brentq(lambda R: _load(R, weights, share) - alpha, *sides, xtol=1e-15, rtol=1e-14)
    return _state(R, weights, share, temperature)


def _top(share: float | None) -> tuple[float, float]:
    """(R, alpha) at the maximum of alpha(R) of Ising students."""
    found = minimize_scalar(
        lambda R: -_load(R, "ising", share), bounds=(0.01, 0.999), method="bounded", options={"xatol": 1e-10}
    )
    return float(found.x), float(-found.fun)


def _zero(share: float | None) -> float:
    """The load at which G of the poor branch is zero."""
    R = brentq(lambda R: _state(R, "ising", share, None).free_energy, 0.01, _top(share)[0], xtol=1e-15, rtol=1e-14)
    return _load(float(R), "ising", share)
