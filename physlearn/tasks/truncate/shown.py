"""How the results of task=truncate are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("a matrix product state that classifies", "python -m physlearn model=mps data=mnist data.pool=2 optimizer=adamw"),
    ("the bonds that it needs, over the image", "python -m physlearn task=truncate from=outputs/train/<run>"),
)
SHOWN = {
    "whole_error": Shown("error before truncation", "%", column=True),
    "truncated_error": Shown("error after truncation", "%", column=True),
    "parameters_left": Shown("parameters left", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """Error and parameters after truncation and before."""
    if result.get("truncated_error") is None:
        return ""
    return (
        f"{100 * result['truncated_error']:.2f} % error with {result['parameters_left']:,} parameters, "
        f"{100 * result['whole_error']:.2f} % with all {result['whole_parameters']:,}."
    )


QUESTION = "How far can this matrix product classifier be truncated?"
ANSWER = answer
