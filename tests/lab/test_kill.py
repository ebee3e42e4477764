"""kill -9 at random moments, resume each time: the result is that of an uninterrupted run, bit for bit."""

import json
import random
import signal
import time

import pytest

STEPS_AN_EPOCH = 7  # 235 training examples in batches of 32


def last_step(directory) -> int:
    path = directory / "metrics.jsonl"
    return 5 * path.read_bytes().count(b"\n") if path.exists() else 0


def moments(kills: int, steps: int, seed: int) -> list[tuple[int, float]]:
    """When to kill: (logged step to wait for, seconds after it); first during the start, last in the report."""
    draw = random.Random(seed)
    between = sorted(draw.randrange(steps) for _ in range(kills - 2))
    return [
        (0, draw.uniform(0, 0.6)),
        *((step, draw.uniform(0, 0.05)) for step in between),
        (steps, draw.uniform(0, 0.8)),
    ]


def test_three_kills_leave_no_trace(start, quick, tmp_path, findings):
    """While it starts, half-way, and while it draws its figures."""
    words = (*quick, "task.epochs=40", "task.checkpoint_every=3")
    assert start(*words, "hydra.run.dir=whole").wait() == 0
    whole = findings(tmp_path / "whole")
    assert [line["step"] for line in lines(whole)] == list(range(5, 281, 5))

    directory, killed = tmp_path / "cut", 0
    for step, later in moments(3, 40 * STEPS_AN_EPOCH, seed=0):
        process = start(*words, "hydra.run.dir=cut", pictures=True)
        process.until(lambda step=step: last_step(directory) >= step)
        time.sleep(later)
        if process.code is None:
            process.kill()
        killed += process.wait() == -signal.SIGKILL
    assert killed == 3
    assert start("resume=cut").wait() == 0
    assert findings(directory) == whole
    assert not list(directory.rglob("*.part"))


@pytest.mark.slow
def test_twenty_kills_of_a_new_interpreter_leave_no_trace(begin_python, python_m, quick, tmp_path, findings):
    """The same by `python -m physlearn` itself, with dropout annealed and Langevin noise, resumed by resume=DIR."""
    words = (*quick, "dropout=annealed", "ensemble.keep=20", "task.epochs=300", "task.checkpoint_every=13")
    assert python_m(*words, "hydra.run.dir=whole")[0] == 0
    whole = findings(tmp_path / "whole")

    directory, killed = tmp_path / "cut", 0
    for step, later in moments(21, 300 * STEPS_AN_EPOCH, seed=20):
        begun = (directory / "config.yaml").exists()
        process = begin_python("resume=cut") if begun else begin_python(*words, "hydra.run.dir=cut")
        while last_step(directory) < step and process.poll() is None:
            time.sleep(0.002)
        time.sleep(later)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
    assert killed >= 20
    assert python_m("resume=cut")[0] == 0
    assert findings(directory) == whole


def lines(found):
    return [json.loads(line) for line in found[1].splitlines()]
