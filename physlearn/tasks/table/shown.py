"""What task=table has to say. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

SHOWN: dict[str, Shown] = {}


def answer(result: Mapping[str, Any]) -> str:
    """How many finished runs stand in the table."""
    return f"{result['runs']} finished runs stand beside the published networks." if result.get("runs") else ""


QUESTION = "How do the pruned networks compare with the published ones?"
ANSWER = answer
