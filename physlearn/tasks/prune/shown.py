"""How the results of task=prune are shown. No torch here."""

from physlearn.lab.shown import Shown
from physlearn.tasks.setup.remedy import remedy

WHEN_DIVERGED = remedy
SHOWN = {
    "energy": Shown("cost: energy E", "nats per example", symbol="E", headline=True, against=("step", "dropout")),
    "validation_error": Shown("validation error", "%", symbol="error", headline=True, against=("step",)),
    "dropout": Shown("dropout rate p", symbol="p"),
    "test_error": Shown("test error", "%", column=True, drawn=True),
    "test_rmse": Shown("test RMSE", column=True, drawn=True),
    "dense_test_error": Shown("dense test error", "%", column=True),
    "compression": Shown("compression", column=True),
    "file_bytes": Shown("file (bytes)", column=True),
}
