"""How the results of task=redundancy are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (
    (
        "attack dense, pruned and sampled networks",
        "python -m physlearn experiment=one_bit/mnist",
    ),
)
SHOWN: dict[str, Shown] = {}
QUESTION = "Do adversarial examples lose their effect where redundancy is taken out?"


def answer(result: Mapping[str, Any]) -> str:
    """What the attack on the dense network leaves right, the arm that does best under attack on itself, and noise."""
    if not result.get("arms"):
        return ""
    own, noise = result["own_accuracy"], result["noise_accuracy"]
    best = max(range(len(own)), key=own.__getitem__)
    return (
        f"The dense network is right on {100 * own[0]:.1f} % of attacked images, on {100 * noise[0]:.1f} % with noise "
        f"of equal L2 distance. Of all arms, each attacked itself, the best is '{result['arms'][best]}': "
        f"{100 * own[best]:.1f} %."
    )


ANSWER = answer
