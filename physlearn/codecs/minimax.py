"""The entropy of a distribution with more symbols than samples: the minimax estimator of Jiao, Venkat, Han, Weissman.

    H = sum_s phi(p_s),     phi(p) = -p ln p

The plug-in estimate is biased low by (S - 1)/(2n), because phi has no second derivative at 0. Where a symbol was seen
often, phi(X/n) with its bias removed is good; where it was seen a few times, phi is replaced by the polynomial that is
nearest to it, and a polynomial in p has an unbiased estimate.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev, polynomial

# Chosen by the exact root-mean-square error (`exact.moments`) on uniform, Zipf and geometric sources of 300 and 3,000
# symbols: a higher degree has less bias and far more variance.
THRESHOLD = 1.6  # c_1: symbols seen up to c_1 ln n times count by the polynomial
DEGREE = 0.5  # c_2: of degree 2 + c_2 ln n
HIGHEST = 16  # beyond it the coefficients lose too many digits to cancellation


@lru_cache
def nearest_polynomial(degree: int) -> np.ndarray:
    """Coefficients a_1 ... a_K of the best uniform approximation of -t ln t on [0, 1] that vanishes at 0.

    It minimises max_t |sum_k a_k t^k + t ln t|, as a linear programme on a grid that is dense at both ends.

    Args:
        degree: K.

    Returns:
        (K,): a_1 ... a_K. a_0 = 0, so that symbols that were never seen, whose number nobody knows, count nothing.
    """
    from scipy.optimize import linprog  # slow to import

    t = (1 - np.cos(np.linspace(0, np.pi, 40 * degree + 1))) / 2  # (point,)
    basis = chebyshev.chebvander(2 * t - 1, degree)  # (point, k)
    aim = -t * np.log(np.where(t > 0, t, 1.0))
    ones = np.ones((len(t), 1))
    found = linprog(
        np.append(np.zeros(degree + 1), 1.0),  # the largest deviation
        A_ub=np.block([[basis, -ones], [-basis, -ones]]),
        b_ub=np.append(aim, -aim),
        A_eq=np.append(basis[0], 0.0)[None],  # 0 at t = 0
        b_eq=[0.0],
        bounds=[(None, None)] * (degree + 1) + [(0, None)],
    )
    shifted = chebyshev.cheb2poly(found.x[:-1])  # in u = 2t - 1
    powers, u = np.zeros(degree + 1), np.ones(1)
    for coefficient in shifted:
        powers[: len(u)] += coefficient * u
        u = polynomial.polymul(u, [-1.0, 2.0])
    return powers[1:]


def contributions(counts: np.ndarray, samples: int) -> np.ndarray:
    """What each symbol adds to the minimax estimate, in nats; H is their sum.

    With Delta = c_1 ln n / n: above it phi(X/n) + (1 - X/n)/(2n), the plug-in without its leading bias; else

        g(X) = Delta sum_k a_k (X)_k / ((n)_k Delta^k) - ln(Delta) X/n,      (X)_k = X (X - 1) ... (X - k + 1)

    whose mean is Delta sum_k a_k (p/Delta)^k - p ln Delta, the polynomial nearest to phi(p) on [0, Delta].

    Args:
        counts: X, how often each symbol was seen, whole numbers (symbol,).
        samples: n, at least 2.

    Source: Jiao et al., IEEE Trans. Inf. Theory 61, 2835 (2015), section IV, without sample splitting.
    """
    counts = np.asarray(counts, float)
    degree = min(2 + math.ceil(DEGREE * math.log(samples)), HIGHEST, samples)
    delta = THRESHOLD * math.log(samples) / samples
    share = counts / samples
    smooth = -share * np.log(np.where(counts > 0, share, 1.0)) + np.where(counts > 0, (1 - share) / (2 * samples), 0.0)
    few = np.zeros_like(share)  # sum_k a_k (X)_k / ((n)_k Delta^k)
    factor = np.ones_like(share)
    for k, a in enumerate(nearest_polynomial(degree)):
        factor = factor * (counts - k).clip(0) / ((samples - k) * delta)
        few += a * factor
    return np.where(share > delta, smooth, delta * few - math.log(delta) * share)
