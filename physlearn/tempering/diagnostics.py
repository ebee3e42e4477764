"""What a run of exchanges says: acceptance, movement through temperature, energies, and free energies.

Arrays are those of a `trace.Trace`: energies (sweep, ladder, level), probability (sweep, ladder, pair) and levels
(sweep, ladder, replica). Means come with standard errors by blocking, ladders being independent chains.
"""

from dataclasses import dataclass

import numpy as np

from physlearn.instruments.statistics import autocorrelation_time, blocking_error


@dataclass(frozen=True)
class Estimate:
    """Values and their standard errors, of one shape."""

    mean: np.ndarray
    error: np.ndarray


def acceptance(probability: np.ndarray) -> Estimate:
    """Mean probability of acceptance of every pair, tried or not: (pair,)."""
    return _estimate(probability)


def barrier(probability: np.ndarray) -> float:
    """Lambda = sum_i r_i, the communication barrier of this ladder; it underestimates that of a finer one.

    Source: Syed et al., J. R. Stat. Soc. B 84 (2022) 321, sec. 4.
    """
    return float((1 - probability).mean(axis=(0, 1)).sum())


def round_trips(levels: np.ndarray) -> np.ndarray:
    """Trips coldest -> hottest -> coldest completed by every replica: (ladder, replica) int."""
    ends = last_end(levels)
    home = ((ends[1:] == 1) & (ends[:-1] == -1)).sum(axis=0)  # arrivals at the cold end, from the hot one
    first = np.take_along_axis(ends, (ends != 0).argmax(axis=0)[None], axis=0)[0]
    return np.maximum(home - (first == -1), 0)  # a replica that began at the hot end had gone half the way


def flow(levels: np.ndarray) -> np.ndarray:
    """f(T): of the visits to a level, the fraction by replicas that were at the coldest end last: (level,).

    Falls from 1 at the coldest to 0 at the hottest; in equal steps where replicas move freely, with a cliff at a
    bottleneck. Levels never visited by a replica that has met an end give nan.

    Source: Katzgraber, Trebst, Huse & Troyer, J. Stat. Mech. (2006) P03018, eq. 4.
    """
    ends, count = last_end(levels).ravel(), levels.shape[2]
    up, down = (np.bincount(levels.ravel()[ends == end], minlength=count) for end in (1, -1))
    total = up + down
    return np.where(total > 0, up / np.maximum(total, 1), np.nan)


def last_end(levels: np.ndarray) -> np.ndarray:
    """+1 where a replica was at the coldest level last, -1 at the hottest, 0 at neither yet: as `levels`."""
    ends = (levels == 0).astype(np.int8) - (levels == levels.shape[2] - 1)
    sweep = np.where(ends != 0, np.arange(len(levels))[:, None, None], 0)
    return np.take_along_axis(ends, np.maximum.accumulate(sweep, axis=0), axis=0)


def energy(energies: np.ndarray) -> Estimate:
    """<E> of every level: (level,)."""
    return _estimate(energies)


def heat_capacity(energies: np.ndarray, temperatures: np.ndarray) -> Estimate:
    """C = Var E / T^2 of every level: (level,)."""
    return _estimate(_squares(energies) / temperatures**2)


def binder(squares: np.ndarray, fourths: np.ndarray) -> Estimate:
    """U = 1 - <m^4> / (3 <m^2>^2) of every level, the Binder cumulant: (level,).

    2/3 where m is plus or minus one value, 0 where it is Gaussian; lattices of all sizes have the same value at the
    critical temperature, up to corrections that fall with the size, so that their curves cross there. The standard
    error is that of the linearised series, -m^4/(3 <m^2>^2) + 2 <m^4> m^2/(3 <m^2>^3).

    Args:
        squares, fourths: m^2 and m^4, (sweep, ladder, level).

    Source: Binder, Z. Phys. B 43 (1981) 119.
    """
    two, four = squares.mean((0, 1)), fourths.mean((0, 1))  # (level,)
    linear = -fourths / (3 * two**2) + 2 * four * squares / (3 * two**3)
    return Estimate(1 - four / (3 * two**2), _estimate(linear).error)


def energy_times(energies: np.ndarray) -> np.ndarray:
    """Integrated autocorrelation time of the energy at every level, in sweeps (white noise 1): (level,)."""
    return np.array([autocorrelation_time(energies[:, :, i].T) for i in range(energies.shape[2])])


def log_z(energies: np.ndarray, temperatures: np.ndarray) -> Estimate:
    """ln Z(T_i) - ln Z(T_0) of every level, by thermodynamic integration along the ladder: (level,), 0 at the coldest.

    ln Z(b') - ln Z(b) = -int U db by the corrected trapezoid rule, whose error falls as h^4:

        int U db = h (U + U')/2 + h^2/12 (V' - V),   h = b' - b,   V = Var E = -dU/db.

    The standard error is that of sampling; check a coarse ladder by a finer one.

    Args:
        energies: (sweep, ladder, level).
        temperatures: (level,).
    """
    h, squares = np.diff(1 / temperatures), _squares(energies)
    means = energies.mean(axis=(0, 1))
    centred = energies - means  # its own mean is 0, so that the series below scatters about the answer
    steps = -h * (centred[..., 1:] + centred[..., :-1] + means[1:] + means[:-1]) / 2
    steps = steps - h**2 / 12 * np.diff(squares, axis=2)
    total = np.concatenate([np.zeros_like(steps[..., :1]), np.cumsum(steps, axis=2)], axis=2)
    return _estimate(total)


def histogram_overlap(energies: np.ndarray, bins: int = 60) -> np.ndarray:
    """int min(p_i(E), p_{i+1}(E)) dE of neighbouring levels, from histograms on a common grid: (pair,)."""
    edges = histogram_edges(energies, bins)
    counts = [np.histogram(energies[:, :, i], edges)[0] for i in range(energies.shape[2])]
    densities = np.array(counts) / energies[:, :, 0].size
    return np.minimum(densities[1:], densities[:-1]).sum(axis=1)


def histogram_edges(energies: np.ndarray, bins: int = 60) -> np.ndarray:
    """At most so many equal bins over all energies: (bin + 1,). Where the levels are discrete each holds as many."""
    levels = np.unique(energies)
    if 1 < len(levels) < energies.size / 10:
        gap = np.diff(levels)
        spacing = gap[gap > 1e-9 * np.ptp(levels)].min()  # levels per site are equal only up to rounding
        width = spacing * np.ceil((np.ptp(levels) / spacing + 1) / bins)
        count = int(np.ceil((np.ptp(levels) + spacing) / width))
        return levels[0] - spacing / 2 + width * np.arange(count + 1)
    return np.histogram_bin_edges(energies, bins)


def _squares(energies: np.ndarray) -> np.ndarray:
    """(E - <E>)^2, whose mean is the variance without bias: as `energies`."""
    samples = energies.shape[0] * energies.shape[1]
    return (energies - energies.mean(axis=(0, 1))) ** 2 * samples / (samples - 1)


def _estimate(series: np.ndarray) -> Estimate:
    errors = [blocking_error(series[:, :, i].T) for i in range(series.shape[2])]
    return Estimate(series.mean(axis=(0, 1)), np.array(errors))
