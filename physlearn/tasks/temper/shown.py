"""How the results of task=temper are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown
from physlearn.tasks.setup.remedy import remedy

EXAMPLES = (("many temperatures at once, exchanging", "python -m physlearn task=temper system=ising"),)
WHEN_DIVERGED = remedy
SHOWN = {
    "energy": Shown("energy E at the lowest temperature", symbol="E", headline=True, against=("step",)),
    "temperature": Shown("lowest temperature", symbol="T"),
    "temperature_hottest": Shown("highest temperature", symbol="to"),
    "acceptance": Shown("acceptance of swaps", symbol="A"),
    "round_trips": Shown("round trips", symbol="round trips"),
    "magnetisation": Shown("magnetisation |m|", "per site", by_level="magnetisation |m|"),
    "binder": Shown("Binder cumulant U", by_level="Binder cumulant U"),
    "test_error": Shown("test error", "%", by_level="test error of single samples"),
    "ensemble_test_error": Shown("ensemble test error", "%", by_level="test error of their average"),
    "ensemble_test_nll": Shown("ensemble test NLL", "nats", by_level="test NLL of their average"),
}


def answer(result: Mapping[str, Any]) -> str:
    """Round trips, the acceptance of swaps, and the temperatures between which replicas move."""
    T, accepted = result.get("temperatures"), result.get("acceptance")
    if not T or not accepted:
        return ""
    return (
        f"{result['round_trips']:,} round trips in {result['sweeps']:,} sweeps between T = {T[0]:.4g} and {T[-1]:.4g}: "
        f"swaps of neighbours are accepted with {100 * min(accepted):.0f} to {100 * max(accepted):.0f} %."
    )


QUESTION = "Do replicas move between the highest and the lowest temperature?"
ANSWER = answer
