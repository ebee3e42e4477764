"""What task=bytes has to say. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (("error against bytes: one network or samples", "python -m physlearn task=bytes runs=outputs"),)
SHOWN: dict[str, Shown] = {}


def answer(result: Mapping[str, Any]) -> str:
    """How many runs stand in how many curves."""
    if not result.get("runs"):
        return ""
    return f"{result['runs']} runs are compared in {result['curves']} curves of samples and one of single networks."


QUESTION = "Are bytes better spent on one network or on several samples?"
ANSWER = answer
