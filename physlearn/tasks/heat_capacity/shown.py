"""How the results of task=heat_capacity are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (("heat capacity of the parameters against width", "python -m physlearn task=heat_capacity"),)
SHOWN = {
    "likelihood": Shown("C_L, family=likelihood"),
    "posterior": Shown("C - d/2, family=posterior"),
    "likelihood_widest": Shown("C_L of the widest network", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """C_L of the widest network by two temperatures, beside d/2."""
    width, capacity = result.get("width"), result.get("likelihood_difference")
    if not width or not capacity:
        return ""
    half = [count / 2 for count in result["parameters"]]
    return (
        f"{plus_minus(capacity[-1], result['likelihood_difference_se'][-1])} is the heat capacity C_L of {width[-1]:,} "
        f"hidden neurons, {capacity[0]:.0f} that of {width[0]:,}; d/2 is {half[-1]:,.0f} and {half[0]:,.0f}."
    )


QUESTION = "How many parameters do the data hold, measured as a heat capacity?"
ANSWER = answer
