"""Averages over random couplings: a sample is one draw of them, its ladders share it, and samples are independent.

Energies are (sweep, ladder, level), consecutive ladders belonging to one sample. Standard errors are over samples;
of a single sample they are those of its own time series.
"""

from itertools import pairwise

import numpy as np

from physlearn.instruments.statistics import blocking_error, standard_error
from physlearn.tempering.diagnostics import Estimate


def energy(energies: np.ndarray, samples: int) -> Estimate:
    """Disorder average of <E>: (level,)."""
    return average(_by_sample(energies, samples))


def heat_capacity(energies: np.ndarray, temperatures: np.ndarray, samples: int) -> Estimate:
    """Disorder average of Var E / T^2, the variance being within a sample: (level,)."""
    grouped = _by_sample(energies, samples)  # (sweep, sample, level, ladder)
    count = grouped.shape[0] * grouped.shape[3]
    squares = (grouped - grouped.mean(axis=(0, 3), keepdims=True)) ** 2 * count / (count - 1)
    return average(squares / temperatures[:, None] ** 2)


def average(series: np.ndarray) -> Estimate:
    """Mean of (sweep, sample, level, ...) over all but the level, with the error over samples: (level,)."""
    inner = series.reshape(*series.shape[:3], -1).mean(axis=3)  # (sweep, sample, level)
    of_sample = inner.mean(axis=0)  # (sample, level)
    if len(of_sample) > 1:
        return Estimate(of_sample.mean(axis=0), np.asarray(standard_error(of_sample)))
    return Estimate(of_sample[0], np.array([time_error(inner[:, 0, level]) for level in range(inner.shape[2])]))


def time_error(series: np.ndarray) -> float:
    """Standard error of the mean of one time series, NaN where it has but one value."""
    return blocking_error(series) if len(series) > 1 else float("nan")


def windows(sweeps: int) -> list[slice]:
    """Sweeps in windows of doubling length, 0, 1, 2-3, 4-7, ...: what has settled is flat over the last few."""
    edges = [0, *(2**k for k in range(sweeps.bit_length()) if 2 ** (k + 1) <= sweeps), sweeps]
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _by_sample(energies: np.ndarray, samples: int) -> np.ndarray:
    sweeps, _, levels = energies.shape
    return energies.reshape(sweeps, samples, -1, levels).swapaxes(2, 3)  # (sweep, sample, level, ladder)
