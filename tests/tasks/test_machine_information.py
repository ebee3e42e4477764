"""task=machine_information: nothing is known at first, at most ln K later; it resumes bit for bit."""

import math
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.lab.errors import UserError
from physlearn.tasks.machine_information import run as task

SMALL = ("threads=1", "task.updates=300", "task.repeats=1", "task.hidden=3", "task.sets=[2,5]", "task.images=3",
         "task.lr=0.1", "task.log_every=100", "task.checkpoint_every=120")  # fmt: skip
config = partial(checked, "task=machine_information")
run = partial(run_task, task.run)


def test_information_grows_from_nothing_and_a_resumed_run_is_straight(tmp_path):
    cfg = config(*SMALL)
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=120)
    assert run(tmp_path / "cut", cfg) == whole
    assert whole["updates"] == [0, 100, 200, 300]
    for count in (2, 5):
        values = whole[f"l_info_{count}"]
        assert values[0] == pytest.approx(0, abs=1e-12)
        assert 0.1 < values[1] <= math.log(count)
        assert 0.1 < values[-1] <= math.log(count)
    assert whole["l_info_most_sets"] == whole["l_info_5"][-1]
    assert (tmp_path / "whole" / "figures" / "stored.png").exists()


def test_grey_images_are_refused(tmp_path, monkeypatch):
    grey = SimpleNamespace(name="greys", shape=(1, 2, 2), train_x=torch.full((5, 1, 2, 2), 0.5))
    monkeypatch.setattr(task, "make_data", lambda *_, **__: grey)
    with pytest.raises(UserError, match="data=greys is not allowed: images of 0 and 1 are needed"):
        run(tmp_path / "run", config(*SMALL))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("data.size=4", "16 pixels, enumeration takes 12 at most"),
        ("task.images=15", "task.images=15 is not allowed: bars_and_stripes has 14 training examples"),
        ("task.sets=[4,2]", "task.sets=[4, 2]"),
        ("task.sets=[9]", "task.sets=[9]"),
    ],
)
def test_bad_input_is_one_line(typed, words, line):
    code, printed = typed(f"task=machine_information {words}")
    assert code == 2
    assert line in printed.err
    assert printed.err.count("\n") == 1
