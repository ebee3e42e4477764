"""What task=export has to say. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

SHOWN: dict[str, Shown] = {}


def answer(result: Mapping[str, Any]) -> str:
    """How many runs, and whether their chains agree."""
    if not result.get("runs"):
        return ""
    worst = max((r for r in result.get("energy_r_hat") or () if r is not None), default=None)
    mixed = f"; the largest R-hat of their energies is {worst:.3f}" if worst is not None else ""
    return f"{result['runs']} runs were written for other programs{mixed}."


QUESTION = "What can other programs read of these runs?"
ANSWER = answer
