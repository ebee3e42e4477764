"""task=boltzmann_machine: it resumes bit for bit with every kind of chains, follows ln Z, says what it cannot do."""

import json
import math
from functools import partial
from pathlib import Path

import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.errors import Diverged, UserError
from physlearn.tasks.boltzmann_machine import images, report
from physlearn.tasks.boltzmann_machine import run as task

SMALL = ("threads=1", "data.size=3", "task.ais_chains=40", "task.ais_steps=30", "task.raise_examples=5",
         "task.raise_chains=2", "task.log_every=4", "boltzmann_machine.updates=12", "boltzmann_machine.chains=30",
         "boltzmann_machine.auditors=80", "boltzmann_machine.groups=8")  # fmt: skip
AUDITS = ("log_z_auditors", "effective", "log_z_drivers", "predicted_loss", "resampled", "log_z")

config = partial(checked, "task=boltzmann_machine")
run = partial(run_task, task.run)


@pytest.fixture
def unseen(monkeypatch):
    """No pictures are drawn."""
    for name in ("pictures", "learning", "auditors"):
        monkeypatch.setattr(report.figures, name, lambda *_: None)
    monkeypatch.setattr("physlearn.lab.bench.save_figure", lambda *_: None)


KINDS = {
    "pcd": ("boltzmann_machine.batch_size=5", "boltzmann_machine.lr=1.5"),
    "one group": ("boltzmann_machine.groups=1", "boltzmann_machine.gibbs=2"),
    "centred and averaged": ("boltzmann_machine.centred=true", "boltzmann_machine.average=0.9"),
    "cd": ("boltzmann_machine.by=cd", "boltzmann_machine.auditors=0", "boltzmann_machine.gibbs=2"),
    "tempered": ("boltzmann_machine.by=tempered", "boltzmann_machine.replicas=3", "boltzmann_machine.auditors=0"),
}


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize("words", KINDS.values(), ids=KINDS)
def test_resumed_is_straight(tmp_path, words):
    small = [word for word in SMALL if "chains=30" not in word or "by=cd" not in " ".join(words)]
    cfg = config(*small, *words, "task.checkpoint_every=5")
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=5)
    assert run(tmp_path / "cut", cfg) == whole
    assert whole["metrics.jsonl"].count("\n") == 3
    assert ("swaps" in whole) == ("boltzmann_machine.by=tempered" in words)
    assert (set(AUDITS) <= set(whole)) == ("boltzmann_machine.auditors=0" not in words)


def test_bars_and_stripes_from_the_command(tmp_path):
    words = ("threads=1", "data.size=3", "schedule=constant", "boltzmann_machine.chains=200", "task.log_every=50",
             "boltzmann_machine.auditors=1000", "boltzmann_machine.updates=150", "task.ais_steps=100",
             "task.ais_chains=100", "task.raise_examples=14")  # fmt: skip
    found = run(tmp_path / "run", config(*words))
    known = found["log_z_exact"]
    assert found["log_z"][-1] == pytest.approx(known, abs=1e-9)
    for value, error in (("log_z_ais", "log_z_ais_error"), ("log_z_reverse", "log_z_reverse_error")):
        assert abs(found[value] - known) < 4 * found[error] < 0.1
    for known, value, error, driven, lost in zip(*(found[n] for n in (
            "log_z", "log_z_auditors", "log_z_error", "log_z_drivers", "predicted_loss")), strict=True):  # fmt: skip
        assert abs(value - known) < 4 * error < 0.08
        assert known - driven > 4 * error
        assert known - driven == pytest.approx(lost, rel=0.4)
    assert found["predicted_loss"][-1] > found["predicted_loss"][0] > 0.1
    assert found["train_log_likelihood"] == pytest.approx(found["log_likelihood"][-1], abs=1e-5)
    assert found["test_log_likelihood"] == found["train_log_likelihood"]
    assert -math.log(512) < found["train_log_likelihood"] < -math.log(14)
    assert abs(found["test_raise"] - found["test_log_likelihood"]) < 5 * found["test_raise_error"] + 0.02
    for name in ("samples", "filters", "learning", "auditors"):
        assert (tmp_path / "run" / "figures" / f"{name}.png").exists()
        assert (tmp_path / "run" / "figures" / f"{name}.csv").exists()

    again = run(tmp_path / "again", config("threads=1", f"from={tmp_path / 'run'}", "task.ais_steps=20", "seed=7"))
    assert again["log_z_exact"] == pytest.approx(found["log_z_exact"], abs=1e-9)
    assert again["test_log_likelihood"] == found["test_log_likelihood"]
    assert again["log_z_ais"] != found["log_z_ais"]
    assert again["log_likelihood"] == found["log_likelihood"]
    with pytest.raises(UserError, match="this run has no checkpoint of its own"):
        run(tmp_path / "third", config("threads=1", f"from={tmp_path / 'again'}"))


