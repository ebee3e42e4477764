"""Sweeps: no job hides another, one that died goes on, and side by side the results are those of one after another."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from physlearn.lab.config import plan


def states(json_of, sweep, jobs):
    return [json_of(sweep / str(job) / "status.json")["state"] for job in range(jobs)]


@pytest.mark.slow
def test_what_diverges_or_fails_hides_nothing_and_is_tried_again(start, quick, tmp_path, json_of, findings):
    """lr=1e6 diverges, and is final; a job without its end is done again."""
    words = ("-m", *quick, "task.epochs=3", "optimizer.lr=0.1,1e6", "seed=0,1", "hydra.sweep.dir=sweep")
    sweep = tmp_path / "sweep"
    process = start(*words)
    assert process.wait() == 0  # done and diverged alone
    assert states(json_of, sweep, 4) == ["done", "done", "diverged", "diverged"]
    status = json_of(sweep / "2/status.json")
    assert status["step"] > 0
    assert f"not finite at step {status['step']}" in status["message"]
    assert "2 done, 2 diverged" in process.text
    row = next(line for line in process.text.splitlines() if line.startswith("│ 1000000"))
    assert [cell.strip() for cell in row.split("│")][-4:-1] == ["0", "0", "2"]  # n, failed, diverged
    for name in ("comparison.csv", "comparison.md", "report.html"):
        assert (sweep / name).stat().st_size > 0

    kept = findings(sweep / "1")
    for name in ("status.json", "result.json"):
        (sweep / "0" / name).unlink()  # as if it had died before its end
    (sweep / "1/report.html").unlink()
    again = start(*words)
    assert again.wait() == 0
    skipped = [line for line in again.text.splitlines() if line.endswith("finished before, skipped")]
    assert [line.partition(":")[0] for line in skipped] == ["job 1", "job 2", "job 3"]
    assert findings(sweep / "1") == kept
    assert not (sweep / "1/report.html").exists()  # nothing was done in it
    assert (sweep / "0/report.html").exists()
    assert states(json_of, sweep, 4) == ["done", "done", "diverged", "diverged"]

    other = start(*words, "task.log_every=7")
    assert other.wait() == 2
    assert "sweep/0 holds a run with another config: task.log_every (5 there, 7 here)" in other.text


@pytest.mark.slow
def test_a_failed_job_keeps_its_traceback_and_the_sweep_says_so(start, quick, tmp_path, json_of):
    """A folder in the place of a file that job 0 must write: a failure that no check foresees."""
    words = ("-m", *quick, "task.epochs=3", "seed=0,1", "hydra.sweep.dir=sweep")
    assert start(*words).wait() == 0
    (tmp_path / "sweep/0/status.json").unlink()  # as if the job had ended before it could say so
    (tmp_path / "sweep/0/result.json").unlink()
    (tmp_path / "sweep/0/result.json").mkdir()
    process = start(*words)
    assert process.wait() == 1
    assert states(json_of, tmp_path / "sweep", 2) == ["failed", "done"]
    status = json_of(tmp_path / "sweep/0/status.json")
    assert "Traceback" in status["traceback"]
    assert "job 0 failed: IsADirectoryError" in process.text
    assert "Traceback" not in process.text
    (tmp_path / "sweep/0/result.json").rmdir()
    again = start(*words)
    assert again.wait() == 0
    assert states(json_of, tmp_path / "sweep", 2) == ["done", "done"]


def test_bad_data_fail_their_job_alone(start, quick, tmp_path, json_of):
    process = start("-m", *quick, "task.epochs=3", "data.limit=128,100000", "hydra.sweep.dir=sweep")
    assert process.wait() == 1
    assert states(json_of, tmp_path / "sweep", 2) == ["done", "failed"]
    assert "job 1 failed: data.limit=100000" in process.text


@pytest.mark.slow
def test_a_stopped_sweep_goes_on_where_it_was(start, quick, tmp_path, json_of, findings):
    words = ("-m", *quick, "task.epochs=30", "seed=0,1,2")
    process = start(*words, "hydra.sweep.dir=stopped")
    path = tmp_path / "stopped/1/metrics.jsonl"
    process.until(lambda: path.exists() and path.stat().st_size > 0)
    process.kill(signal.SIGTERM)
    assert process.wait() == 143
    assert states(json_of, tmp_path / "stopped", 2) == ["done", "interrupted"]
    assert not (tmp_path / "stopped/2").exists()
    assert "1 done, 1 interrupted, 1 not begun" in process.text
    living = start(*words, "hydra.sweep.dir=stopped")
    living.until(lambda: states(json_of, tmp_path / "stopped", 2) == ["done", "running"])
    living.kill(signal.SIGSTOP)  # or it might end before the next one comes
    refused = start(*words, "hydra.sweep.dir=stopped")
    assert refused.wait() == 2
    assert "stopped is in use by a living run" in refused.text
    living.kill(signal.SIGCONT)
    assert living.wait() == 0
    assert start(*words, "hydra.sweep.dir=whole").wait() == 0
    for job in range(3):
        assert findings(tmp_path / f"stopped/{job}") == findings(tmp_path / f"whole/{job}")


@pytest.mark.slow
def test_side_by_side_is_one_after_another(python_m, start, quick, tmp_path, findings):
    """threads=auto is one a job under joblib, and the numbers are those of threads=1, bit for bit."""
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    free = [word for word in quick if not word.startswith("threads")]
    words = ("-m", "task.epochs=3", "seed=0,1")
    joblib = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.sweep.dir=joblib")
    code, text = python_m(*words, *free, *joblib)
    assert code == 0, text
    assert start(*words, *quick, "hydra.sweep.dir=alone").wait() == 0
    for job in ("0", "1"):
        assert findings(tmp_path / "joblib" / job) == findings(tmp_path / "alone" / job)
        assert "threads: 1\n" in (tmp_path / "joblib" / job / "config.yaml").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_worker_stays_behind(begin_python, quick, tmp_path, json_of, until, number):
    """The parent is asked, or all of them at once as Ctrl-C does, or the parent is killed outright."""
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    words = ("-m", *quick, "task.epochs=100000", "seed=0,1,2,3", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    process = begin_python(*words, "hydra.sweep.dir=sweep")
    metrics = [tmp_path / f"sweep/{job}/metrics.jsonl" for job in range(2)]
    until(lambda: process.poll() is not None or all(path.exists() and path.stat().st_size > 0 for path in metrics))
    assert len(session(process.pid)) >= 3
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    assert process.wait() == {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -9}[number]
    until(lambda: session(process.pid) == [])
    assert states(json_of, tmp_path / "sweep", 2) == ["interrupted", "interrupted"]
    assert list(tmp_path.glob("sweep/[23]/metrics.jsonl")) == []  # no later job was begun


def session(leader: int) -> list[int]:
    """The living processes of a session (Linux: after the name in brackets come state, parent, group, session)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
            if int(of) == leader and state != "Z":
                found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("launcher", ["joblib", "submitit_slurm", "submitit_local"])
def test_every_launcher_composes(launcher):
    if launcher.startswith("submitit"):
        pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    else:
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    planned = plan(["-m", f"hydra/launcher={launcher}", "seed=0,1"])
    assert [job.seed for job in planned.jobs] == [0, 1]
    assert f"hydra/launcher={launcher}" in planned.arguments


def test_what_is_typed_wins_over_what_a_preset_sweeps():
    planned = plan(["experiment=annealed_dropout", "seed=7", "task.epochs=1"])
    assert planned.sweep
    assert {job.seed for job in planned.jobs} == {7}
    assert len(planned.jobs) == 4
