"""SIGTERM and SIGINT: the step is finished and saved, the exit code tells; a second one aborts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from physlearn.lab import signals

LONG = "task.epochs=100000"


def has_begun(directory):
    return lambda: (directory / "metrics.jsonl").exists() and (directory / "metrics.jsonl").stat().st_size > 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_lets_the_step_finish_and_saves(start, quick, tmp_path, json_of, number, code):
    process = start(*quick, LONG, "hydra.run.dir=run")
    process.until(has_begun(tmp_path / "run"))
    process.kill(number)
    assert process.wait() == code
    status = json_of(tmp_path / "run/status.json")
    assert status["state"] == "interrupted"
    newest = max((tmp_path / "run/checkpoints").glob("step_*"))
    assert int(newest.stem.removeprefix("step_")) == status["step"] > 0
    assert process.text.splitlines()[-1].endswith(f"python -m physlearn resume={tmp_path / 'run'}")
    assert "Traceback" not in process.text


def test_the_second_signal_aborts_and_the_run_can_still_go_on(start, quick, tmp_path, json_of):
    """Full batches of all digits through a wide network: a step is long enough to be cut off."""
    slow = ("threads=1", "model=mlp", "model.widths=[2000,2000]", "task.batch_size=full", LONG, "task.log_every=1")
    process = start(*slow, "hydra.run.dir=run")
    process.until(lambda: (tmp_path / "run/metrics.jsonl").exists())
    time.sleep(0.5)
    process.kill(signal.SIGINT)
    time.sleep(3 * signals.ONE_REQUEST)
    before = time.monotonic()
    process.kill(signal.SIGINT)
    assert process.wait() == 130
    assert time.monotonic() - before < 30
    assert json_of(tmp_path / "run/status.json")["state"] == "running"
    assert not list((tmp_path / "run/checkpoints").glob("step_*"))


def test_one_request_may_come_twice(start, quick, tmp_path, json_of):
    """timeout(1) signals the process and then its group: that is not a second request."""
    process = start(*quick, LONG, "hydra.run.dir=run")
    process.until(has_begun(tmp_path / "run"))
    process.kill(signal.SIGTERM)
    process.kill(signal.SIGTERM)
    assert process.wait() == 143
    assert json_of(tmp_path / "run/status.json")["state"] == "interrupted"


def test_a_signal_before_the_run_begins_is_no_traceback(begin_python, tmp_path):
    process = begin_python("threads=1")
    time.sleep(0.4)  # while it still imports
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=240)
    assert process.returncode in (130, -signal.SIGINT)  # the latter before our own first line of code
    assert "physlearn/" not in text
    assert not list(tmp_path.rglob("result.json"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, which this system has not")
def test_a_process_listens_once_it_has_a_handler():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.pid in signals.children()
    assert not signals.listens(child.pid)
    child.communicate(b"\n")
    assert not signals.listens(child.pid)
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    assert signals.listens(os.getpid())
    signal.signal(signal.SIGTERM, before)


def test_the_stopped_run_is_the_run_that_was_not_stopped(start, quick, tmp_path, findings):
    words = (*quick, "task.epochs=40")
    process = start(*words, "hydra.run.dir=stopped")
    process.until(has_begun(tmp_path / "stopped"))
    process.kill(signal.SIGTERM)
    assert process.wait() == 143
    assert start("resume=stopped/").wait() == 0
    assert start(*words, "hydra.run.dir=whole").wait() == 0
    assert findings(tmp_path / "stopped") == findings(tmp_path / "whole")


@pytest.mark.parametrize(("executor", "asked"), [("slurm", signal.SIGUSR2), (None, None)])
def test_the_end_of_a_submitit_job_s_time_asks_it_to_stop(monkeypatch, executor, asked):
    """Elsewhere SIGUSR2 is not ours (the control)."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    monkeypatch.setattr(signals, "received", None)
    monkeypatch.setenv(signals.FRONT_DOOR, "1")
    monkeypatch.delenv("SUBMITIT_EXECUTOR", raising=False)
    if executor:
        monkeypatch.setenv("SUBMITIT_EXECUTOR", executor)
    monkeypatch.setattr(signals.sys, "platform", "elsewhere")  # no signal at the death of the parent
    try:
        signals.listen_as_worker()
        os.kill(os.getpid(), signal.SIGUSR2)
        assert signals.received == asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_worker_without_work_leaves_when_its_parent_is_gone(tmp_path):
    """The parent dies when the worker has done its job and waits for another: no signal would ever wake it."""
    worker = (
        "import os, time; from physlearn.lab import signals;"
        "open('worker', 'w').write(str(os.getpid())); signals.watch_parent(); time.sleep(600)"
    )
    parent = (
        f"import os, subprocess, sys, time; os.environ['PHYSLEARN_FRONT_DOOR'] = str(os.getpid());"
        f"subprocess.Popen([sys.executable, '-c', {worker!r}]); time.sleep(600)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=tmp_path, env=environment)
    place = tmp_path / "worker"
    wait_for(lambda: place.exists() and place.read_text().isdigit())
    time.sleep(1)
    assert Path(f"/proc/{place.read_text()}").exists()
    process.kill()
    process.wait()
    wait_for(lambda: not Path(f"/proc/{place.read_text()}").exists())


def wait_for(holds):
    end = time.monotonic() + 240
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)
