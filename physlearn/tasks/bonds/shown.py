"""What task=bonds has to say: it reads every sweep over matrix product classifiers that has ended. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (("test error against bond dimension", "python -m physlearn experiment=stoudenmire2016/mnist"),)
AFTER_SWEEP = "after_sweep"
SHOWN: dict[str, Shown] = {}


def answer(result: Mapping[str, Any]) -> str:
    """The lowest mean error and its bond."""
    if not result.get("best_error"):
        return ""
    spread = result.get("best_error_se")
    error = plus_minus(100 * result["best_error"], None if spread is None else 100 * spread)
    return f"{error} % test error at bond {result['best_bond']}, the lowest of {result['groups']} settings."


QUESTION = "How does the error of a matrix product classifier fall with its bond dimension?"
ANSWER = answer
