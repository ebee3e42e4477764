"""An exact law and the measurement that tests it: what `task=verify` reads off every physics package."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Law:
    """One row of the verification table: z = (mean - exact) / standard error.

    Args:
        package: the physics package it belongs to, e.g. ``dynamics``.
        name: the law in plain words, with its equation.
        exact: the value that the law gives at the parameters that `measure` uses.
        measure: runs the seeded simulation, returns (mean, standard error of the mean).
    """

    package: str
    name: str
    exact: float
    measure: Callable[[], tuple[float, float]]
