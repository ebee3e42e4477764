"""metrics.jsonl: whole lines in the order of the steps, cut where a run goes on, and next to no time spent on it."""

import time

import pytest
import torch

from physlearn.lab.bench import Bench
from physlearn.lab.config import compose, own_part
from physlearn.lab.errors import Diverged
from physlearn.lab.metrics import Metrics, read_metrics

STEP = 5e-4  # seconds: the main job's on one core, the shortest of any network here
STEPS = 100_000


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, own_part(compose(["threads=1"])), quiet=True)
    yield made
    made.metrics.close()


def test_a_cut_keeps_what_was_saved_and_drops_half_a_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "energy": 2.0}\n{"step": 2, "energy": null}\n{"step": 3, "ener')
    metrics = Metrics(path)
    metrics.cut(2)
    metrics.write({"step": 3, "energy": 0.5, "validation_error": 0.25})
    metrics.close()
    assert [line["step"] for line in read_metrics(path)] == [1, 2, 3]
    assert metrics.last == {"step": 3, "energy": 0.5, "validation_error": 0.25}
    assert read_metrics(tmp_path / "none") == []


def test_the_best_error_is_remembered_over_a_cut(tmp_path):
    metrics = Metrics(tmp_path / "metrics.jsonl")
    for step, error in enumerate([0.5, 0.1, 0.3]):
        metrics.write({"step": step, "validation_error": error})
    assert metrics.best == {"validation_error": 0.1}
    metrics.close()
    again = Metrics(tmp_path / "metrics.jsonl")
    again.cut(1)
    again.close()
    assert again.best == {"validation_error": 0.1}


@pytest.mark.parametrize(
    "figure", [float("nan"), float("inf"), torch.tensor(float("nan")), torch.tensor([1.0, -torch.inf])]
)
def test_what_is_not_finite_ends_the_run_and_is_not_written(bench, figure):
    bench.restore()
    bench.log(1, energy=torch.tensor(2.5), counts=torch.tensor([1, 2]), name="text", unknown=None)
    with pytest.raises(Diverged):
        bench.log(2, energy=figure)
    assert read_metrics(bench.directory / "metrics.jsonl") == [
        {"step": 1, "energy": 2.5, "counts": [1, 2], "name": "text", "unknown": None}
    ]
    assert bench.metrics.last["energy"] == 2.5


def test_writing_takes_less_than_a_hundredth_of_a_run(bench):
    """All that the bench does in a run of 100,000 steps with a line every 100, but for the steps themselves."""
    every = 100
    figures = {
        name: 0.123456789 for name in ("energy", "lr", "temperature", "dropout", "validation_error", "a", "b", "c")
    }
    bench.restore()
    begun = time.process_time()
    for step in bench.steps(STEPS, dict, STEPS):
        if (step + 1) % every == 0:
            bench.log(step + 1, **figures)
    spent = time.process_time() - begun
    assert len(read_metrics(bench.directory / "metrics.jsonl")) == STEPS // every
    assert spent < 0.01 * STEPS * STEP
    print(f"{spent:.3f} s of {STEPS} steps")
