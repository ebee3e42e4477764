"""task=heat_capacity from the command line: numbers, resume, refusals, what it says of a chain that is too short."""

import json
from pathlib import Path

import numpy as np
import pytest
from stopping import Stopped, checked, run_task

from physlearn.tasks.heat_capacity.report import report
from physlearn.tasks.heat_capacity.run import run

WORDS = (
    "task=heat_capacity", "data.limit=24", "data.pool=4", "task.widths=[2,3]", "task.chains=4", "task.burn_in=4",
    "task.moves=10", "task.relaxation=8", "task.kicks=3", "threads=1", "precision=float64",
)  # fmt: skip


def test_both_families_are_measured_twice(typed):
    code, _ = typed(" ".join([*WORDS, "hydra.run.dir=run"]))
    assert code == 0
    found = json.loads(Path("run/result.json").read_text())
    assert found["width"] == [2, 3]
    assert found["parameters"] == [4 * 2 + 2 + 2 * 10 + 10, 4 * 3 + 3 + 3 * 10 + 10]
    assert found["family"] == ["posterior", "likelihood"]
    assert all(value > 0 for value in found["likelihood"])
    for family in found["family"]:
        for how in ("", "_difference"):
            assert np.isfinite(found[f"{family}{how}"]).all()
            assert (np.array(found[f"{family}{how}_se"]) > 0).all()
    assert {path.stem for path in Path("run/figures").glob("*.csv")} == {"heat_capacity"}


@pytest.mark.parametrize(
    "stop", [6, pytest.param(17, marks=pytest.mark.slow), 23]
)  # among the moves, in the relaxation, at the second width
def test_resumed_it_is_the_same(tmp_path, stop):
    cfg = checked(*WORDS, "task.checkpoint_every=1")
    whole = run_task(run, tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run_task(run, tmp_path / "cut", cfg, stop=stop)
    assert run_task(run, tmp_path / "cut", cfg) == whole


class Heard:
    def __init__(self):
        self.said = []

    def say(self, text):
        self.said.append(text)

    def figure(self, name, drawn): ...

    def summary(self, title, columns, rows):
        list(rows)


def row(**more):
    keys = ("likelihood", "likelihood_difference", "posterior", "posterior_difference")
    keys += ("relaxation_loss", "relaxation_prior")
    values = {key: 1.0 for key in keys} | {f"{key}_se": 0.1 for key in keys}
    base = {"width": 10, "parameters": 760, "acceptance": 0.8, "r_hat": 1.0}
    return values | base | {"likelihood_z": 0.5, "posterior_z": -0.5} | more


@pytest.mark.parametrize(
    ("odd", "words"),
    [({"likelihood_z": 5.0}, "disagree by 5.0 SE, likelihood"), ({"r_hat": 1.2}, "R-hat 1.200"), ({}, None)],
)
def test_a_chain_that_is_too_short_is_called_so(odd, words):
    heard, cfg = Heard(), checked(*WORDS)
    found = report(cfg, heard, [row(), row(**odd)])
    assert found["measurements_agree"] == (words is None)
    assert [words in line for line in heard.said] == ([True] if words else [])


def test_bad_values_are_named(refused):
    refused("task=heat_capacity task.widths=[0]", "task.widths")
    refused("task=heat_capacity task.temperature=0", "task.temperature")
    refused("task=heat_capacity task.share=1", "task.share")
