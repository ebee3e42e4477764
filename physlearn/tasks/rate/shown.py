"""What task=rate has to say. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (("error against the bits a codec left", "python -m physlearn task=rate runs=outputs/sweeps/<sweep>"),)
SHOWN: dict[str, Shown] = {}


def answer(result: Mapping[str, Any]) -> str:
    """The lowest mean error and its bits."""
    if result.get("best_error") is None:
        return ""
    spread = result.get("best_error_se")
    error = plus_minus(100 * result["best_error"], None if spread is None else 100 * spread)
    return f"{error} % test error at {result['best_bits']:.3g} bits ({result['best_curve']}), the lowest measured."


QUESTION = "How many bits per pixel or sample does a classifier need?"
ANSWER = answer
