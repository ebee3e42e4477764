"""task=recall: pictures come back, runs go on bit for bit, and what cannot be is one clear line."""

import json
from functools import cache, partial

import pytest
from stopping import Stopped, Stopping, checked, run_task

from physlearn.data import dataset
from physlearn.lab.check import check
from physlearn.lab.config import plan
from physlearn.lab.errors import UserError
from physlearn.lab.run_directory import as_dict
from physlearn.tasks.recall import report as recall_report
from physlearn.tasks.recall import run as recall
from physlearn.tasks.setup.rules import rules

HOT = ("temperature=linear", "temperature.start=0.8", "temperature.value=0.1")
CASES = {
    "hebb, annealed": ["hopfield=hebb", *HOT],
    "storkey": ["hopfield=storkey", "hopfield.dynamics=sequential"],
    "projection, masked, hot": ["hopfield.corruption=mask", *HOT],
    "little": ["hopfield.dynamics=synchronous", *HOT],
    "greedy": ["hopfield.dynamics=greedy"],
    "dense": ["hopfield=dense", "hopfield.corruption=noise"],
    "exponential": ["hopfield=dense", "hopfield.function=exponential"],
    "modern": ["hopfield=modern", "hopfield.corruption=mask", "hopfield.clamp=false"],
}


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    """The digits are read once, and no pictures are drawn."""
    monkeypatch.setattr(dataset, "read", cache(dataset.read))
    monkeypatch.setattr(recall_report, "draw", lambda *_: None)


config = partial(checked, "task=recall", "threads=1")
run = partial(run_task, recall.run)


@pytest.mark.parametrize("name", CASES)
def test_resumed_is_straight(tmp_path, name):
    cfg = config(*CASES[name], "task.sweeps=7", "task.checkpoint_every=3")
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=3)
    assert run(tmp_path / "cut", cfg) == whole
    lines = [(tmp_path / part / "metrics.jsonl").read_text() for part in ("whole", "cut")]
    assert lines[0] == lines[1]
    assert lines[0].count("\n") == 7


def test_the_check_sees_a_state_that_forgets(tmp_path, monkeypatch):
    """Negative control: with new thermal noise after the cut the same comparison fails."""
    cfg = config(*CASES["hebb, annealed"], "task.sweeps=7", "task.checkpoint_every=3")
    whole = run(tmp_path / "whole", cfg)
    save = Stopping.save
    new = recall.stream(9, "other").get_state()
    monkeypatch.setattr(Stopping, "save", lambda self, state: save(self, state | {"generator": new}))
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=3)
    assert run(tmp_path / "cut", cfg) != whole


def test_projection_and_modern_complete_digits_and_hebb_does_not(tmp_path):
    """Half of ten digits hidden, 64 pixels: correlated patterns are Hebb's undoing."""
    hidden = {}
    for name in ("hebb", "projection", "modern"):
        result = run(tmp_path / name, config(f"hopfield={name}", "hopfield.corruption=mask"))
        hidden[name] = result["hidden_pixel_error"]
        assert result["energy"] <= result["energy_start"]
        assert result["overlap"] > result["overlap_start"]
    assert hidden["modern"] < 0.02
    assert hidden["projection"] < 0.1 < hidden["hebb"]


def test_energy_falls_at_zero_temperature_and_results_are_flat(tmp_path):
    result = run(tmp_path / "run", config())
    energies = [json.loads(line)["energy"] for line in result.pop("metrics.jsonl").splitlines()]
    assert energies == sorted(energies, reverse=True)
    assert energies[-1] == result["energy"]
    assert all(value is None or isinstance(value, int | float) for value in result.values())
    assert result["overlap_start"] == pytest.approx(1 - 2 * 10 / 64)  # round(0.15 * 64) = 10 bits of each


def test_known_neurons_are_held(tmp_path):
    """With them held the hidden half alone is wrong; let loose, errors reach the other half."""
    held, loose = (
        run(tmp_path / name, config("hopfield=hebb", "hopfield.corruption=mask", f"hopfield.clamp={name}"))
        for name in ("true", "false")
    )
    assert held["pixel_error"] == pytest.approx(held["hidden_pixel_error"] / 2)
    assert loose["pixel_error"] > loose["hidden_pixel_error"] / 2


def test_the_preset_recalls_half_hidden_digits_with_every_memory():
    jobs = plan(["experiment=hopfield/digits"]).jobs
    for job in jobs:
        check(as_dict(job), rules("recall"))
    assert len(jobs) == 15
    assert {(job.data.name, job.hopfield.corruption, job.task.patterns) for job in jobs} == {("mnist", "mask", 20)}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["task.patterns=65"], "task.patterns=65 is not allowed: the projection rule .* here 64"),
        (["task.patterns=0"], "task.patterns=0 is not allowed: it must be a whole number >= 1"),
        (["task.patterns=5000"], "task.patterns=5000 is not allowed: digits has 1318"),
        (["hopfield.amount=1.5"], r"hopfield.amount: fraction must lie in \[0, 1\], got 1.5"),
        (["hopfield.amount=-1"], "hopfield.amount=-1 is not allowed"),
        (["temperature=constant", "temperature.value=-0.1"], "temperature.value=-0.1 is not allowed"),
        (["temperature=constant", "temperature.value=posterior"], "temperature.value=posterior is not allowed"),
        (["hopfield.clamp=true"], "hopfield.corruption=mask"),
        (["hopfield.dynamics=greedy", *HOT], "greedy has no temperature"),
        (["hopfield=dense", *HOT], "T = 0: type temperature=none"),
        (["hopfield=modern", "hopfield.dynamics=asynchronous"], "only synchronous"),
        (["hopfield=dense", "hopfield.power=1"], "hopfield.power=1 is not allowed"),
        (["hopfield.rule=hebbian"], "one of hebb, projection, storkey"),
        (["hopfield=modern", "hopfield.beta=0"], "hopfield.beta=0 is not allowed"),
    ],
)
def test_bad_input_gets_one_clear_line(tmp_path, words, message):
    with pytest.raises(UserError, match=message) as caught:
        run(tmp_path / "run", config(*words))
    assert "\n" not in str(caught.value)
