"""A user's network with nn.Dropout, dropout as a function and batch normalisation: equal bits, also after kill -9."""

import random
import signal
import time

import pytest

from physlearn.lab.checkpoints import newest_readable

NET = """
from math import prod
import torch
from torch import nn
from torch.nn import functional as F

torch.seed()  # the global generator as a process may find it


class Net(nn.Module):
    def __init__(self, shape, classes, width=8):
        super().__init__()
        self.one, self.norm, self.drop = nn.Linear(prod(shape), width), nn.BatchNorm1d(width), nn.Dropout(0.2)
        self.two = nn.Linear(width, classes)

    def forward(self, x):
        h = self.drop(F.relu(self.norm(self.one(x.flatten(1)))))
        return self.two(F.dropout(h, 0.1, self.training))
"""
WORDS = ("--plugin", "mylab", "model=net", "threads=1", "data.limit=256", "task.batch_size=32", "dropout=annealed")
TRAIN = (*WORDS, "task.log_every=5", "ensemble.keep=6", "dropout.fraction=0.8")
PRUNE = (*WORDS, "task=prune", "task.log_every=5", "task.dense_epochs=6", "task.epochs=8", "pruning.compression=3")
STEPS_AN_EPOCH = 7


@pytest.fixture(autouse=True)
def mylab(tmp_path):
    (tmp_path / "mylab/conf/model").mkdir(parents=True)
    (tmp_path / "mylab/nets.py").write_text(NET)
    (tmp_path / "mylab/conf/model/net.yaml").write_text("# Mine\n_target_: mylab.nets.Net\nwidth: 8  # hidden units\n")


def weights(directory):
    """The network at the end of a run, every tensor as bytes."""
    model = newest_readable(directory / "checkpoints")["state"]["model"]
    return {name: tensor.numpy().tobytes() for name, tensor in model.items()}


@pytest.mark.parametrize("words", [TRAIN, pytest.param(PRUNE, marks=pytest.mark.slow)], ids=["train", "prune"])
def test_one_seed_gives_one_result_whatever_is_logged(start, tmp_path, findings, words):
    short = () if "task=prune" in words else ("task.epochs=8",)
    again = [start(*words, *short, f"hydra.run.dir={name}") for name in ("one", "two")]
    less = start(*words, *short, "task.log_every=14", "hydra.run.dir=less")
    other = start(*words, *short, "seed=1", "hydra.run.dir=other")
    assert [run.wait() for run in (*again, less, other)] == [0] * 4, again[0].text
    assert findings(tmp_path / "one") == findings(tmp_path / "two")
    assert weights(tmp_path / "one") == weights(tmp_path / "two") == weights(tmp_path / "less")
    assert weights(tmp_path / "other") != weights(tmp_path / "one")
    assert "1 nn.Dropout layer of the network: the rate is that of the group dropout." in again[0].text
    assert "Not annealed, and drawn from torch's global generator: dropout." in again[0].text
    if "task=prune" not in words:
        assert "- 1 layer with batch normalisation (norm): E depends on the minibatch." in again[0].text


@pytest.mark.slow
@pytest.mark.parametrize("words", [TRAIN, PRUNE], ids=["train", "prune"])
def test_kills_leave_no_trace(start, tmp_path, findings, words):
    words = (*words, "task.checkpoint_every=3", *(() if "task=prune" in words else ("task.epochs=14",)))
    assert start(*words, "hydra.run.dir=whole").wait() == 0
    draw, killed = random.Random(0), 0
    for step in (5, 35, 70):
        process = start(*words, "hydra.run.dir=cut")
        process.until(lambda step=step: last_step(tmp_path / "cut") >= step)
        time.sleep(draw.uniform(0, 0.05))
        if process.code is None:
            process.kill()
        killed += process.wait() == -signal.SIGKILL
    assert killed == 3
    assert start("--plugin", "mylab", "resume=cut").wait() == 0
    assert findings(tmp_path / "cut") == findings(tmp_path / "whole")
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")


def last_step(directory) -> int:
    path = directory / "metrics.jsonl"
    return 5 * path.read_bytes().count(b"\n") if path.exists() else 0


def test_replica_exchange_refuses_what_has_no_energy(start, tmp_path):
    words = ("--plugin", "mylab", "model=net", "threads=1", "data.limit=60", "task=temper", "system=network")
    words = (
        *words,
        "tempering.maximum=0.1",
        "task.sweeps=8",
        "task.burn_in=0",
        "system.keep=2",
        "tempering.replicas=2",
    )
    words = (*words, "hydra.run.dir=run")
    line = "physlearn: model: a network whose layers keep buffers has no energy function, got norm.running_mean, "
    refused(start(*words), line)
    net = NET.replace("nn.BatchNorm1d(width)", "nn.BatchNorm1d(width, track_running_stats=False)")
    (tmp_path / "mylab/nets.py").write_text(net)
    refused(start(*words), "physlearn: model: Net")
    (tmp_path / "mylab/nets.py").write_text(NET.replace("nn.BatchNorm1d(width)", "nn.Identity()"))
    whole = start(*words)
    assert whole.wait() == 0, whole.text
    always = NET.replace("nn.BatchNorm1d(width)", "nn.Identity()").replace("0.1, self.training", "0.1, True")
    (tmp_path / "mylab/nets.py").write_text(always)
    more = ("hydra.run.dir=two",)
    refused(start(*words[:-1], *more), "physlearn: model: Net draws random numbers (dropout) with dropout off")


def refused(process, line):
    assert process.wait() == 2
    assert process.text.startswith(line), process.text
    assert len(process.text.splitlines()) == 1, process.text
