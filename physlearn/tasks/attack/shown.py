"""How the results of task=attack are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (("attack the network of a run", "python -m physlearn task=attack from=outputs/train/<run>"),)
HALF = 0.5  # accuracy at and below which an attack is said to succeed
SHOWN = {
    "clean_accuracy": Shown("clean accuracy", "%", column=True),
    "robust_accuracy_last": Shown("accuracy under attack at the largest size", "%", column=True, drawn=True),
    "median_distance": Shown("median distance to the nearest adversarial image (L2)", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """Accuracy at the first size of attack at which half of the images are lost, beside noise of that size."""
    sizes, attacked, noise = (result.get(key) for key in ("sizes", "robust_accuracy", "noise_accuracy"))
    if not sizes or not attacked:
        return ""
    at = next((i for i, accuracy in enumerate(attacked) if accuracy <= HALF), len(sizes) - 1)
    same = f", {100 * noise[at]:.1f} % under noise of equal norm" if noise else ""
    return (
        f"{100 * attacked[at]:.1f} % of {result['examples']:,} images are still classified correctly under attack of "
        f"size {sizes[at]:g}{same}, {100 * result['clean_accuracy']:.1f} % without."
    )


QUESTION = "How much smaller is the change that fools this network than noise that does?"
ANSWER = answer
