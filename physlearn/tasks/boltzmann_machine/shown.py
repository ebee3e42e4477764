"""How the results of task=boltzmann_machine are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (
    ("a Boltzmann machine whose ln Z is followed", "python -m physlearn experiment=boltzmann_machine/bars_and_stripes"),
    ("500 hidden units on MNIST", "python -m physlearn task=boltzmann_machine data=mnist"),
)
SHOWN = {
    "log_likelihood": Shown("log-likelihood", "nats per image", symbol="ln p", headline=True, against=("step",)),
    "log_z": Shown("ln Z", "nats"),
    "log_z_auditors": Shown("ln Z, auditors", "nats"),
    "train_log_likelihood": Shown("training log-likelihood", "nats per image", column=True, drawn=True, better="high"),
    "test_log_likelihood": Shown("test log-likelihood", "nats per image", column=True, drawn=True, better="high"),
}


def answer(result: Mapping[str, Any]) -> str:
    """Log-likelihood of the test images by annealed importance sampling, of the training images, and ln Z."""
    test = result.get("test_log_likelihood")
    if test is None:
        return ""
    exact = f", exactly {result['log_z_exact']:.4f}" if result.get("log_z_exact") is not None else ""
    return (
        f"{plus_minus(test, result['test_log_likelihood_error'])} nats per test image, "
        f"{plus_minus(result['train_log_likelihood'], result['train_log_likelihood_error'])} per training image; "
        f"ln Z = {plus_minus(result['log_z_ais'], result['log_z_ais_error'])}{exact}."
    )


QUESTION = "What likelihood does this machine give to images that it was not trained on, and what is its ln Z?"
ANSWER = answer
