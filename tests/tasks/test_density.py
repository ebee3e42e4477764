"""task=density: it samples, learns and measures; it resumes bit for bit in every stage; bad input is one line."""

import math
from functools import partial
from pathlib import Path

import pytest
from stopping import Stopped, checked, run_task

from physlearn.lab.errors import Diverged
from physlearn.orbitals import Orbital, entropy
from physlearn.tasks.density import report as density_report
from physlearn.tasks.density import run as density
from physlearn.tasks.density import study as density_study

SMALL = (
    *("threads=1", "tempering.ladders=6", "tempering.replicas=3", "tempering.every=2", "task.burn_in=4"),
    *("task.sweeps=12", "task.held_out=100", "task.log_every=5"),
)
BORN = ("density.bits=[3,2,1]", "density.loops=1")
FLOW = ("density=flow", "density.bins=4", "density.hidden=3", "density.training=10", "density.batch=20")


@pytest.fixture
def unseen(monkeypatch):
    """No pictures are drawn."""
    for name in ("gallery", "radial", "learning", "nll_against_entropy"):
        monkeypatch.setattr(density_report.figures, name, lambda *_: None)
    monkeypatch.setattr("physlearn.lab.bench.save_figure", lambda *_: None)
    few = partial(density_study.pictures_of, pixels=3, depths=2)
    monkeypatch.setattr(density_study, "pictures_of", few)


config = partial(checked, "task=density")
run = partial(run_task, density.run)


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize(
    ("words", "cuts"),
    [
        (BORN, (9, 16, 21)),  # among the samples, after the last sweep, within the sweep over bonds
        (("tempering.ladder=adaptive", "tempering.rounds=1", *FLOW), (52, 70)),
        ((*BORN, "task.orbitals=[[1,0,0],[2,1,0]]"), (26, 31)),  # between two orbitals, within the second
    ],
    ids=["born", "adaptive ladder, flow", "two orbitals"],
)
def test_resumed_is_straight(tmp_path, words, cuts):
    whole = run(tmp_path / "whole", config(*SMALL, *words))
    for cut in cuts:
        cfg = config(*SMALL, *words, f"task.checkpoint_every={cut}")
        with pytest.raises(Stopped):
            run(tmp_path / f"cut {cut}", cfg, stop=cut)
        assert run(tmp_path / f"cut {cut}", cfg) == whole


def test_it_samples_learns_and_measures(tmp_path):
    words = ("tempering.ladders=32", "tempering.replicas=4", "tempering.every=5", "task.burn_in=40", "task.sweeps=150")
    more = ("task.held_out=4000", "density.bits=[5,3,1]", "density.loops=2", "density.bond=4")
    result = run(tmp_path / "run", config("threads=1", *words, *more))
    assert result["orbital"] == "2p0"
    assert result["entropy"] == pytest.approx(entropy(Orbital(2, 1, 0)), abs=1e-12)
    assert result["largest_z"] < 4
    assert result["exact_shares"] == pytest.approx([0.5, 0.5])
    assert 0.02 < result["above_entropy"] < 0.2
    assert result["held_out_nll"] - result["entropy"] == pytest.approx(
        result["above_entropy"], abs=4 * result["held_out_nll_se"]
    )
    assert abs(result["chain_r"] - 5) < 4 * result["chain_r_se"]
    assert result["training_samples"] == 32 * 150
    for name in ("slice", "projection", "radial", "learning"):
        assert (tmp_path / "run" / "figures" / f"{name}.png").exists()


@pytest.mark.usefixtures("unseen")
def test_chains_alone_are_said_to_be_stuck(tmp_path):
    words = (*BORN, "tempering=independent", "optimizer=langevin", "optimizer.lr=0.01")
    cfg = config(*words, *SMALL, "optimizer.weight_decay=0")
    result = run(tmp_path / "run", cfg)
    said = (tmp_path / "run" / "notes.txt").read_text()
    assert result["shares"] == [0.0, 1.0]
    assert result["largest_z"] is None  # infinite
    assert "region_1, region_2" in said
    assert "nodes were not crossed" in said
    lines = result["metrics.jsonl"].splitlines()
    assert ["chain_r" in line for line in lines] == [True] * 3 + [False] * 2  # 4 + 12 sweeps, 10 bonds, every 5th told
    assert (
        "chain_r"
        not in run(tmp_path / "later", config(*words, *SMALL, "optimizer.weight_decay=0", "task.burn_in=15"))[
            "metrics.jsonl"
        ].splitlines()[2]
    )
    other = run(tmp_path / "other", config(*words, *SMALL, "optimizer.weight_decay=0", "seed=1"))
    assert other["chain_r"] != result["chain_r"]
    assert other["held_out_nll"] != result["held_out_nll"]


@pytest.mark.usefixtures("unseen")
def test_what_is_not_finite_ends_as_diverged(tmp_path, monkeypatch):
    monkeypatch.setattr("physlearn.orbitals.grid_born.GridBornMachine.advance", lambda *_: math.nan)
    with pytest.raises(Diverged):
        run(tmp_path / "model", config(*SMALL, *BORN))
    with pytest.raises(Diverged):
        run(
            tmp_path / "chains",
            config(*SMALL, *BORN, "optimizer=langevin", "optimizer.weight_decay=0", "optimizer.lr=1e38"),
        )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("system.n=3 system.l=3", "system.l=3 is not allowed: it must be a whole number from 0 to n - 1 = 2."),
        (
            "system.n=3 system.l=1 system.m=-2",
            "system.m=-2 is not allowed: it must be a whole number from -l = -1 to l",
        ),
        ("system.n=9", "system.n=9 is not allowed: it must be a whole number from 1 to 8"),
        ("system.l=-1", "system.l=-1 is not allowed: it must be a whole number from 0 to n - 1"),
        ("system=ising", "system=ising is not allowed with task=density"),
        ("task.orbitals=[[1,0]]", "task.orbitals=[[1, 0]] is not allowed"),
        (
            "task.orbitals=[[2,2,0]]",
            "l=2 is not allowed: it must be a whole number from 0 to n - 1 = 1. Type e.g. task.orbitals=[[2,1,0]]",
        ),
        ("density.bits=[8,6]", "density.bits=[8, 6] is not allowed: it must be three whole numbers"),
        ("tempering.minimum=1.5", "the lowest temperature is 1.5, and |psi|^2 is the density at T = 1"),
        ("task.coordinates=polar", "task.coordinates=polar is not allowed: it must be one of spherical, cartesian"),
        ("optimizer=sgd optimizer.weight_decay=0", "optimizer: SGD has no temperature"),
        ("optimizer.weight_decay=0.1", "optimizer.weight_decay=0.1 is not allowed here"),
    ],
)
def test_bad_input_is_one_line(typed, words, line):
    code, printed = typed(f"task=density hydra.run.dir=run {words}")
    assert code == 2
    assert line in printed.err
    assert printed.err.count("\n") == 1
    assert not Path("run/result.json").exists()
