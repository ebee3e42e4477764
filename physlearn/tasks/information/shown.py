"""How the results of task=information are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (("what a linear last layer stores, and what it costs", "python -m physlearn task=information"),)
SHOWN = {"efficiency_slowest": Shown("efficiency of the slowest training", column=True)}


def answer(result: Mapping[str, Any]) -> str:
    """Efficiency of the slowest training, switched on slowly and at once."""
    slow, once = result.get("slowly_efficiency"), result.get("at_once_efficiency")
    if not slow or not once:
        return ""
    return (
        f"{slow[-1]:.3g} is the efficiency when the data are switched on over {result['steps'][-1]:,} steps, "
        f"{slow[0]:.2g} over {result['steps'][0]:,}; at once {once[-1]:.2g}."
    )


QUESTION = "What does it cost to store a bit of information in a linear layer?"
ANSWER = answer
