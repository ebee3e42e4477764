"""Replica-symmetric theory of the Hopfield memory (Amit, Gutfreund & Sompolinsky, Ann. Phys. 173, 30, 1987).

Units: k_B = 1, J = (1/N) sum xi xi^T without diagonal, E = -s.J.s/2, alpha = patterns / neurons, energies per spin.
The saddle point, with x = sqrt(alpha r) and C = (1 - q)/T:

    m = int Dz tanh((m + x z)/T),    q = int Dz tanh^2((m + x z)/T),    r = q/(1 - C)^2,

    f = m^2/2 + (alpha/2) [1 + T ln(1 - C)] + x^2 (2C - 1)/2 - T int Dz ln 2cosh((m + x z)/T).

It is solved backwards, which does not break near C = 1: choose x, find m, then alpha(x) = x^2 (1 - C)^2/q follows.
At T = 0: C = sqrt(2/pi) exp(-m^2/2x^2)/x, q = 1 and f = -m^2/2 + (alpha/2)(1 - r).
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtri

from physlearn.hopfield.averages import averages, largest_root

FARTHEST = 0.1  # about where the line of `thermodynamic_load` reaches farthest
BRANCHES = ("retrieval", "spin_glass", "paramagnet")


class OrderParameters(NamedTuple):
    """m overlap, q Edwards-Anderson order, r crosstalk of the other patterns, f free energy per spin."""

    m: float
    q: float
    r: float
    f: float


def order_parameters(alpha: float, temperature: float, branch: str = "retrieval") -> OrderParameters:
    """(m, q, r, f) at load alpha and temperature T, on one of the three branches of solutions.

    Args:
        alpha: patterns per neuron, alpha >= 0 (on the spin-glass branch > 0: at alpha = 0 r is infinite).
        temperature: T >= 0.
        branch: "retrieval" (m > 0, the locally stable one of the two), "spin_glass" (m = 0, q > 0) or "paramagnet"
            (m = q = r = 0, f = (alpha T/2) ln(1 - 1/T) + alpha/2 - T ln 2; stable above T_g, a saddle down to T = 1).

    Raises:
        ValueError: where the branch does not exist: retrieval above the spinodal load, spin glass from T_g up,
            paramagnet at T <= 1; or for alpha or T out of range.
    """
    check_load(alpha)
    check_temperature(temperature)
    if branch == "retrieval":
        return _retrieval(float(alpha), float(temperature))
    if branch == "spin_glass":
        return _spin_glass(float(alpha), float(temperature))
    if branch == "paramagnet":
        if temperature <= 1:
            raise ValueError(f"there is no paramagnet at temperature {temperature:g}; it needs T > 1")
        f = alpha / 2 * (1 + temperature * math.log1p(-1 / temperature)) - temperature * math.log(2)
        return OrderParameters(0.0, 0.0, 0.0, f)
    raise ValueError(f"branch must be one of {', '.join(BRANCHES)}, got {branch!r}")


def spinodal_load(temperature: float, kept: float = 1.0) -> float:
    """alpha_M(T) = max_x alpha(x) over solutions with m > 0: above it no retrieval state exists. 0 from T = 1 up.

    Args:
        temperature: T >= 0.
        kept: the fraction c of couplings kept by symmetric random dilution, rescaled by 1/c: it adds the static noise
            of a spin glass of variance alpha (1 - c)/c, so alpha(x) = x^2 / (q [1/(1 - C)^2 + (1 - c)/c])
            (Sompolinsky, Phys. Rev. A 34, 2571, 1986). For dilution by magnitude to f pass `signal_kept(f)`.
    """
    check_temperature(temperature)
    if not 0 < kept <= 1:
        raise ValueError(f"kept must lie in (0, 1], got {kept}")
    return _spinodal(float(temperature), float(kept))[1]


def diluted_overlap(alpha: float, temperature: float, kept: float) -> float:
    """m on the retrieval branch of a network of which a fraction c of the couplings is left at random, times 1/c.

    Args:
        alpha, temperature: as in `order_parameters`.
        kept: c, as in `spinodal_load`; c = 1 is the whole network.

    Raises:
        ValueError: above the spinodal load, or arguments out of range.
    """
    check_load(alpha)
    check_temperature(temperature)
    spinodal_load(temperature, kept)  # checks kept
    x = _width(float(alpha), float(temperature), float(kept))
    return largest_root(x, temperature) if x or temperature else 1.0


def thermodynamic_load(temperature: float) -> float:
    """alpha_c(T), where retrieval and spin glass have one free energy: below it retrieval is the global minimum."""
    check_temperature(temperature)
    highest = spinodal_load(temperature)
    if highest == 0:
        return 0.0

    def excess(alpha: float) -> float:
        return _retrieval(alpha, float(temperature)).f - _spin_glass(alpha, float(temperature)).f

    return float(brentq(excess, 1e-6 * highest, highest, xtol=1e-14 * highest, rtol=1e-14))


def transition_temperature(load: float) -> float | None:
    """T_c(alpha), below which retrieval is the global minimum: where `thermodynamic_load` is alpha; None: nowhere.

    Only the part of the line above T = 0.1, where it reaches farthest, is inverted.

    Args:
        load: alpha >= 0.
    """
    check_load(load)
    if load >= thermodynamic_load(FARTHEST):
        return None
    return float(brentq(lambda t: thermodynamic_load(t) - load, FARTHEST, 1.0))


def glass_temperature(alpha: float) -> float:
    """T_g = 1 + sqrt(alpha): below it the paramagnet freezes into a spin glass."""
    check_load(alpha)
    return 1 + math.sqrt(alpha)


def signal_kept(fraction: float) -> float:
    """c(f) = f + 2 x0 phi(x0), f = 2 Q(x0): the share of the sum of J^2 in the largest fraction f of Gaussian J.

    A network pruned by magnitude to f behaves as one diluted at random to c(f).
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must lie in (0, 1], got {fraction}")
    threshold = -float(ndtri(fraction / 2))  # x0
    return fraction + 2 * threshold * math.exp(-(threshold**2) / 2) / math.sqrt(2 * math.pi)


