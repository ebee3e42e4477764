"""How the results of task=born are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("a Born machine: exact samples of bars and stripes", "python -m physlearn task=born"),
    ("half a digit, completed by it", "python -m physlearn task=born from=outputs/born/<run> task.complete=bottom"),
)
SHOWN = {
    "nll": Shown("training NLL", "nats per image", symbol="NLL", headline=True, against=("step",)),
    "bond_max": Shown("largest bond", symbol="D"),
    "train_nll": Shown("training NLL", "nats per image", column=True, drawn=True, better="low"),
    "test_nll": Shown("test NLL", "nats per image", column=True, drawn=True, better="low"),
}


def answer(result: Mapping[str, Any]) -> str:
    """NLL on training and test images, and the least that there is."""
    train, test = result.get("train_nll"), result.get("test_nll")
    if train is None:
        return ""
    held_out = f", {test:.4g} per test image" if test is not None else ""
    return (
        f"{train:.4g} nats per training image{held_out}, with bonds of up to {result['bond_max']}; "
        f"a table of the training images would have {result['bound']:.4g}."
    )


QUESTION = "How well does a matrix product state model these images, on the training and on the test set?"
ANSWER = answer
