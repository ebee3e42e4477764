"""Temperatures as functions of the step: the schedules of schedules.py with `value` for where the temperature ends.

Every option of the group temperature has `value`, so that it can be swept over all of them; these are their targets.
"""

from collections.abc import Sequence

from physlearn import schedules
from physlearn.schedules import Schedule


def none(value: float = 0.0) -> Schedule:
    """T = 0 at every step, whatever `value` says."""
    return schedules.constant(0.0)


def linear(start: float, value: float, fraction: float = 1.0) -> Schedule:
    """T = start + (value - start) t, t = min(1, step / (fraction * steps))."""
    return schedules.linear(start, value, fraction)


def exponential(start: float, value: float, fraction: float = 1.0) -> Schedule:
    """T = start (value / start)^t: equal factors in equal times.

    Raises:
        ValueError: one of the ends is not positive.
    """
    return schedules.exponential(start, value, fraction)


def cosine(start: float, value: float, fraction: float = 1.0) -> Schedule:
    """T = value + (start - value) (1 + cos(pi t)) / 2."""
    return schedules.cosine(start, value, fraction)


def cyclical(start: float, value: float, cycles: int = 4) -> Schedule:
    """T = value + (start - value) (1 + cos(pi (c t mod 1))) / 2, `cycles` = c restarts."""
    return schedules.cyclical(start, value, cycles)


def piecewise(values: Sequence[float], boundaries: Sequence[float], value: float) -> Schedule:
    """T = values[i] for boundaries[i-1] <= step / steps < boundaries[i], and `value` after the last boundary.

    Raises:
        ValueError: boundaries that do not rise, or not as many as `values`.
    """
    return schedules.piecewise([*values, value], boundaries)
