"""How the results of task=latency are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

SHOWN = {
    "ratio_1": Shown("dense / compressed rows, 1 image", column=True),
    "ratio_64": Shown("dense / compressed rows, 64 images", column=True),
    "weights_kept": Shown("weights kept", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """The paired ratio at the largest batch, and without unread neurons."""
    batches = sorted(int(key.removeprefix("ratio_")) for key in result if key.removeprefix("ratio_").isdigit())
    if not batches:
        return ""
    most = batches[-1]
    smaller = result.get(f"smaller_ratio_{most}")
    fewer = f", {smaller:.2f} over that without unread neurons" if smaller else ""
    return (
        f"{result[f'ratio_{most}']:.2f} is the time of the dense network over that of compressed rows{fewer}, at "
        f"{most} images a call with {result['weights_kept']:,} weights."
    )


QUESTION = "Is the pruned network faster?"
ANSWER = answer
