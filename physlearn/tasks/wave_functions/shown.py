"""What task=wave_functions has to say: it reads every sweep over ground states that has ended. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("networks beside matrix product states", "python -m physlearn experiment=carleo2017/ising"),
    ("2^N numbers, N d D^2, or a network", "python -m physlearn experiment=curse_of_dimension"),
)
AFTER_SWEEP = "after_sweep"
SHOWN: dict[str, Shown] = {}


def answer(result: Mapping[str, Any]) -> str:
    """The lowest relative error and its state."""
    if result.get("best_error") is None:
        return ""
    return (
        f"{result['best_error']:.1e} is the lowest relative error of the energy, by a {result['best_state']} with "
        f"{result['best_parameters']:,.0f} parameters, of {result['groups']} settings."
    )


QUESTION = "How many parameters does a wave function need for a given error of the energy?"
ANSWER = answer
