"""How the results of task=prune are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import error_rate
from physlearn.lab.shown import Shown
from physlearn.tasks.setup.remedy import remedy

WHEN_DIVERGED = remedy
SHOWN = {
    "energy": Shown("cost: energy E", "nats per example", symbol="E", headline=True, against=("step", "dropout")),
    "validation_error": Shown("validation error", "%", symbol="error", headline=True, against=("step",)),
    "dropout": Shown("dropout rate p", symbol="p"),
    "test_error": Shown("test error", "%", column=True, drawn=True, better="low"),
    "test_rmse": Shown("test RMSE", column=True, drawn=True, better="low"),
    "dense_test_error": Shown("dense test error", "%", column=True),
    "compression": Shown("compression", column=True),
    "file_bytes": Shown("file (bytes)", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """Test error of the pruned network, its compression, and the error before."""
    examples, error, dense = (result.get(key) for key in ("test_examples", "test_error", "dense_test_error"))
    if not examples or error is None:
        return ""
    before = f"; before pruning {error_rate(dense, examples)}" if dense is not None else ""
    kept, weights = result["weights_kept"], result["weights"]
    return (
        f"{error_rate(error, examples)} test error with {kept:,} of {weights:,} weights "
        f"({result['compression']:.3g}x fewer){before}."
    )


QUESTION = "What error is left when most of the weights are removed?"
ANSWER = answer
