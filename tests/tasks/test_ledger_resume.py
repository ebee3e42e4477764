"""A run of task=train with the ledger on, stopped and resumed, is the run that was never stopped, bit for bit."""

import pytest
from stopping import Stopped, checked, run_task

from physlearn.tasks.fluctuations.run import run as fluctuations
from physlearn.tasks.train.run import run as train

SMALL = (
    "model=mlp",
    "model.widths=[5]",
    "data.limit=120",
    "task.epochs=12",
    "ensemble.keep=2",
    "wrapper=ledger",
    "threads=1",
)
UNTIMED = ("seconds",)
FULL = ("task.batch_size=full", "dropout=none")


def same(result):
    return {key: value for key, value in result.items() if key not in UNTIMED}


@pytest.mark.parametrize(
    "words",
    [
        ("optimizer=langevin",),
        pytest.param(("optimizer=langevin", *FULL), marks=pytest.mark.slow),
        pytest.param(("optimizer=underdamped", *FULL), marks=pytest.mark.slow),
        ("optimizer=mala", *FULL),
    ],
)
def test_resumed_books_are_straight(tmp_path, words):
    cfg = checked(*SMALL, *words, "task.checkpoint_every=5")
    whole = run_task(train, tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run_task(train, tmp_path / "cut", cfg, stop=5)
    assert same(run_task(train, tmp_path / "cut", cfg)) == same(whole)
    assert whole["ledger_heat"] != 0


def test_resumed_between_two_paces_is_straight(tmp_path):
    cfg = checked("task=fluctuations", "task.paces=[0.3,0.9]", "task.trajectories=500", "threads=1")
    whole = run_task(fluctuations, tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run_task(fluctuations, tmp_path / "cut", cfg, stop=1)
    assert run_task(fluctuations, tmp_path / "cut", cfg) == whole
