"""How the results of task=train are shown. No torch here."""

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
    "test_error": Shown("test error", "%", column=True, drawn=True),
    "ensemble_test_error": Shown("ensemble test error", "%", column=True, drawn=True),
    "test_rmse": Shown("test RMSE", column=True, drawn=True),
    "ensemble_test_rmse": Shown("ensemble test RMSE", column=True, drawn=True),
    "test_nll": Shown("test NLL", "nats", column=True, drawn=True),
    "ensemble_test_nll": Shown("ensemble test NLL", "nats", column=True, drawn=True),
}
