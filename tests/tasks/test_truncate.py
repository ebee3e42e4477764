"""task=truncate: a classifier of the digits is cut down; what it reads is checked."""

from functools import partial

import pytest
from stopping import checked, run_task

from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train
from physlearn.tasks.truncate import run as truncate
from physlearn.tasks.truncate.run import over_pixels

run = partial(run_task, truncate.run)
WORDS = ("threads=1", "data=digits", "model=mps", "model.bond=6", "optimizer=adamw", "optimizer.lr=5e-3",
         "schedule=cosine", "dropout=none", "task.epochs=12", "ensemble.keep=1", "ensemble.burn_in=0.9")  # fmt: skip


@pytest.fixture
def trained(tmp_path, monkeypatch):
    monkeypatch.setattr(train_report, "draw", lambda *_: None)
    result = run_task(train.run, tmp_path / "trained", checked(*WORDS))
    assert result["test_error"] < 0.1
    assert result["parameters"] == 32 * 2 * 12 * 6 + 10 * 36
    return tmp_path / "trained", result


def test_truncated_digits(tmp_path, trained):
    """A small error changes few predictions and saves parameters; more of it saves more."""
    directory, before = trained
    result = run(tmp_path / "run", checked("task=truncate", "threads=1", f"from={directory}", "task.error=0.1"))
    assert result["whole_error"] == pytest.approx(before["test_error"], abs=1.5 / 360)  # float64 here
    assert result["truncated_error"] < before["test_error"] + 0.05
    assert result["parameters_left"] < before["parameters"]
    assert result["error_made"] <= 0.1
    assert result["parameters_data"] == sorted(result["parameters_data"], reverse=True)
    assert result["test_errors_data"][-1] >= result["test_errors_data"][0]
    assert len(result["bonds"]) == len(result["entropies"]) == 63
    assert result["bonds"][0] < max(result["bonds"])  # a corner of the image
    for name in ("over_picture", "error_against_parameters"):
        assert (tmp_path / "run" / "figures" / f"{name}.png").exists()
    on_validation = checked("task=truncate", "threads=1", f"from={directory}", "task.test=false", "task.errors=[0.3]")
    other = run(tmp_path / "validation", on_validation)
    assert other["errors"] == [0.1, 0.3]
    assert other["bonds"] == result["bonds"]


def test_logits_of_two_runs_are_added(tmp_path, trained):
    """A run and itself: the same predictions from twice the bond, which truncation takes back."""
    directory, _ = trained
    words = ("task=truncate", "threads=1", "task.errors=[0.01]", "task.error=0.01")
    one = run(tmp_path / "one", checked(*words, f"from={directory}"))
    two = run(tmp_path / "two", checked(*words, f"from=[{directory},{directory}]"))
    assert two["whole_error"] == one["whole_error"]
    assert two["whole_parameters"] == 2 * one["whole_parameters"]
    assert two["bonds"] == one["bonds"]
    assert "bond 12 together" in (tmp_path / "two" / "notes.txt").read_text()


def test_cuts_beside_the_label_are_one():
    """Three pixels left of the label and two right of it: cuts 1, 2, (3, 4), 5."""
    assert over_pixels([1, 2, 3, 4, 5]) == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("task=truncate", "from is missing"),
        ("task=truncate from=nowhere", "from=nowhere: no run lies there"),
        ("task=truncate from=x task.error=1", "task.error=1"),
        ("model=mps model.bond=0", "model.bond=0"),
        ("model=mps data.pool=3", "data.pool=3: allowed are whole numbers that divide the sides of the images, 8 x 8"),
    ],
)
def test_bad_input_is_one_line(typed, words, line):
    code, printed = typed(words)
    assert code == 2
    assert line in printed.err
    assert printed.err.count("\n") == 1
