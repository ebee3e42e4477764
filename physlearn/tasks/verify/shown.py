"""What task=verify has to say. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (("the exact laws, on this machine", "python -m physlearn task=verify"),)
SHOWN: dict[str, Shown] = {}


def answer(result: Mapping[str, Any]) -> str:
    """Laws that hold, and the largest deviation."""
    if result.get("laws_held") is None:
        return ""
    return (
        f"{result['laws_held']} of {len(result['laws'])} laws hold; the largest deviation is "
        f"{result['z_largest']:.1f} standard errors."
    )


QUESTION = "Do the exact laws hold on this machine?"
ANSWER = answer