@pytest.mark.usefixtures("unseen")
def test_the_first_weights_are_switched_on_before_the_chains_move(tmp_path):
    """So large that chains which are taken for samples of the base rates would be off by more than a nat."""
    words = ("boltzmann_machine.scale=1.5", "boltzmann_machine.lr=1e-6", "boltzmann_machine.chains=3000")
    found = run(tmp_path / "run", config(*SMALL, *words))
    assert found["log_z_drivers"][0] == pytest.approx(found["log_z"][0], abs=0.3)


@pytest.mark.usefixtures("unseen")
def test_grey_pixels_are_drawn_once_whatever_the_seed_and_the_test_set_may_stay_unread(tmp_path):
    grey = torch.linspace(0, 1, 6).expand(3000, -1)
    drawn = images.black_and_white(grey, None, "train")
    assert torch.equal(drawn, images.black_and_white(grey, None, "train"))
    assert not torch.equal(drawn, images.black_and_white(grey, None, "test"))
    error = (grey[0] * (1 - grey[0]) / 3000).sqrt()
    assert bool(((drawn.mean(0) - grey[0]).abs() <= 4 * error).all())
    assert images.black_and_white(grey[:1], 0.5, "train").tolist() == [[0, 0, 0, 1, 1, 1]]

    words = ("threads=1", "data=digits", "data.limit=60", "boltzmann_machine.updates=4", "task.log_every=2",
             "boltzmann_machine.batch_size=10", "task.ais_chains=10", "task.ais_steps=20",
             "task.raise_examples=3")  # fmt: skip
    found = run(tmp_path / "run", config(*words, "task.test=false"))
    assert "test_log_likelihood" not in found
    assert found["log_z_exact"] is None
    assert found["hidden"] == 100
    rows = -found["validation_log_likelihood"]
    assert 10 < rows < 64 * math.log(2)
    assert found["validation_log_likelihood_error"] > found["validation_scatter"]


@pytest.mark.usefixtures("unseen")
def test_the_schedule_the_average_and_the_decay_are_used(tmp_path):
    base = (*SMALL, "boltzmann_machine.auditors=0")
    found = {
        name: run(tmp_path / name, config(*base, *words))["train_log_likelihood"]
        for name, words in {
            "plain": (), "schedule": ("schedule=constant",), "average": ("boltzmann_machine.average=0.5",),
            "decay": ("boltzmann_machine.decay=0.3",), "centred": ("boltzmann_machine.centred=true",),
            "gibbs": ("boltzmann_machine.gibbs=2",), "seed": ("seed=1",),
        }.items()
    }  # fmt: skip
    assert len(set(found.values())) == len(found)
    assert found["schedule"] > found["plain"]  # larger steps come further
    centres = newest_readable(tmp_path / "centred" / "checkpoints")["state"]["hidden"]
    assert bool((centres != 0.5).all())
    assert float((centres - 0.5).abs().max()) < 0.5 * (1 - 0.99**12)
    lines = (tmp_path / "plain" / "metrics.jsonl").read_text().splitlines()
    rates = [json.loads(line)["lr"] for line in lines]
    assert rates == pytest.approx([0.2 * (1 - 0.99 * step / 12) for step in (3, 7, 11)])


@pytest.mark.usefixtures("unseen")
def test_a_nan_ends_as_diverged(tmp_path, monkeypatch):
    def broken(machine, *_):
        machine.weights[0, 0] = math.nan
        machine.hidden += machine.weights.sum(1)

    monkeypatch.setattr(task, "ascend", broken)
    with pytest.raises(Diverged):
        run(tmp_path / "run", config(*SMALL))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("boltzmann_machine.hidden=0", "boltzmann_machine.hidden=0"),
        ("boltzmann_machine.by=rbm", "boltzmann_machine.by=rbm"),
        ("boltzmann_machine.hottest=0.2", "boltzmann_machine.hottest=0.2 is not allowed"),
        ("boltzmann_machine.average=1", "boltzmann_machine.average=1"),
        ("boltzmann_machine.batch_size=31", "boltzmann_machine.batch_size=31: allowed is anything from 1 to 30"),
        ("boltzmann_machine.auditors=100 boltzmann_machine.groups=7", "100 chains do not make 7 groups of equal size"),
        ("boltzmann_machine.by=tempered", "auditors need by=pcd"),
        ("boltzmann_machine.hidden=1000000000", "boltzmann_machine.hidden=1000000000 needs about"),
        ("task.ais_chains=1", "task.ais_chains=1"),
        ("from=nowhere", "from=nowhere: no run lies there"),
        ("data=cifar10", "boltzmann_machine=cifar10 does not exist. Allowed are bars_and_stripes, digits"),
        ("data=table", "boltzmann_machine=table does not exist"),
        ("data.size=1", "data.size=1: allowed are whole numbers from 2 to 12"),
    ],
)
def test_bad_input_is_one_line(typed, words, line):
    code, printed = typed(f"task=boltzmann_machine {words}")
    assert code == 2
    assert line in printed.err
    assert printed.err.count("\n") == 1
    assert not list(Path().rglob("result.json"))
