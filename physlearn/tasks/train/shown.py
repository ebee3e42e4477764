"""How the results of task=train are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import error_rate
from physlearn.lab.shown import Shown
from physlearn.tasks.setup.remedy import remedy

FIRST = True
EXAMPLES = (
    ("the main job: Langevin training, dropout annealed", "python -m physlearn optimizer=langevin dropout=annealed"),
    ("the same on MNIST, hotter", "python -m physlearn data=mnist temperature.value=1e-4"),
    ("resume a run that was stopped", "python -m physlearn resume=outputs/train/<run>"),
)
WHEN_DIVERGED = remedy
SHOWN = {
    "energy": Shown("cost: energy E", "nats per example", symbol="E", headline=True, against=("step", "dropout")),
    "validation_error": Shown("validation error", "%", symbol="error", headline=True, against=("step",)),
    "validation_rmse": Shown("validation RMSE", symbol="RMSE", headline=True, against=("step",)),
    "temperature": Shown("temperature T", "nats per example", symbol="T"),
    "dropout": Shown("dropout rate p", symbol="p"),
    "ledger_work": Shown("work", "nats per example", symbol="W"),
    "ledger_heat": Shown("heat absorbed", "nats per example", symbol="Q"),
    "ledger_shadow_work": Shown("shadow work", "nats per example", symbol="Wsh"),
    "ledger_entropy": Shown("entropy to the bath", "nats", symbol="s"),
    "test_error": Shown("test error", "%", column=True, drawn=True, better="low"),
    "ensemble_test_error": Shown("ensemble test error", "%", column=True, drawn=True, better="low"),
    "test_rmse": Shown("test RMSE", column=True, drawn=True, better="low"),
    "ensemble_test_rmse": Shown("ensemble test RMSE", column=True, drawn=True, better="low"),
    "test_nll": Shown("test NLL", "nats", column=True, drawn=True, better="low"),
    "ensemble_test_nll": Shown("ensemble test NLL", "nats", column=True, drawn=True, better="low"),
}


def answer(result: Mapping[str, Any]) -> str:
    """Error of the ensemble on the test set, of the last sample beside it, and at what temperature."""
    examples, samples, T = result.get("test_examples"), result.get("ensemble_samples"), result.get("temperature_set", 0)
    if not examples or result.get("ensemble_test_error") is None:
        return ""
    average = error_rate(result["ensemble_test_error"], examples)
    last = error_rate(result["test_error"], examples)
    relative = f" = {T / result['temperature_posterior']:.2g}/N" if T else ""
    law = "" if result.get("sampled") or not T else "; exp(-E/T) was not sampled"
    return (
        f"{average} of {examples:,} test examples are misclassified by the average of {samples:,} samples of the "
        f"weights, {last} by the last sample alone, at T = {T:.3g}{relative}{law}."
    )


QUESTION = "How well does a network predict when its weights are sampled at a temperature T?"
ANSWER = answer
