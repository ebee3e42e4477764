"""Errors of means, of independent samples and of correlated series.

A series is 1-D, (time,), or several independent chains, (chain, time), all in equilibrium.
"""

import math

import numpy as np
from numpy.typing import ArrayLike


def standard_error(samples: np.ndarray) -> np.ndarray | float:
    """std/sqrt(n) of the mean of n independent samples along the first axis (n >= 2)."""
    samples = np.asarray(samples, dtype=float)
    if samples.ndim == 0 or len(samples) < 2:
        raise ValueError(f"a standard error needs at least 2 samples, got {samples.size}")
    return samples.std(axis=0, ddof=1) / np.sqrt(len(samples))


def mean_and_error(samples: ArrayLike) -> tuple[float, float] | tuple[np.ndarray, np.ndarray]:
    """Mean of n independent samples along the first axis, and its standard error std/sqrt(n).

    The error of a single sample is NaN, and so are both of none: nothing is known.

    Args:
        samples: (sample,), which gives two numbers, or (sample, ...), which gives two arrays (...); a tensor on the CPU
            is taken too.
    """
    samples = np.asarray(samples, dtype=float)
    unknown = np.full(samples.shape[1:], math.nan)
    mean = samples.mean(axis=0) if len(samples) else unknown
    error = standard_error(samples) if len(samples) > 1 else unknown
    return (float(mean), float(error)) if samples.ndim == 1 else (mean, error)


def blocking_error(series: np.ndarray) -> float:
    """Standard error of the mean of a correlated series, by blocking (Flyvbjerg & Petersen, J. Chem. Phys. 91, 1989).

    The series is averaged in blocks of b = 1, 2, 4, ... steps; s(b), the naive error of the block means, rises to the
    true error once blocks are longer than the memory. The block taken is the shortest with b^3 > 2 n (s(b)/s(1))^4, the
    balance of bias and scatter for exponential memory (Lee et al., Phys. Rev. E 83, 066706, 2011); a series too short
    for it gives the largest s(b) over blocks of which there are at least eight: then a lower bound.

    Args:
        series: (time,) or (chain, time), at least 2 values; independent chains are blocked one by one and pooled.
    """
    series = _chains(series)
    naive, largest, size = _block_error(series, 1), 0.0, 1
    if naive == 0:
        return 0.0
    while series.size // size >= 8 or size == 1:
        error = _block_error(series, size)
        if size**3 > 2 * series.size * (error / naive) ** 4:
            return error
        largest, size = max(largest, error), 2 * size
        if size > series.shape[1]:
            break
    return largest


def _block_error(series: np.ndarray, size: int) -> float:
    chains, steps = series.shape
    blocks = series[:, : steps // size * size].reshape(chains, -1, size).mean(axis=2).ravel()
    return float(blocks.std(ddof=1) / np.sqrt(len(blocks)))


def autocorrelation_time(series: np.ndarray) -> float:
    """Integrated autocorrelation time tau = 1 + 2 sum_{t>=1} rho(t), in steps: white noise 1, AR(1) (1+rho)/(1-rho).

    The sum ends where the noise begins, by Geyer's initial monotone sequence (Stat. Sci. 7, 1992, sec. 3.3): the pairs
    rho(2t) + rho(2t+1) of a reversible chain are positive and fall, and are summed for as long as they do. For a series
    that oscillates (inertia) it stops early and reads high, on the safe side. A constant series gives nan.

    Args:
        series: (time,) or (chain, time), at least 4 steps; chains share one mean.
    """
    series = _chains(series)
    steps = series.shape[1]
    if steps < 4:
        raise ValueError(f"an autocorrelation time needs at least 4 steps, got {steps}")
    deviations = series - series.mean()
    spectrum = np.abs(np.fft.rfft(deviations, n=2 * steps, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum.mean(axis=0))[:steps] / steps  # biased estimate: tapers long lags
    if covariance[0] <= 1e-30 * max(1.0, float(np.square(series).max())):
        return float("nan")
    rho = covariance / covariance[0]
    pairs = rho[: steps // 2 * 2].reshape(-1, 2).sum(axis=1)
    positive = pairs[np.cumsum(pairs <= 0) == 0]
    tau = 2 * np.minimum.accumulate(positive).sum() - 1
    return float(max(tau, 1 / series.size))


def effective_sample_size(series: np.ndarray) -> float:
    """n / tau: how many independent values the series is worth. A constant series gives nan."""
    return np.asarray(series).size / autocorrelation_time(series)


def _chains(series: np.ndarray) -> np.ndarray:
    series = np.atleast_2d(np.asarray(series, dtype=float))
    if series.ndim != 2 or series.size < 2:
        raise ValueError(f"a series must be (time,) or (chain, time) with at least 2 values, got shape {series.shape}")
    return series


def trend(series: np.ndarray) -> float:
    """z of a drift: (mean of the second half - mean of the first) / their standard errors by blocking, in quadrature.

    Of a stationary series it is about normal; a series that still moves gives several times as much (a straight line
    without noise: 7). NaN where the series is shorter than 8 or constant. After Geweke, Bayesian Statistics 4 (1992).
    """
    series = np.asarray(series, dtype=float)
    half = len(series) // 2
    if half < 4:
        return float("nan")
    first, second = series[:half], series[-half:]
    error = np.hypot(blocking_error(first), blocking_error(second))
    return float((second.mean() - first.mean()) / error) if error > 0 else float("nan")


def binomial_error(rate: float, examples: int | None) -> float:
    """sqrt(p (1 - p) / n): how far an error rate p measured on n examples is from that on all; NaN where n is unknown.

    It is common to all runs that were tested on the same examples: no number of seeds makes it smaller.
    """
    return math.sqrt(rate * (1 - rate) / examples) if examples and 0 <= rate <= 1 else math.nan
