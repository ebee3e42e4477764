"""A value as a function of the step: used alike for temperature, step size, dropout rate and sparsity.

A schedule is a plain function `value(step, steps)` of the step now (0, 1, ...) and of the number of steps in all.
It has no state, so a resumed run needs the step alone. The functions below make schedules; each says its equation
with t = min(1, step / (fraction * steps)), the time as a fraction of the part of the run in which the value moves
(afterwards it stays at `stop`).
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

Schedule = Callable[[int, int], float]


def _time(step: int, steps: int, fraction: float) -> float:
    return min(1.0, step / max(1.0, fraction * steps))


def constant(value: float) -> Schedule:
    """v = value at every step."""
    return lambda step, steps: value


def linear(start: float, stop: float, fraction: float = 1.0) -> Schedule:
    """v = start + (stop - start) t. With stop = 0: annealed dropout, p_0 max(0, 1 - t) (Rennie et al. 2014)."""
    return lambda step, steps: start + (stop - start) * _time(step, steps, fraction)


def exponential(start: float, stop: float, fraction: float = 1.0) -> Schedule:
    """v = start (stop / start)^t: equal factors in equal times. Both ends must be positive."""
    if not (start > 0 and stop > 0):
        raise ValueError(f"an exponential schedule needs start > 0 and stop > 0, got {start} and {stop}")
    return lambda step, steps: start * (stop / start) ** _time(step, steps, fraction)


def cosine(start: float, stop: float = 0.0, fraction: float = 1.0) -> Schedule:
    """v = stop + (start - stop) (1 + cos(pi t)) / 2 (Loshchilov & Hutter 2017)."""
    return lambda step, steps: stop + (start - stop) * (1 + math.cos(math.pi * _time(step, steps, fraction))) / 2


def warm(start: float, stop: float = 0.0, warmup: float = 0.05) -> Schedule:
    """v = start u / w while u < w, then stop + (start - stop) (1 + cos(pi (u - w) / (1 - w))) / 2.

    u = (step + 1) / steps is the time, w = `warmup` the fraction of the run in which the value rises from 0: large
    steps that would throw a new network off are safe a little later (Goyal et al. 2017).

    Raises:
        ValueError: `warmup` is not in (0, 1).
    """
    if not 0 < warmup < 1:
        raise ValueError(f"warmup={warmup}: allowed is 0 < warmup < 1, a fraction of the run")
    fall = cosine(start, stop)

    def value(step: int, steps: int) -> float:
        u = (step + 1) / steps
        return start * u / warmup if u < warmup else fall(step + 1 - warmup * steps, (1 - warmup) * steps)

    return value


def cyclical(start: float, stop: float = 0.0, cycles: int = 4) -> Schedule:
    """v = stop + (start - stop) (1 + cos(pi (c t mod 1))) / 2, `cycles` = c restarts (Zhang et al. 2020, eq. 1).

    The original has ceil(steps / c) steps a cycle; so has this one.
    """
    if cycles < 1:
        raise ValueError(f"cycles must be at least 1, got {cycles}")

    def value(step: int, steps: int) -> float:
        length = math.ceil(steps / cycles)
        return stop + (start - stop) * (1 + math.cos(math.pi * (step % length) / length)) / 2

    return value


def piecewise(values: Sequence[float], boundaries: Sequence[float]) -> Schedule:
    """v = values[i] for boundaries[i-1] <= step / steps < boundaries[i]: one more value than boundaries."""
    values, boundaries = list(values), list(boundaries)
    if len(values) != len(boundaries) + 1 or boundaries != sorted(boundaries):
        raise ValueError(f"piecewise needs rising boundaries and one more value, got {boundaries} and {values}")
    return lambda step, steps: values[bisect_right(boundaries, step / steps)]


def cubic(start: float, stop: float, fraction: float = 1.0) -> Schedule:
    """v = stop + (start - stop) (1 - t)^3: fast at first, ever slower (the gradual sparsity of Zhu & Gupta 2017)."""
    return lambda step, steps: stop + (start - stop) * (1 - _time(step, steps, fraction)) ** 3


def staircase(start: float, stop: float, rounds: int = 1, fraction: float = 1.0) -> Schedule:
    """1 - v = (1 - start)^(1 - k/n) (1 - stop)^(k/n), n = `rounds`, on stair k = min(n, 1 + floor(n t)).

    As a sparsity: what is left falls by equal factors at equal times, the first at once, and the n-th, which leaves
    1 - stop, a round before the end. n = 1 is one shot.

    Raises:
        ValueError: `rounds` is below 1, or one of the ends is not below 1.
    """
    if rounds < 1 or not (start < 1 and stop < 1):
        raise ValueError(f"a staircase needs rounds >= 1, start < 1 and stop < 1, got {rounds}, {start} and {stop}")

    def value(step: int, steps: int) -> float:
        stairs = min(rounds, 1 + math.floor(rounds * _time(step, steps, fraction)))
        return 1 - (1 - start) ** (1 - stairs / rounds) * (1 - stop) ** (stairs / rounds)

    return value


def off(start: float = 0.0, stop: float = 0.0, fraction: float = 1.0) -> Schedule:
    """v = 0 whatever is asked: the option `none` of a group whose other options are swept over `start` or `stop`."""
    return lambda step, steps: 0.0
