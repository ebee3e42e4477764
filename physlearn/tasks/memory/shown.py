"""How the results of task=memory are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

SHOWN = {"overlap": Shown("overlap m", symbol="m")}


def answer(result: Mapping[str, Any]) -> str:
    """Distance from theory inside the retrieval phase, or the edges of the basin."""
    if result.get("deviation_inside") is not None:
        right = f"{100 * result['phase_right']:.1f} % of {result['points']} points are on the theory's side"
        return (
            f"{result['deviation_inside']:.4f} is the mean |m - theory| at the {result['inside']} points with at most "
            f"0.8 of the spinodal's load; {right}."
        )
    if result.get("edge"):
        words = ", ".join(f"{m:.2f} at load {a:g}" for a, m in zip(result["edge_load"], result["edge"], strict=True))
        return f"{words}: from these initial overlaps on half of the recalls succeed."
    return ""


QUESTION = "Does the memory recall where replica theory says that it does?"
ANSWER = answer
