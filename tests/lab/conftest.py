"""Real processes on the real front door: `start` forks one from a zygote, `python_m` begins a new interpreter."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0  # seconds; a loaded machine is no failure
QUICK = ("threads=1", "model=mlp", "model.widths=[8]", "data.limit=256", "task.batch_size=32", "task.log_every=5")


class Process:
    """A process that runs the front door: its number, what it has printed, how it ended."""

    def __init__(self, number: int, out: Path):
        self.number, self.out = number, out

    @property
    def text(self) -> str:
        return self.out.read_text() if self.out.exists() else ""

    @property
    def code(self) -> int | None:
        """The exit code, the negative number of the signal that ended it, or None while it lives."""
        path = Path(f"{self.out}.code")
        return int(path.read_text()) if path.exists() else None

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.number, number)

    def until(self, holds) -> None:
        """Waits until something holds or the process has ended."""
        wait_until(lambda: self.code is not None or holds(), self)

    def wait(self) -> int:
        self.until(lambda: False)
        return self.code


def wait_until(holds, process: Process | None = None) -> None:
    """Waits until something holds; fails with what the process printed where it never does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"nothing came of it in {PATIENCE} s: {process.text if process else ''}")
        time.sleep(0.005)


@pytest.fixture(scope="session")
def zygote():
    """The process that forks, ready."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("zygote.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    yield server
    server.stdin.close()
    server.wait()
    server.stdout.close()


@pytest.fixture
def start(zygote, tmp_path):
    """start("key=value", ..., file_limit=None, pictures=False, **environment): a process in tmp_path.

    It does not outlive the test. Pictures are most of the time of a small run: drawn only where a test looks at them.
    """
    numbers, processes = itertools.count(), []

    def begin(*words: str, file_limit: int | None = None, pictures: bool = False, **environment: str) -> Process:
        out = tmp_path / f"out{next(numbers)}"
        order = {"words": words, "cwd": str(tmp_path), "out": str(out)}
        order |= {"environment": environment, "file_limit": file_limit, "pictures": pictures}
        zygote.stdin.write(json.dumps(order) + "\n")
        zygote.stdin.flush()
        processes.append(Process(int(zygote.stdout.readline()), out))
        return processes[-1]

    yield begin
    for process in processes:
        if process.code is None:
            process.kill()
            process.wait()


@pytest.fixture
def begin_python(tmp_path):
    """begin_python("key=value", ...): a new interpreter in tmp_path, with its output in a pipe; a subprocess.Popen."""
    processes = []

    def begin(*words: str, **environment: str) -> subprocess.Popen:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)} | environment
        options = dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        command = [sys.executable, "-m", "physlearn", *words]
        processes.append(subprocess.Popen(command, cwd=tmp_path, env=environment, **options))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def python_m(begin_python):
    """python_m("key=value", ...): the same, run to its end; (exit code, what it printed)."""

    def run(*words: str, **environment: str) -> tuple[int, str]:
        process = begin_python(*words, **environment)
        text, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, text

    return run


@pytest.fixture
def until():
    return wait_until


@pytest.fixture
def json_of():
    return lambda path: json.loads(Path(path).read_text())


@pytest.fixture
def findings(json_of):
    """What a finished run found, times apart: result.json and the bytes of metrics.jsonl."""

    def read(directory: Path):
        result = json_of(directory / "result.json")
        assert result.pop("seconds") > 0
        return result, (directory / "metrics.jsonl").read_bytes()

    return read


@pytest.fixture
def quick():
    """Words that make the main job small."""
    return QUICK
