"""threads=auto: one thread for a small network, all cores for a large one; by size alone."""

import pytest
from stopping import checked

from physlearn.data.choices import CLASSES, SHAPES
from physlearn.data.dataset import read
from physlearn.lab import run_one
from physlearn.lab.config import compose
from physlearn.tasks.setup.size import most_threads

CASES = (
    ("", 1),
    ("task=prune", 1),
    ("data=mnist", None),  # 266,200 multiply-adds for each of 64 examples: 1.7e7
    ("data=mnist task.batch_size=37", 1),  # 9.85e6
    ("data=mnist task.batch_size=38", None),  # 1.01e7
    ("data=mnist model=lenet5 task.batch_size=8", None),  # convolutions count as often as they are used
    ("model=mlp model.widths=[2000,2000]", None),
    ("data=mnist data.pool=2", 1),  # 14 x 14: 88,800 weights, 5.7e6
    ("task.batch_size=full", None),
)


@pytest.mark.parametrize(("words", "threads"), CASES)
def test_two_threads_are_taken_where_a_step_is_large(words, threads):
    assert most_threads(checked(*words.split())) == threads


@pytest.mark.parametrize(("cores", "asked", "words", "threads"), [
    (2, "", "", 1),
    (2, "", "data=mnist", 2),
    (8, "3", "data=mnist", 3),
    (8, "", "data=mnist", 8),
    (8, "3", "", 1),
    (4, "", "task=recall", 4),  # a task without such a rule
    (4, "", "threads=3", 3),
])  # fmt: skip
def test_auto_is_a_function_of_size_cores_and_the_environment(tmp_path, monkeypatch, cores, asked, words, threads):
    monkeypatch.setattr(run_one.os, "sched_getaffinity", lambda _: range(cores))
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    config = compose(words.split())
    run_one.settle_threads(config, tmp_path, side_by_side=False)
    assert config.threads == threads


def test_the_shapes_that_are_known_beforehand_are_those_of_the_data():
    raw = read("digits", root=None, limit=None, size=None)
    assert tuple(raw.test[0].shape[1:]) == SHAPES["digits"]
    assert raw.classes == CLASSES