def share_left(by: str, fraction: float) -> float:
    """c, the kept fraction of the random dilution that is equivalent to one `by` "magnitude" or "random" to f."""
    return signal_kept(fraction) if by == "magnitude" else fraction


def check_load(alpha: float) -> None:
    """ValueError unless alpha is a finite number >= 0."""
    if not (math.isfinite(alpha) and alpha >= 0):
        raise ValueError(f"alpha must be a finite number >= 0, got {alpha}")


def check_temperature(temperature: float) -> None:
    """ValueError unless T is a finite number >= 0."""
    if not (math.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"temperature must be a finite number >= 0, got {temperature}")


def _load(x: float, m: float, temperature: float, kept: float = 1.0) -> float:
    """alpha(x) of the solution with overlap m; 0 where C >= 1."""
    _, q, response, _ = averages(m, x, temperature)
    rigidity = max(0.0, 1 - response) ** 2
    return x**2 * rigidity / (q * (1 + rigidity * (1 - kept) / kept))


@lru_cache(maxsize=4096)
def _spinodal(temperature: float, kept: float) -> tuple[float, float]:
    """(x, alpha) at the maximum of alpha(x) on the retrieval solutions."""
    if temperature >= 1:
        return 0.0, 0.0

    def load(x: float) -> float:
        m = largest_root(x, temperature)
        return _load(x, m, temperature, kept) if m > 0 else 0.0

    widest = _critical_width(temperature)
    grid = widest * np.arange(1, 32) / 32
    best = int(np.argmax([load(x) for x in grid]))
    low, high = (grid[best - 1] if best else 0.0), (grid[best + 1] if best < 30 else widest)
    found = minimize_scalar(lambda x: -load(x), bounds=(low, high), method="bounded", options={"xatol": 1e-9 * widest})
    return float(found.x), float(-found.fun)


