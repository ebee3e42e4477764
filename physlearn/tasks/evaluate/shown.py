"""How the results of task=evaluate are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import error_rate
from physlearn.lab.shown import Shown

SHOWN = {
    "test_error": Shown("test error", "%", column=True, drawn=True, better="low"),
    "test_nll": Shown("test NLL", "nats", column=True, drawn=True, better="low"),
    "test_ece": Shown("test ECE", "%", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """Test error, NLL and calibration."""
    examples, error = result.get("test_examples"), result.get("test_error")
    if not examples or error is None:
        return ""
    return (
        f"{error_rate(error, examples)} of {examples:,} test examples are misclassified; NLL {result['test_nll']:.3g} "
        f"nats, ECE {100 * result['test_ece']:.2g} %."
    )


QUESTION = "How well does the network of this run predict?"
ANSWER = answer
