"""How the results of task=machine_information are shown. No torch here."""

import math
from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (("what a machine's samples reveal of its data set", "python -m physlearn task=machine_information"),)
SHOWN = {"l_info_most_sets": Shown("L-info, most sets", "nats", symbol="I(B; X)", headline=True, column=True)}


def answer(result: Mapping[str, Any]) -> str:
    """The largest L-info for the most data sets beside its bound."""
    counts = sorted(int(key.removeprefix("l_info_")) for key in result if key.removeprefix("l_info_").isdigit())
    if not counts:
        return ""
    most = counts[-1]
    return (
        f"{max(result[f'l_info_{most}']):.3f} nats at most tell which of {most} data sets was learned; all there is to "
        f"know is ln {most} = {math.log(most):.3f}."
    )


QUESTION = "What do samples of small Boltzmann machines tell of the data set that they learned?"
ANSWER = answer
