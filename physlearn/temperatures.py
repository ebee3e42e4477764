"""A temperature as it is typed: a number, or a multiple of the posterior's 1/N. No torch here."""

import math
import re

POSTERIOR = re.compile(r"(?P<factor>(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)?posterior", re.IGNORECASE)


def is_temperature(value: object) -> bool:
    """True for a finite number >= 0, `posterior`, or a number and `posterior` in one word, as in 0.1posterior."""
    if isinstance(value, str):
        return POSTERIOR.fullmatch(value) is not None and number_of(value, 1) < math.inf
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def in_posteriors(value: object) -> bool:
    """True for a temperature that has no value without N, the number of training examples."""
    return isinstance(value, str)


def number_of(value: float | str, examples: int) -> float:
    """T in nats per example: a number as it is, `posterior` = 1/N, `0.1posterior` = 0.1/N with N = `examples`."""
    if not in_posteriors(value):
        return float(value)
    return float(POSTERIOR.fullmatch(value)["factor"] or 1.0) / examples
