"""A run directory belongs to one run: made once, locked while it lives, gone on with or refused when named again."""

import json
import os
import signal
import subprocess
import sys

import pytest

from physlearn.lab import run_directory
from physlearn.lab.errors import Refused, UserError


@pytest.mark.slow
def test_ten_identical_runs_at_once_do_not_touch_each_other(start, quick, tmp_path, json_of, until):
    words = (*quick, "task.epochs=100000")
    processes = [start(*words) for _ in range(10)]
    runs = tmp_path / "outputs/train"
    until(lambda: sum(path.stat().st_size > 0 for path in runs.glob("*/metrics.jsonl")) == 10)
    for process in processes:
        process.kill(signal.SIGTERM)
    assert [process.wait() for process in processes] == [143] * 10
    assert len(list(runs.iterdir())) == 10
    lines = [(run / "metrics.jsonl").read_text().splitlines() for run in runs.iterdir()]
    length = min(map(len, lines))
    assert all(other[:length] == lines[0][:length] for other in lines)
    assert all([json.loads(line)["step"] for line in own] == list(range(5, 5 * len(own) + 1, 5)) for own in lines)
    resumes = [process.text.splitlines()[-1].rpartition("=")[2] for process in processes]
    assert sorted(resumes) == sorted(map(str, runs.iterdir()))


def test_new_directories_are_never_shared(tmp_path):
    names = [run_directory.new_directory(tmp_path / "deep/down", "12345678") for _ in range(30)]
    assert len(set(names)) == 30


def test_the_same_words_again(start, quick, tmp_path, json_of, findings):
    """Done: nothing to do. Unfinished: goes on. Another config: refused, naming the keys. In use: refused."""
    words = (*quick, "task.epochs=4", "hydra.run.dir=here and=there")
    directory = tmp_path / "here and=there"
    assert start(*words).wait() == 0
    found, page = findings(directory), (directory / "report.html").stat().st_mtime_ns

    again = start(*words)
    assert again.wait() == 0
    assert "is done already: nothing to do" in again.text
    assert (directory / "report.html").stat().st_mtime_ns == page
    resumed = start("resume=here and=there/")
    assert resumed.wait() == 0
    assert "is done already" in resumed.text

    other = start(*words, "seed=7", "dropout.start=0.25", "device=cpu")
    assert other.wait() == 2
    assert "dropout.start (0.5 there, 0.25 here)" in other.text
    assert "seed (0 there, 7 here)" in other.text
    assert "device" not in other.text  # where a run is done, not what it is
    assert findings(directory) == found

    with run_directory.lock(directory):
        refused = start(*words)
        assert refused.wait() == 2
    assert "is in use by a living run" in refused.text
    assert json_of(directory / "status.json")["state"] == "done"


def test_threads_typed_as_auto_are_those_that_the_run_began_with(start, quick, tmp_path):
    words = [word for word in quick if not word.startswith("threads")]
    assert start(*words, "task.epochs=1", "threads=1", "hydra.run.dir=run").wait() == 0
    again = start(*words, "task.epochs=1", "hydra.run.dir=run")
    assert again.wait() == 0
    assert "is done already" in again.text


def test_a_run_that_died_before_its_first_checkpoint_begins_anew(start, quick, tmp_path, findings):
    words = (*quick, "task.epochs=4")
    assert start(*words, "hydra.run.dir=whole").wait() == 0
    process = start(*words, "hydra.run.dir=cut")
    process.until(lambda: (tmp_path / "cut/status.json").exists())
    process.kill()
    process.wait()
    (tmp_path / "cut/metrics.jsonl").write_text('{"step": 5, "energy": 1.0}\n{"step": 10, "ene')
    resumed = start(f"resume={tmp_path / 'cut'}")
    assert resumed.wait() == 0
    assert "Goes on from" not in resumed.text
    assert findings(tmp_path / "cut") == findings(tmp_path / "whole")


def test_bad_data_take_back_what_was_begun_and_nothing_else(start, quick, tmp_path):
    """A directory may be somebody's own: hydra.run.dir=. must not empty it."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    for directory in ("mine", "new"):
        process = start(*quick, "data.limit=100000", f"hydra.run.dir={directory}")
        assert process.wait() == 2
        assert process.text.count("\n") == 1
    assert [path.name for path in mine.iterdir()] == ["thesis.tex"]
    assert not (tmp_path / "new").exists()


def test_a_directory_that_cannot_be_made_is_one_line(start, quick, tmp_path):
    (tmp_path / "file").write_text("")
    for word in ("hydra.run.dir=file/run", "hydra.run.dir=file"):
        process = start(*quick, word)
        assert process.wait() == 2
        assert process.text.startswith("physlearn: file")
        assert process.text.count("\n") == 1


def test_a_lock_is_seen_from_outside_and_ends_with_its_process(tmp_path):
    imports = "from physlearn.lab.run_directory import lock; from pathlib import Path"
    holder = f"{imports}; a = lock(Path({str(tmp_path)!r})); input()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", holder], stdin=subprocess.PIPE, env=environment)
    while not run_directory.is_living(tmp_path):
        assert process.poll() is None
    with pytest.raises(Refused, match="in use by a living run"):
        run_directory.lock(tmp_path)
    process.kill()
    process.communicate()
    assert not run_directory.is_living(tmp_path)
    run_directory.lock(tmp_path).close()


def test_a_run_killed_outright_counts_as_interrupted(tmp_path):
    (tmp_path / "status.json").write_text('{"state": "running", "step": 3}')
    assert run_directory.state_of(tmp_path) == "interrupted"
    with run_directory.lock(tmp_path):
        assert run_directory.state_of(tmp_path) == "running"
    assert run_directory.state_of(tmp_path / "nowhere") is None


def test_a_damaged_config_is_one_line(tmp_path):
    for content in ("", "- a list", "{unclosed", "seed: 0"):
        (tmp_path / "config.yaml").write_text(content)
        with pytest.raises(UserError, match=r"config.yaml (cannot be read|is not the config of a run)"):
            run_directory.read_config(tmp_path)
