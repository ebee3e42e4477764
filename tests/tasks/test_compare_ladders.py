"""Results against temperature over seeds: mean and error level by level, and one line for what has no levels."""

from pathlib import Path

import numpy as np
import pytest

from physlearn.lab.collect import Group, Run
from physlearn.tasks.compare.ladders import by_level, draw_ladders


def run(state="done", **result):
    return Run(Path("somewhere"), {}, {}, state, result, None)


EXCHANGE = Group(
    {"tempering": "exchange"},
    [run(temperatures=[1.0, 2.0], test_error=errors) for errors in ([0.1, 0.3], [0.2, 0.3], [0.3, 0.6])],
)
ANNEALING = Group({"tempering": ""}, [run(test_error=0.2), run(test_error=0.4), run("failed")])


def test_mean_and_standard_error_of_every_level():
    mean, error = by_level(EXCHANGE, "test_error")
    assert mean == pytest.approx([0.2, 0.4])
    assert error == pytest.approx([0.1 / np.sqrt(3), np.sqrt(0.03) / np.sqrt(3)])


def test_other_ladders_and_single_numbers_have_no_levels():
    assert by_level(ANNEALING, "test_error") is None
    assert by_level(EXCHANGE, "test_nll") is None
    assert (
        by_level(Group({}, [*EXCHANGE.runs, run(temperatures=[1.0, 3.0], test_error=[0.1, 0.1])]), "test_error") is None
    )


def test_annealing_is_a_line_across():
    drawn = draw_ladders([EXCHANGE, ANNEALING], ["exchange", "annealing"])
    table = drawn["results_against_temperature"][1]
    assert table["exchange test_error"] == pytest.approx([0.2, 0.4])
    assert table["annealing test_error"] == pytest.approx([0.3])
    assert table["annealing test_error_se"] == pytest.approx([0.1])


def test_runs_without_a_ladder_draw_nothing():
    assert draw_ladders([ANNEALING], ["annealing"]) == {}


def test_one_run_is_drawn_and_has_no_error():
    alone = Group({"tempering": "exchange"}, EXCHANGE.runs[:1])
    drawn = draw_ladders([alone, Group({"tempering": ""}, ANNEALING.runs[:1])], ["exchange", "annealing"])
    table = drawn["results_against_temperature"][1]
    assert table["exchange test_error"] == pytest.approx([0.1, 0.3])
    assert np.isnan(table["exchange test_error_se"]).all()
    assert np.isnan(table["annealing test_error_se"]).all()
