"""What the bar says: counted things, errors in percent, the pace."""

import pytest

from physlearn.lab import progress
from physlearn.lab.progress import Bar, counted


def test_one_thing_is_singular():
    assert [counted(n, "job") for n in (0, 1, 2, 12_000)] == ["0 jobs", "1 job", "2 jobs", "12,000 jobs"]


@pytest.mark.parametrize(
    ("seconds", "pace", "left"),
    [(2.0, "20 steps per second", 3.0), (0.3, "133 steps per second", 0.45), (100.0, "2.5 s per step", 150.0)],
)
def test_the_pace_counts_the_steps_of_this_process_alone(monkeypatch, seconds, pace, left):
    """Resumed at step 60 of 160, 40 steps later."""
    now = [5.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    bar = Bar(160, 60, quiet=True)
    assert bar.pace(60) == ""
    now[0] += seconds
    assert bar.pace(100) == pace
    assert bar.left(100) == pytest.approx(left)


def test_a_log_has_the_pace_too(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    bar = Bar(100, 0, quiet=False)
    now[0] = 20.0
    bar.show(50, {"validation_error": 0.0159})
    assert capsys.readouterr().out == "step 50/100  error 1.59 %  2.5 steps per second  20 s left\n"
