"""Whether the temperature that a network shows is the one that its equation of motion should have, layer by layer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch.optim import Optimizer

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import blocking_error, trend

DRIFT = 5.0  # |z| of `trend` above which a series is said to move, and has no error
WIDTH = 3.0  # standard errors
FINE = 0.01  # a deviation that does not matter: weights that relax slowly leave the last percent
COARSE = 0.1  # a standard error of the ratio above which nothing can be said


@dataclass(frozen=True)
class Agreement:
    """Measured and predicted temperatures of every layer, lists of (layer,).

    Args:
        measured: <W.g>/d, the configurational temperature.
        predicted: what it should be at stationarity: T, gradient noise, and the step's own bias.
        error: standard error of measured / predicted; None where the series has a trend.
    """

    measured: list[float]
    predicted: list[float]
    error: list[float | None]

    @property
    def ratio(self) -> list[float]:
        return [m / p for m, p in zip(self.measured, self.predicted, strict=True)]

    @property
    def z(self) -> list[float | None]:
        """(ratio - 1) in standard errors."""
        return [(r - 1) / e if e else None for r, e in zip(self.ratio, self.error, strict=True)]

    @property
    def holds(self) -> bool:
        """Every layer agrees."""
        return all(self.within(i) for i in range(len(self.ratio)))

    def within(self, layer: int) -> bool:
        """One layer is within 3 standard errors plus 1 %; the error is below ten percent, and there is no trend."""
        error = self.error[layer]
        return error is not None and error < COARSE and abs(self.ratio[layer] - 1) <= WIDTH * error + FINE

    def words(self, layer: int) -> str:
        """The ratio of one layer, its error, and z."""
        z = self.z[layer]
        return plus_minus(self.ratio[layer], self.error[layer]) + (" (drifts)" if z is None else f" (z = {z:.1f})")


def agreement(optimizer: Optimizer, lines: Mapping[str, np.ndarray]) -> Agreement | None:
    """From the lines logged while samples were taken; None where this equation of motion says no number, or no line.

    The error is that of the difference, line by line: both change with the gradients of the same steps.

    Args:
        optimizer: a thermal one, at the T and h of the samples.
        lines: ``layers_configurational`` and ``layers_force``, W.g/d and |g|^2/d, each (line, layer); and what gradient
            noise adds, ``layers_minibatch`` and ``layers_dropout``, where there is any.
    """
    measured, force = lines.get("layers_configurational"), lines.get("layers_force")
    if measured is None or not len(measured):
        return None
    heat = sum((lines[name] for name in ("layers_minibatch", "layers_dropout") if name in lines), 0.0 * measured)
    group = optimizer.param_groups[0]
    found: tuple[list, list, list] = ([], [], [])
    for i in range(measured.shape[1]):
        each = zip(heat[:, i], force[:, i], strict=True)
        expected = [optimizer.configurational(group, *at) for at in each]  # line by line
        if None in expected:
            return None
        _, error = stationary_mean(measured[:, i] - np.array(expected))
        mean, predicted = float(measured[:, i].mean()), float(np.mean(expected))
        for series, value in zip(found, (mean, predicted, error and error / predicted), strict=True):
            series.append(value)
    return Agreement(*found)


def stationary_mean(series: np.ndarray) -> tuple[float, float | None]:
    """Mean of a correlated series and its standard error by blocking; None for one value, or a series with a trend."""
    if len(series) < 2:
        return (float(series.mean()) if len(series) else math.nan), None
    drifts = abs(trend(series)) > DRIFT  # False for nan
    return float(series.mean()), None if drifts else blocking_error(series)
