"""Gaussian averages of the replica-symmetric theory, on panels that resolve every scale of the integrand.

Dt = exp(-t^2/2)/sqrt(2 pi) dt, phi(x) = exp(-x^2/2)/sqrt(2 pi), H(x) = int_x^inf Dt. With b = 1 - e^-beta and

    g = sqrt(q/(1 - q)),     Phi(t) = e^-beta + b H(-g t),     psi(t) = b phi(g t)/Phi(t),
    the measure of an example seen by a student    Q(dt) = 2 Dt H(-R t/sqrt(q - R^2)),

what the saddle point needs of an example is

    G1 = int Q ln Phi,     dG1/dR = 2/sqrt(2 pi (1-q)) int Ds psi(s sqrt(1 - R^2/q)),   dG1/dq = -int Q psi^2/(2(1-q)),

the two derivatives by integration by parts; the training error is eps_t = int Q e^-beta H(g t)/Phi.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtr

FARTHEST = 10.0  # exp(-FARTHEST^2/2) is 2e-22
GROWTH = 1.5  # of the panels, from the smallest scale outwards
NODES = 20  # of Gauss and Legendre in a panel
ROOT_2PI = math.sqrt(2 * math.pi)


class Example(NamedTuple):
    """What an example contributes: G1, its derivatives by R and, times -2, by q, the training error, and the replicon.

    `replicon` is int Q (d^2 ln Phi/dh^2)^2, h = sqrt(q) t: the examples' factor in the stability of replica symmetry.
    """

    value: float
    by_overlap: float
    by_self_overlap: float
    training_error: float
    replicon: float


def example(lack: float, rest: float, beta: float) -> Example:
    """The averages over one example at (R, q, beta); beta may be infinite (T = 0).

    Args:
        lack: 1 - R, 0 < 1 - R <= 1: by itself, so that no digits are lost near R = 1.
        rest: 1 - q, 0 < 1 - q < 1 - R^2.
        beta: 1/T.
    """
    R, q = 1 - lack, 1 - rest
    spread = math.sqrt(max(lack * (2 - lack) - rest, 1e-300))  # of q - R^2
    slope = math.sqrt(q / rest)  # g
    t, weight = nodes(min(1.0, 1 / slope, spread / max(R, 1e-300)))
    weight = 2 * weight * ndtr(R * t / spread)  # Q
    log_phi = _log_phi(slope * t, beta)
    psi = np.exp(_log_share(beta) - (slope * t) ** 2 / 2 - log_phi) / ROOT_2PI
    value = float(weight @ log_phi)
    second = (slope * t * psi + psi**2) / rest
    wrong = 0.0 if math.isinf(beta) else float(weight @ np.exp(-beta + log_ndtr(-slope * t) - log_phi))
    narrow = spread / math.sqrt(q)  # sqrt(1 - R^2/q)
    s, plain = nodes(min(1.0, 1 / max(slope * narrow, 1e-300)))
    u = slope * narrow * s
    by_overlap = float(plain @ np.exp(_log_share(beta) - u**2 / 2 - _log_phi(u, beta))) / ROOT_2PI
    return Example(
        value,
        2 / ROOT_2PI / math.sqrt(rest) * by_overlap,
        float(weight @ psi**2) / rest,
        wrong,
        float(weight @ second**2),
    )


def gaussian() -> tuple[np.ndarray, np.ndarray]:
    """Nodes z and weights of int Dz for integrands that vary on scales of 1/20 and more: (node,), (node,)."""
    return _even(80)


def nodes(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes t and weights of int Dt on both sides of 0, for an integrand whose smallest scale at 0 is `scale`."""
    panels = max(0, math.ceil(math.log(FARTHEST / scale) / math.log(GROWTH)))
    return _panels(panels)


@cache
def _panels(count: int) -> tuple[np.ndarray, np.ndarray]:
    edges = np.append(0.0, FARTHEST * GROWTH ** np.arange(-count, 1.0))
    t, weight = _legendre(edges, NODES)
    return np.append(-t[::-1], t), np.append(weight[::-1], weight)


@cache
def _even(count: int) -> tuple[np.ndarray, np.ndarray]:
    return _legendre(np.linspace(-FARTHEST, FARTHEST, count + 1), 24)


def _legendre(edges: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(order)
    half = np.diff(edges)[:, None] / 2
    t = (edges[:-1, None] + half + half * x).ravel()
    return t, (half * w).ravel() * np.exp(-(t**2) / 2) / ROOT_2PI


def _log_share(beta: float) -> float:
    """ln(1 - e^-beta)."""
    return math.log(-math.expm1(-beta))


def _log_phi(x: np.ndarray, beta: float) -> np.ndarray:
    """ln{e^-beta + (1 - e^-beta) H(-x)}."""
    return log_ndtr(x) if math.isinf(beta) else np.logaddexp(-beta, _log_share(beta) + log_ndtr(x))
