"""Checkpoints by the clock: seldom enough to cost less than 1 %, often enough to lose little, and without a trace."""

import pytest
from stopping import Stopped, Stopping, checked, run_task

from physlearn import processes
from physlearn.lab.bench import Bench
from physlearn.lab.due import Due
from physlearn.lab.errors import Refused
from physlearn.lab.follower import Follower
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.prune import run as prune
from physlearn.tasks.recall import report as recall_report
from physlearn.tasks.recall import run as recall
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train

TINY = "threads=1 model=mlp model.widths=[4] data.limit=64 data.validation=16 task.batch_size=12 task.log_every=3"
TASKS = {
    train: f"{TINY} task.epochs=4 temperature.value=0.01 dropout=annealed",
    prune: f"{TINY} task=prune task.dense_epochs=2 task.epochs=3 task.prune_every=2",
    recall: "task=recall threads=1 task.sweeps=6 temperature.value=0.1",
    temper: "task=temper threads=1 system=ising system.size=4 tempering.replicas=3 task.sweeps=12 task.burn_in=4",
}


class Clock:
    """Seconds that pass when something takes them."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


def saves(length, step_seconds, write_seconds, every=10**9):
    """The steps after which a run with these durations writes a checkpoint, and the share of its time for writing.

    The last one ends every run and does not count.
    """
    clock, found = Clock(), []
    due = Due(every, clock)
    for step in range(1, length + 1):
        clock.pass_by(step_seconds)
        if due.by_clock() or due.by_step(step, length):
            due.write(lambda: clock.pass_by(write_seconds))
            found.append(step)
    return found, (len(found) - 1) * write_seconds / (clock.now or 1.0)


def test_quick_checkpoints_come_every_thirty_seconds():
    assert saves(100, 1.0, 2**-7)[0] == [31, 62, 93, 100]


def test_slow_checkpoints_come_every_hundred_times_what_they_take():
    """2 s to write: one after 30 s, for nothing is known of them yet, then one in 200 s."""
    steps, share = saves(10_000, 1.0, 2.0)
    assert steps[:3] == [31, 232, 433]
    assert share < 0.01
    assert saves(10_000, 1.0, 2.0, every=10)[1] > 0.1  # control: the rule by steps alone does not look at the time


def test_the_rule_by_steps_stays():
    assert saves(9, 1.0, 0.5, every=4)[0] == [4, 8, 9]
    assert saves(9, 0.0, 0.0)[0] == [9]
    assert saves(100, 1.0, 0.0, every=20)[0] == [20, 40, 60, 80, 100]  # each of them sets the clock back


@pytest.mark.parametrize("task", TASKS, ids=[task.__name__.rpartition(".")[2] for task in TASKS])
@pytest.mark.parametrize("pace", [31.0, 11.0])
def test_a_run_resumed_from_a_checkpoint_of_the_clock_has_the_same_bits(tmp_path, monkeypatch, task, pace):
    for drawn in (train_report, prune_report, recall_report, temper_report):
        monkeypatch.setattr(drawn, "draw", lambda *_: None)
    config = checked(*TASKS[task].split())
    whole = run_task(task.run, tmp_path / "whole", config)
    clock, stop = Clock(), int(30 // pace) + 1
    monkeypatch.setattr(Stopping, "clock", lambda self: clock.pass_by(pace) or clock())  # read once a step
    with pytest.raises(Stopped):
        run_task(task.run, tmp_path / "cut", config, stop=stop)
    assert [path.name for path in (tmp_path / "cut/checkpoints").iterdir()] == [f"step_{stop:010d}.safetensors"]
    monkeypatch.undo()
    for drawn in (train_report, prune_report, recall_report, temper_report):
        monkeypatch.setattr(drawn, "draw", lambda *_: None)
    assert run_task(task.run, tmp_path / "cut", config) == whole


@pytest.mark.parametrize("told", [True, False])
def test_under_torchrun_the_first_process_decides(monkeypatch, told):
    """A follower's own clock is always late; what it does is what came over the wire."""
    sent, gathered = [], []
    monkeypatch.setattr(processes, "largest", lambda *numbers: sent.append(numbers) or (0, int(told)))
    follower = Follower(checked("task=temper", "device=cpu"))
    monkeypatch.setattr(Follower, "clock", lambda self: 1e9 * len(sent))
    for _ in follower.steps(5, lambda: gathered.append(follower.step), every=10**9):
        pass
    assert sent == [(0, 0)] * 5
    assert gathered == ([1, 2, 3, 4, 5] if told else [5])


def test_the_first_process_sends_its_signal_and_its_clock_in_one_call(tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(processes, "largest", lambda *numbers: sent.append(numbers) or numbers)
    bench = Bench(tmp_path, checked("task=temper", "device=cpu"), quiet=True)
    clock = Clock()
    bench.clock = clock
    for _ in bench.steps(4, lambda: None, every=10**9):
        clock.pass_by(16)
    bench.metrics.close()
    assert sent == [(0, 0), (0, 1), (0, 0), (0, 1)]


def test_a_config_edited_between_two_checkpoints_is_refused(tmp_path, monkeypatch):
    """Also where config.yaml and the words agree with one another: the checkpoint holds what it was made with."""
    monkeypatch.setattr(train_report, "draw", lambda *_: None)
    words = TASKS[train].split()
    with pytest.raises(Stopped):
        run_task(train.run, tmp_path / "run", checked(*words, "task.checkpoint_every=5"), stop=5)
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    edited = checked(*words, "task.checkpoint_every=5", "temperature.value=0.02", "seed=1")
    with pytest.raises(Refused, match=r"seed \(0 there, 1 here\); temperature.value \(0.01 there, 0.02 here\)"):
        Bench(tmp_path / "run", edited, quiet=True)
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    elsewhere = checked(*words, "task.checkpoint_every=5", "device=cpu", f"data.root={tmp_path}")
    Bench(tmp_path / "run", elsewhere, quiet=True).metrics.close()


def test_a_config_edited_by_hand_is_one_line(start, quick, tmp_path):
    words = (*quick, "task.epochs=100000", "task.checkpoint_every=5")
    process = start(*words, "hydra.run.dir=run")
    process.until(lambda: any((tmp_path / "run/checkpoints").glob("*.safetensors")))
    process.kill()
    process.wait()
    path = tmp_path / "run/config.yaml"
    path.write_text(path.read_text().replace("batch_size: 32", "batch_size: 16").replace("seed: 0", "seed: 9"))
    resumed = start("resume=run")
    assert resumed.wait() == 2
    assert resumed.text.count("\n") == 1
    assert "seed (0 there, 9 here); task.batch_size (32 there, 16 here)" in resumed.text
