"""How the results of task=landscape are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (("the landscape of a finished run", "python -m physlearn task=landscape from=outputs/train/<run>"),)
SHOWN = {
    "hessian_largest": Shown("largest eigenvalue of the Hessian", "nats per example", column=True, drawn=True),
    "temperature_set": Shown("temperature T", "nats per example", column=True),
    "principal_fraction": Shown("variance in two principal components", "%", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """The largest eigenvalue beside h and T, and what the path has in common with a random walk."""
    if result.get("hessian_largest") is None:
        return ""
    largest, h = result["hessian_largest"], result["step_size"]
    return (
        f"{largest:.3g} is the largest eigenvalue of the Hessian at T = {result['temperature_set']:.3g}, "
        f"{100 * largest * h / 2:.2g} % of the stability limit 2/h; two components hold "
        f"{100 * result['principal_fraction']:.2g} % of the path's variance, of a random walk's "
        f"{100 * result['walk_fraction']:.2g} %."
    )


QUESTION = "What does the energy look like where the weights were sampled?"
ANSWER = answer
