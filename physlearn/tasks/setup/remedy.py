"""What to change where a run diverged: the step, or a temperature that no step is small enough for."""

import math
from collections.abc import Mapping
from typing import Any

from physlearn.lab.check import leaves
from physlearn.temperatures import in_posteriors

LARGE = 1.0  # a thermal kick per step, in the unit of the weights, which are of the order of 0.1
TEMPERATURES = ("temperature.value", "temperature.start", "temperature.values", "tempering.maximum")


def remedy(config: Mapping[str, Any]) -> str:
    """A sentence that names the key: of the noise sqrt(2 h T) a step where that is large, else of the step."""
    known = dict(leaves(config))
    lr = known.get("optimizer.lr")
    if not isinstance(lr, int | float):
        return ""
    for key in TEMPERATURES:
        hot = largest(known.get(key))
        if hot is not None and (kick := math.sqrt(2 * lr * hot)) > LARGE:
            return f"Lower {key}: at T = {hot:g} the noise of a step is {kick:.2g} per weight"
    return "Lower optimizer.lr"


def largest(value: Any) -> float | None:
    """The hottest temperature that is a number and not a multiple of 1/N, which is small."""
    found = [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, int | float | str)]
    numbers = [float(v) for v in found if not isinstance(v, bool) and not in_posteriors(v)]
    return max(numbers, default=None)