@lru_cache(maxsize=4096)
def _critical_width(temperature: float) -> float:
    """The x at which C = 1 for m = 0: below it (T < 1) retrieval has an overlap, above it the spin glass lives."""
    high = math.sqrt(2 / math.pi)  # C = 1 at T = 0; any T > 0 lowers C
    if temperature == 0:
        return high
    return _root(lambda x: 1 - averages(0.0, x, temperature)[2], 1e-3 * math.sqrt(1 - temperature), high)


@lru_cache(maxsize=4096)
def _retrieval(alpha: float, temperature: float) -> OrderParameters:
    x = _width(alpha, temperature)
    if alpha == 0 and temperature == 0:
        return OrderParameters(1.0, 1.0, 1.0, -0.5)
    return _at(alpha, x, largest_root(x, temperature), temperature)


def _width(alpha: float, temperature: float, kept: float = 1.0) -> float:
    """x = sqrt(alpha r) of the retrieval state; 0 at alpha = 0."""
    widest, highest = _spinodal(temperature, kept)
    if alpha > highest or temperature >= 1:
        raise ValueError(
            f"no retrieval at load {alpha:g} and temperature {temperature:g}: "
            f"the spinodal load there is {highest:.6g}; choose alpha below it"
        )
    if alpha == 0:
        return 0.0

    def root_load(x: float) -> float:
        return math.sqrt(_load(x, largest_root(x, temperature), temperature, kept))

    # x (1-C)/sqrt(q) >= sqrt(alpha) with 1-C <= 1 and q <= 1: the root lies above sqrt(alpha q), well above `low`
    low = widest
    while root_load(low) ** 2 > alpha:
        low /= 2
    return _root(lambda x: root_load(x) - math.sqrt(alpha), low, widest)


@lru_cache(maxsize=4096)
def _spin_glass(alpha: float, temperature: float) -> OrderParameters:
    if alpha == 0:
        raise ValueError("the spin-glass branch needs alpha > 0: at alpha = 0 its r is infinite")
    if temperature >= 1 + math.sqrt(alpha):
        raise ValueError(
            f"no spin glass at load {alpha:g} and temperature {temperature:g}: "
            f"it exists below T_g = 1 + sqrt(alpha) = {1 + math.sqrt(alpha):.6g}"
        )
    if temperature == 0:
        return _at(alpha, math.sqrt(alpha) + math.sqrt(2 / math.pi), 0.0, 0.0)

    def excess(x: float) -> float:
        _, q, response, _ = averages(0.0, x, temperature)
        return x * (1 - response) / math.sqrt(q) - math.sqrt(alpha)

    low = _critical_width(temperature) if temperature < 1 else 1e-6
    x = _root(excess, low, 2 + 2 * math.sqrt(alpha))  # the width at T = 0, and a T of up to T_g on top
    return _at(alpha, x, 0.0, temperature)


def _at(alpha: float, x: float, m: float, temperature: float) -> OrderParameters:
    """The order parameters and the free energy of a solution (x, m)."""
    _, q, response, log_cosh = averages(m, x, temperature) if x or temperature else (m, 1.0, 0.0, m)
    f = m**2 / 2 + alpha / 2 * (1 + temperature * math.log1p(-response)) + x**2 * (2 * response - 1) / 2 - log_cosh
    return OrderParameters(m, q, q / (1 - response) ** 2, f)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """A bracketed root; an end of the bracket that is a root within rounding is taken as it is."""
    ends = function(low), function(high)
    if ends[0] * ends[1] >= 0:
        return low if abs(ends[0]) < abs(ends[1]) else high
    return float(brentq(function, low, high, xtol=1e-300, rtol=1e-15, maxiter=500))
