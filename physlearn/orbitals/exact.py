"""Exact truth about the orbitals, a_0 = 1 Hartree = 1: closed forms, quadratures, distribution functions.

The density |psi|^2 is a product of a function of r and one of u = cos(theta), at any temperature.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.polynomial import Polynomial
from scipy.optimize import brentq
from scipy.special import eval_genlaguerre, lpmv

from physlearn.orbitals.orbital import Orbital

OUTSIDE = 1e-6  # of the probability that a box for learned densities may leave out
POINTS = 240  # of a quadrature between two nodes


def amplitude(orbital: Orbital, points: np.ndarray) -> np.ndarray:
    """psi_nlm as textbooks print it, complex (point,), at points (point, 3).

    R = sqrt((2/n)^3 (n-l-1)!/(2n (n+l)!)) e^{-rho/2} rho^l L_{n-l-1}^{2l+1}(rho); Y with Condon and Shortley's phase.
    """
    n, l, m = orbital.n, orbital.l, abs(orbital.m)
    r = np.linalg.norm(points, axis=1)
    rho, phi = 2 * r / n, np.arctan2(points[:, 1], points[:, 0])
    norm = math.sqrt((2 / n) ** 3 * math.factorial(n - l - 1) / (2 * n * math.factorial(n + l)))
    radial = norm * np.exp(-rho / 2) * rho**l * eval_genlaguerre(n - l - 1, 2 * l + 1, rho)
    norm = math.sqrt((2 * l + 1) / (4 * math.pi) * math.factorial(l - m) / math.factorial(l + m))
    angular = norm * lpmv(m, l, points[:, 2] / r) * np.exp(1j * m * phi)
    return radial * (angular if orbital.m >= 0 else (-1) ** m * angular.conj())


def moments(orbital: Orbital) -> dict[str, float]:
    """Closed forms of <r>, <r^2>, <1/r>, <1/r^2>, and energies: E = -1/(2n^2), <T> = -E, <V> = 2E."""
    n, l = orbital.n, orbital.l
    energy = -1 / (2 * n**2)
    return {
        "r": (3 * n**2 - l * (l + 1)) / 2,
        "r2": n**2 * (5 * n**2 + 1 - 3 * l * (l + 1)) / 2,
        "inverse_r": 1 / n**2,
        "inverse_r2": 1 / (n**3 * (l + 0.5)),
        "energy": energy,
        "kinetic": -energy,
        "potential": 2 * energy,
    }


def entropy(orbital: Orbital) -> float:
    """-int |psi|^2 ln |psi|^2 d^3x in nats (volumes in a_0^3): the least NLL of any model of the density."""
    return at_temperature(orbital, 1.0).energy


@dataclass(frozen=True)
class Law:
    """P = |psi|^(2/T)/Z by quadrature.

    Args:
        log_z: ln Z.
        energy: <E>, E = -ln |psi|^2.
        heat_capacity: Var E / T^2.
        radius: <r>.
        shares: probability of each region, in the order of `Orbital.region`: (region,).
    """

    log_z: float
    energy: float
    heat_capacity: float
    radius: float
    shares: np.ndarray


@cache
def at_temperature(orbital: Orbital, temperature: float) -> Law:
    """Averages over exp(-E/T)/Z at any T > 0."""
    n, T = orbital.n, temperature
    far = 2 * n**2 + 40 * n * T
    r, weights_r, shell = between([0, *orbital.spheres, far])
    u, weights_u, sector = between([-1, *orbital.cones, 1])
    radial = -orbital.log_radial(torch.from_numpy(r)).numpy()  # E = E_r + E_u
    polar = -orbital.log_angular(torch.from_numpy(u)).numpy()
    p = weights_r * r**2 * np.exp(-radial / T)
    q = weights_u * 2 * math.pi * np.exp(-polar / T)
    z_r, z_u = p.sum(), q.sum()
    p, q = p / z_r, q / z_u
    means = p @ radial, q @ polar
    variance = p @ (radial - means[0]) ** 2 + q @ (polar - means[1]) ** 2
    shares = np.outer(np.bincount(shell, p), np.bincount(sector, q)).ravel()
    return Law(math.log(z_r * z_u), float(sum(means)), float(variance) / T**2, float(p @ r), shares)


def between(ends: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tanh-sinh points and weights in each interval between `ends`, and its index: exact at zeros like |x|^(2/T).

    x = tanh((pi/2) sinh t), t evenly spaced: (point,) each. Source: Takahasi and Mori, Publ. RIMS 9 (1974) 721.
    """
    t = np.linspace(-3.4, 3.4, POINTS)
    s = math.pi / 2 * np.sinh(t)
    below = 1 / (1 + np.exp(-2 * s))  # (1 + x)/2
    weights = math.pi / 4 * np.cosh(t) / np.cosh(s) ** 2 * (t[1] - t[0])
    lows, widths = np.array(ends[:-1])[:, None], np.diff(ends)[:, None]
    points = lows + widths * below
    inside = (points > lows) & (points < lows + widths)
    index = np.broadcast_to(np.arange(len(widths))[:, None], points.shape)
    return points[inside], (widths * weights)[inside], index[inside]


@cache
def radial_tail(orbital: Orbital) -> tuple[Polynomial, float]:
    """P(r' > r) = e^-rho Q(rho)/Q(0), rho = 2r/n: (Q, Q(0)), from int p e^-rho = -e^-rho (p + p' + p'' + ...)."""
    base = Polynomial.fromroots([*[0.0] * (orbital.l + 1), *(2 / orbital.n * orbital.spheres)])
    term = base * base  # r^2 R^2 but for a factor and e^-rho
    total = term
    while term.degree() > 0:
        term = term.deriv()
        total = total + term
    return total, float(total(0.0))


def outside(orbital: Orbital, r: np.ndarray | float) -> np.ndarray | float:
    """P(r' > r), as `r`."""
    total, whole = radial_tail(orbital)
    rho = 2 * np.asarray(r, dtype=float) / orbital.n
    return np.exp(-rho) * total(rho) / whole


@cache
def polar_distribution(orbital: Orbital) -> Polynomial:
    """P(u' < u) of u = cos(theta), a polynomial."""
    root = Polynomial.fromroots(orbital.cones) if len(orbital.cones) else Polynomial([1.0])
    whole = (root * root * Polynomial([1.0, 0.0, -1.0]) ** abs(orbital.m)).integ(lbnd=-1)
    return whole / whole(1.0)


@cache
def holding_radius(orbital: Orbital, left_out: float = OUTSIDE) -> float:
    """The r beyond which the probability is `left_out`: 9.6 for 1s at 1e-6.

    Raises:
        ValueError: a probability outside (0, 1).
    """
    if not 0 < left_out < 1:
        raise ValueError(f"left_out={left_out}: allowed is 0 < left_out < 1")
    total, whole = radial_tail(orbital)
    excess = lambda rho: math.log(total(rho) / whole) - rho - math.log(left_out)  # noqa: E731
    return orbital.n / 2 * brentq(excess, 1e-9, 1000.0, xtol=1e-12)
