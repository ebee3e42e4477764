"""task=temper: k sweeps + resume + k sweeps == 2 k sweeps, bit for bit, for every system and equation of motion."""

from functools import cache, partial

import pytest
import torch
from stopping import Stopped, Stopping, run_task

from physlearn.data import dataset
from physlearn.lab.config import compose, own_part
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper

TINY = ("threads=1", "task.sweeps=14", "task.burn_in=4", "task.log_every=3", "tempering.replicas=3")
DIGITS = ("data.limit=40", "data.validation=8", "system.keep=5", "tempering.maximum=0.1")
CASES = {
    "harmonic": ["system=harmonic", "tempering.ladders=2"],
    "double well, underdamped": ["system=double_well", "optimizer=underdamped", "system.dimension=2"],
    "double well, thermostat": ["system=double_well", "optimizer=nose_hoover", "tempering.ladders=2"],
    "double well, two noises a step": ["optimizer=langevin", "optimizer.scheme=leimkuhler_matthews"],
    "double well, frozen metric": ["optimizer=preconditioned"],
    "mixture": ["system=gaussian_mixture", "system.means=[[-3],[3],[0]]", "tempering.swap=seo"],
    "mixture in three dimensions": ["system=gaussian_mixture", "system.means=[[0,0,0],[3,0,0],[0,3,0]]"],
    "ising": ["system=ising", "system.size=4"],
    "ising, metropolis": ["system=ising", "system.size=4", "system.rule=metropolis", "tempering.swap=seo"],
    "all spins coupled": ["system=spin_glass", "system.spins=6", "system.samples=3"],
    "spins on a lattice": ["system=spin_glass", "system.kind=ea", "system.size=4", "system.samples=2"],
    "network": ["system=network", *DIGITS],
    "network on minibatches": [
        *("system=network", "optimizer=langevin", "task.batch_size=8", "system.energies=minibatch", *DIGITS)
    ],
    "network on minibatches, with momenta": [
        *("system=network", "optimizer=underdamped", "task.batch_size=8", "tempering.every=2", *DIGITS),
        *("tempering.minimum=0.05", "tempering.maximum=0.052"),  # so close that they swap
    ],
    "independent": ["system=ising", "system.size=4", "tempering=independent"],
}


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    """The digits are read from their file once, no pictures are drawn, and the ladder is adapted within the run."""
    monkeypatch.setattr(dataset, "read", cache(dataset.read))
    monkeypatch.setattr(temper_report, "draw", lambda *_: None)
    monkeypatch.setattr(temper_report, "PILOT", 8)
    monkeypatch.setattr(temper, "adaptation_sweeps", lambda rounds: [2, 7])


run = partial(run_task, temper.run)


def assert_resumes(directory, words, cut):
    config = own_part(compose(["task=temper", *TINY, *words, f"task.checkpoint_every={cut}"]))
    whole = run(directory / "whole", config)
    with pytest.raises(Stopped):
        run(directory / "cut", config, stop=cut)
    assert run(directory / "cut", config) == whole, words
    return whole


@pytest.mark.parametrize("name", CASES)
def test_resumed_is_straight(tmp_path, name):
    result = assert_resumes(tmp_path, CASES[name], cut=9)
    assert len(result["energy_mean"]) == 3


@pytest.mark.parametrize("cut", [1, 5, 11])
def test_a_ladder_that_adapts_resumes_before_between_and_after(tmp_path, cut):
    words = ["system=ising", "system.size=4", "tempering.ladder=adaptive"]
    result = assert_resumes(tmp_path, words, cut)
    assert result["temperatures"][1] != pytest.approx((1.6 * 3.4) ** 0.5)  # it did adapt


@pytest.mark.parametrize("kept", ["swaps", "mover"])
def test_the_check_sees_a_state_that_forgets(tmp_path, monkeypatch, kept):
    """Negative control: with new streams after the cut the same comparison fails."""
    save = Stopping.save

    def forgetful(self, state):
        if kept == "swaps":
            state["swaps"] = torch.Generator().manual_seed(9).get_state()
        else:
            state["mover"]["drawn"] = 0
        save(self, state)

    monkeypatch.setattr(Stopping, "save", forgetful)
    with pytest.raises(AssertionError):
        assert_resumes(tmp_path, ["system=ising", "system.size=4"], cut=9)


def test_another_seed_is_another_run(tmp_path):
    words = ["task=temper", *TINY, "system=ising", "system.size=4"]
    one, same, other = (own_part(compose([*words, f"seed={seed}"])) for seed in (0, 0, 1))
    assert run(tmp_path / "one", one) == run(tmp_path / "same", same)
    assert run(tmp_path / "one", one) != run(tmp_path / "other", other)
