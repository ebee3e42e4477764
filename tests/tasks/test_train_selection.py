"""task.select: the best network along a run, chosen on the validation set, or on the test set as a control."""

import json

import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.errors import UserError
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train

SMALL = ("threads=1", "model=mlp", "model.widths=[8]", "data.limit=120", "data.validation=40", "task.batch_size=20")
SHORT = (
    "optimizer=adamw",
    "optimizer.lr=0.05",
    "temperature=none",
    "dropout=none",
    "task.epochs=12",
    "task.log_every=2",
)


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    monkeypatch.setattr(train_report, "draw", lambda *_: None)


def go(place, *words, stop=None):
    found = run_task(train.run, place, checked(*SMALL, *SHORT, *words), stop)
    return found, [json.loads(line) for line in found["metrics.jsonl"].splitlines()]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_first_of_the_best_is_taken_and_the_last_is_told(tmp_path, seed):
    last, lines = go(tmp_path / "last", f"seed={seed}")
    kept, same = go(tmp_path / "validation", f"seed={seed}", "task.select=validation")
    assert [{k: v for k, v in line.items() if k != "seconds"} for line in same] == [
        {k: v for k, v in line.items() if k != "seconds"} for line in lines
    ]  # the choice changes nothing along the run
    errors = [line["validation_error"] for line in lines]
    assert kept["selected_step"] == lines[errors.index(min(errors))]["step"]
    assert kept["validation_error"] == min(errors) <= last["validation_error"]
    assert kept["test_error_last"] == last["test_error"]
    assert kept["test_error"] == kept["test_error_selected_on_validation"]
    assert "test_error" not in lines[0]


def test_chosen_on_the_test_set_the_error_is_the_least_of_all_lines(tmp_path):
    found, lines = go(tmp_path / "test", "task.select=test")
    seen = [line["test_error"] for line in lines]
    assert found["test_error"] == found["test_error_selected_on_test"] == min(seen)
    assert min(seen) < found["test_error_selected_on_validation"] or min(seen) < found["test_error_last"]
    assert "test set chose" in (tmp_path / "test" / "notes.txt").read_text()


def test_it_goes_on_bit_for_bit(tmp_path):
    words = ("task.select=validation", "task.checkpoint_every=7")
    whole, _ = go(tmp_path / "whole", *words)
    with pytest.raises(Stopped):
        go(tmp_path / "cut", *words, stop=35)
    best = newest_readable(tmp_path / "cut" / "checkpoints")["state"]["selected"]["validation"]
    assert isinstance(best["weights"]["fc1.weight"], torch.Tensor)
    again, _ = go(tmp_path / "cut", *words)
    timed = ("seconds", "metrics.jsonl")
    assert {k: v for k, v in again.items() if k not in timed} == {k: v for k, v in whole.items() if k not in timed}


def test_what_cannot_be_chosen_is_refused(tmp_path):
    for words, line in (
        (("data.validation=0", "task.select=validation"), "needs a validation set"),
        (("task.select=test", "task.test=false"), "not allowed with task.test=false"),
    ):
        with pytest.raises(UserError, match=line):
            go(tmp_path / "refused", *words)
