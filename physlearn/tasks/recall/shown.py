"""How the results of task=recall are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (("images recalled from an associative memory", "python -m physlearn task=recall"),)
SHOWN = {
    "energy": Shown("energy per neuron", symbol="E", headline=True, against=("step",)),
    "temperature": Shown("temperature T", symbol="T"),
    "overlap": Shown("overlap m", symbol="m"),
    "hidden_pixel_error": Shown("hidden pixels wrong", "%", column=True, drawn=True, better="low"),
    "pixel_error": Shown("pixels wrong", "%", column=True, drawn=True, better="low"),
    "recalled": Shown("images with 95 % of the pixels right", "%", column=True, drawn=True, better="high"),
}


def answer(result: Mapping[str, Any]) -> str:
    """Hidden or all pixels that are wrong after recall, and images recalled."""
    wrong, hidden = result.get("pixel_error"), result.get("hidden_pixel_error")
    if wrong is None:
        return ""
    which, error = ("hidden pixels", hidden) if hidden is not None else ("pixels", wrong)
    return (
        f"{100 * error:.2f} % of the {which} are wrong after {result['sweeps']} sweeps; "
        f"{100 * result['recalled']:.0f} % of {result['patterns']} images have 95 % of their pixels right."
    )


QUESTION = "Does this memory recall corrupted images?"
ANSWER = answer
