"""For all tests: the front door in the test's own process, and threads that do not spin while they wait."""

import gc
import os
import sys

import pytest
from hydra.core.global_hydra import GlobalHydra

from physlearn import __main__  # sets GOMP_SPINCOUNT, before torch is loaded

if "PYTEST_XDIST_WORKER" in os.environ:  # processes side by side have a thread each
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_finish() -> None:
    """What was imported by now stays: a sixth of the tests' time went into looking for garbage in it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """typed("words"): runs the front door in tmp_path, in this process; (exit code, what it printed)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(__main__.signals, "listen", lambda: None)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")

    def run(words: str):
        GlobalHydra.instance().clear()
        monkeypatch.setattr(sys, "argv", ["physlearn", *words.split(" ")])
        with pytest.raises(SystemExit) as end:
            __main__.main()
        return end.value.code, capsys.readouterr()

    return run


@pytest.fixture
def refused(typed, tmp_path):
    """refused("words", "line"): one line that holds `line`, exit code 2, and no file left behind."""

    def check(words: str, line: str) -> None:
        code, printed = typed(words)
        assert code == 2
        assert line in printed.err
        assert printed.err.startswith("physlearn: ")
        assert printed.err.count("\n") == 1
        assert printed.out == ""
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    return check
