"""Distributions whose entropy is known, and what an estimator of counts gives on average, exactly."""

from collections.abc import Callable

import numpy as np


def uniform(symbols: int) -> np.ndarray:
    """p_s = 1/S, (symbol,)."""
    return np.full(symbols, 1 / symbols)


def zipf(symbols: int, exponent: float = 1.0) -> np.ndarray:
    """p_s ~ s^-a for s = 1 ... S, (symbol,)."""
    weights = np.arange(1, symbols + 1, dtype=float) ** -exponent
    return weights / weights.sum()


def geometric(symbols: int, mean: float) -> np.ndarray:
    """p_s ~ (1 - 1/m)^s for s = 0 ... S - 1, (symbol,); m is the mean of 1 + s where S is infinite."""
    weights = (1 - 1 / mean) ** np.arange(symbols)
    return weights / weights.sum()


def entropy(p: np.ndarray) -> float:
    """H = -sum_s p_s log2 p_s, in bits."""
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def moments(g: Callable[[np.ndarray, int], np.ndarray], p: np.ndarray, mean_samples: int) -> tuple[float, float]:
    """Mean and standard deviation of sum_s g(X_s, n), X_s independent and Poisson of mean n p_s, by summation.

    Args:
        g: what a symbol that was seen X times adds to the estimate, given n; vectorised over X.
        p: (symbol,).
        mean_samples: n.
    """
    from scipy.stats import poisson

    x = np.arange(int(mean_samples * p.max() + 12 * np.sqrt(mean_samples * p.max()) + 40))
    values = g(x, mean_samples)
    mean = variance = 0.0
    for share, times in zip(*np.unique(p, return_counts=True), strict=True):
        weights = poisson.pmf(x, mean_samples * share)
        first = float(weights @ values)
        mean += times * first
        variance += times * (float(weights @ values**2) - first**2)
    return mean, float(np.sqrt(variance))
