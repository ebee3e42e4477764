"""task=runs: the list of runs, its page, and deletion after asking."""

import io
import json
import os
import time
from pathlib import Path

import pytest

from physlearn.lab import run_list, run_shelf

CONFIG = "task:\n  epochs: 3\n  name: {task}\nseed: 0\n"


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """Three runs, the last of a sweep: outputs/train/a (done), outputs/train/b (killed), outputs/sweeps/s/0."""
    monkeypatch.chdir(tmp_path)

    def make(name, task="train", state="done", result=None, typed="data=mnist", age=0.0):
        run = tmp_path / "outputs" / name
        (run / "checkpoints").mkdir(parents=True)
        (run / "config.yaml").write_text(CONFIG.format(task=task))
        (run / "overrides.txt").write_text(typed)
        (run / "status.json").write_text(json.dumps({"state": state}))
        (run / "checkpoints" / "step_1").write_bytes(b"x" * 600_000)
        (run / "exported").mkdir()
        (run / "exported" / "a.csv").write_bytes(b"x" * 400_000)
        if result:
            (run / "result.json").write_text(json.dumps(result))
        for file in run.rglob("*"):
            os.utime(file, (time.time() - age,) * 2)
        return run

    make("train/a", result={"test_error": 0.0159, "ensemble_test_error": 0.0083}, age=7200)
    make("train/b", state="running", typed="data=digits\nseed=3", age=100)
    make("sweeps/s/0", task="prune", typed="pruning=han", age=3 * 86_400)
    return make


def test_newest_first(outputs):
    found = run_list.entries(Path("outputs"), [])
    assert [entry.directory.name for entry in found] == ["b", "a", "0"]
    assert [entry.task for entry in found] == ["train", "train", "prune"]
    assert [entry.state for entry in found] == ["interrupted", "done", "done"]  # nobody holds b's lock: it was killed
    assert [entry.age for entry in found] == ["2 min", "2 h", "3 d"]
    assert found[1].headline == "test error 1.59 %"
    assert found[0].typed == "data=digits seed=3"
    assert all(1_000_000 < entry.size < 1_001_000 for entry in found)


def test_words_choose(outputs):
    assert [entry.directory.name for entry in run_list.entries(Path("outputs"), ["MNIST"])] == ["a"]
    assert run_list.entries(Path("outputs"), ["mnist", "prune"]) == []


def test_the_page_links_to_reports(outputs, capsys):
    Path("outputs/train/a/report.html").write_text("report")
    assert run_shelf.manage([]) == 0
    text = Path("outputs/index.html").read_text()
    assert '<a href="train/a/report.html">train/a</a>' in text
    assert "train/b" in text
    assert '<a href="train/b' not in text
    assert "3 runs" in capsys.readouterr().out


def test_a_thousand_runs_in_a_second(outputs):
    for i in range(1000):
        outputs(f"train/many_{i}", result={"test_error": 0.02})
        (Path("outputs/train") / f"many_{i}" / "checkpoints" / "step_1").write_bytes(b"")
    begun = time.process_time()
    assert len(run_list.entries(Path("outputs"), [])) == 1003
    assert time.process_time() - begun < 3  # a third of a second on a quiet machine


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "left"), [("y", False), ("", True), ("no", True)])
def test_deleting_asks(outputs, monkeypatch, answer, left):
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    assert run_shelf.manage(["delete=train/a"]) == 0
    assert Path("outputs/train/a").exists() is left
    assert Path("outputs/train/b").exists()


def test_what_is_not_deleted(outputs, typed):
    for words, line in (
        ("delete=train/a", "no terminal to ask"),
        ("delete=train", "no run lies there"),
        ("delete=train/a,nowhere", "nowhere: no run lies there"),
        ("in=elsewhere", "no such folder"),
        ("seed=3", "task=runs takes words"),
    ):
        code, printed = typed(f"task=runs {words}")
        assert code == 2
        assert line in printed.err
        assert printed.err.count("\n") == 1
    assert Path("outputs/train/a/config.yaml").exists()


def test_nothing_there(typed):
    Path("outputs").mkdir()
    code, printed = typed("task=runs mnist")
    assert code == 0
    assert "No runs with mnist in outputs." in printed.out


def test_a_living_run_is_not_deleted(outputs, typed):
    from physlearn.lab.run_directory import lock

    with lock(Path("outputs/train/b")):
        code, printed = typed("task=runs delete=train/b")
    assert code == 2
    assert "living run" in printed.err
