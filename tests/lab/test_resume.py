"""k steps + resume + k steps == 2k steps, bit for bit: every equation of motion, schedule, dropout and ensemble."""

import itertools
from functools import cache, partial
from pathlib import Path

import pytest
import torch
from stopping import Stopped, Stopping, run_task

from physlearn.data import dataset
from physlearn.lab.config import compose, config_folder, own_part
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train

TINY = (
    "threads=1",
    "model=mlp",
    "model.widths=[4]",
    "data.limit=64",
    "data.validation=16",
    "task.batch_size=12",
    "task.epochs=4",
    "task.log_every=3",
)
STEPS = 16


def options(group: str) -> list[str]:
    return sorted(path.stem for path in (config_folder() / group).glob("*.yaml"))


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    """The digits are read from their file once, and no pictures are drawn."""
    monkeypatch.setattr(dataset, "read", cache(dataset.read))
    monkeypatch.setattr(train_report, "draw", lambda *_: None)


run = partial(run_task, train.run)


def assert_resumes(directory: Path, words: list[str], cut: int) -> None:
    config = own_part(compose([*TINY, *words, f"task.checkpoint_every={cut}"]))
    whole = run(directory / "whole", config)
    with pytest.raises(Stopped):
        run(directory / "cut", config, stop=cut)
    assert run(directory / "cut", config) == whole, words


def words_for(optimizer: str, **groups: str) -> list[str]:
    if optimizer == "mala":  # accepts by the exact energy
        groups["dropout"] = "none"
    full = ["task.batch_size=full", "task.epochs=16"] if optimizer == "mala" else []
    return [f"optimizer={optimizer}", *full, *(f"{group}={option}" for group, option in groups.items())]


QUICK = ("langevin", "mala", "underdamped")  # one of each kind that the ordinary run reads; the others are slow


@pytest.mark.parametrize(
    "optimizer", [pytest.param(o, marks=[] if o in QUICK else [pytest.mark.slow]) for o in options("optimizer")]
)
def test_every_equation_of_motion_with_every_temperature(tmp_path, optimizer):
    """Each option of every other group comes by too; the last sample of the burn-in lies before or after the cut."""
    others = zip(
        options("temperature"),
        itertools.cycle(options("dropout")),
        itertools.cycle(options("schedule")),
        itertools.cycle([("0", 3), ("0.7", 20)]),
        strict=False,
    )
    for i, (temperature, dropout, schedule, (burn_in, keep)) in enumerate(others):
        groups = dict(temperature=temperature, dropout=dropout, schedule=schedule)
        (tmp_path / str(i)).mkdir()
        ensemble = [f"ensemble.burn_in={burn_in}", f"ensemble.keep={keep}"]
        assert_resumes(tmp_path / str(i), words_for(optimizer, **groups) + ensemble, cut=8 - i % 3)


@pytest.mark.parametrize(
    "optimizer",
    [pytest.param(o, marks=pytest.mark.slow if o == "langevin" else pytest.mark.studies) for o in options("optimizer")],
)
def test_the_full_product(tmp_path, optimizer):
    """Every temperature, dropout and ensemble with each other; schedules, precisions and cuts come by in turn."""
    ensembles = (("0.5", 1), ("0", 3), ("0.7", 20))
    turns = zip(itertools.cycle(options("schedule")), itertools.cycle(("float32", "float64")), strict=True)
    chosen = itertools.product(options("temperature"), options("dropout"), ensembles)
    for i, ((temperature, dropout, (burn_in, keep)), (schedule, precision)) in enumerate(
        zip(chosen, turns, strict=False)
    ):
        (tmp_path / str(i)).mkdir()
        words = words_for(optimizer, temperature=temperature, dropout=dropout, schedule=schedule)
        words += [f"ensemble.burn_in={burn_in}", f"ensemble.keep={keep}", f"precision={precision}"]
        assert_resumes(tmp_path / str(i), words, cut=1 + i % (STEPS - 1))


def test_the_check_sees_a_state_that_forgets(tmp_path, monkeypatch):
    """Negative control: with a new stream of thermal noise after the cut the same comparison fails."""
    save = Stopping.save

    def forgetful(self, state):
        state["optimizer"]["generators"] = [torch.Generator().get_state()]
        save(self, state)

    assert_resumes(tmp_path, ["temperature.value=0.1"], cut=8)
    monkeypatch.setattr(Stopping, "save", forgetful)
    (tmp_path / "again").mkdir()
    with pytest.raises(AssertionError):
        assert_resumes(tmp_path / "again", ["temperature.value=0.1"], cut=8)


def test_another_seed_is_another_run(tmp_path):
    one, same, other = (own_part(compose([*TINY, f"seed={seed}"])) for seed in (0, 0, 1))
    assert run(tmp_path / "one", one) == run(tmp_path / "same", same)
    assert run(tmp_path / "one", one) != run(tmp_path / "other", other)
