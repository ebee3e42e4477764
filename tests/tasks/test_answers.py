"""Every task says at the head of its report what is asked, and answers in one sentence that begins with its number."""

import re

import pytest

from physlearn.lab.shown import answer, modules

RESULTS = {  # results of finished runs, cut to what the answers read
    "bonds": ({"groups": 6, "best_bond": 50, "best_error": 0.0106, "best_error_se": 0.0003}, "1.06 ± 0.03 %"),
    "born": ({"train_nll": 39.51, "test_nll": 132.4, "bond_max": 100, "bound": 6.9078}, "39.51 nats"),
    "density": (
        {"above_entropy": [0.0093, 0.0074], "above_entropy_se": [0.0004, 0.0004], "orbital": ["1s", "2s"]},
        "0.0093 ± 0.0004 nats above the exact entropy for 1s",
    ),
    "evaluate": ({"test_examples": 360, "test_error": 0.0778, "test_nll": 0.42, "test_ece": 0.2}, "7.8 ± 1.4 %"),
    "generalize": (
        {"rate": [10, 1000], "neurons": [100, 100], "up_median": [2.93, 2.43], "up_se": [0.04, 0.02],
         "transition": 2.33, "spinodal": 2.85},
        "2.43 ± 0.02 is the median load",
    ),
    "ground_state": (
        {"relative_error": -2e-11, "parameters": 100, "exact_energy": -81.5, "vector": 1e19},
        "2.0e-11 of the ground state energy",
    ),
    "latency": ({"ratio_1": 0.9, "ratio_64": 0.15, "smaller_ratio_64": 1.9, "weights_kept": 35869}, "0.15 is the time"),
    "machine_information": ({"l_info_2": [0.0, 0.6], "l_info_8": [0.1, 1.19, 1.1]}, "1.190 nats at most"),
    "memory": ({"edge": [0.07], "edge_load": [0.02]}, "0.07 at load 0.02"),
    "rate": ({"best_error": 0.024, "best_error_se": 0.003, "best_bits": 4.0, "best_curve": "opus"}, "2.4 ± 0.3 %"),
    "recall": (
        {"pixel_error": 0.06, "hidden_pixel_error": 0.1189, "recalled": 0.5, "patterns": 20, "sweeps": 10},
        "11.89 % of the hidden pixels",
    ),
    "sampling": (
        {"sampler": ["euler", "minima", "euler"], "nearest": "euler", "total_variation": [0.05, 0.03, 0.04],
         "total_variation_se": [0.001] * 3, "exact_total_variation": 0.003},
        "0.0400 ± 0.0010 is the total variation of euler",
    ),
    "verify": ({"laws_held": 23, "laws": ["x"] * 24, "z_largest": 5.2}, "23 of 24 laws hold"),
    "wave_functions": (
        {"groups": 8, "best_error": 4e-9, "best_state": "network", "best_parameters": 80.0},
        "4.0e-09 is the lowest relative error",
    ),
}  # fmt: skip


def test_every_task_asks_and_answers():
    own = {task: module for task, module in modules().items() if module.__name__.startswith("physlearn.tasks")}
    assert {task for task, module in own.items() if not getattr(module, "QUESTION", "").endswith("?")} == set()
    assert {task for task, module in own.items() if not hasattr(module, "ANSWER")} == {"compare"}  # it writes its own


@pytest.mark.parametrize("task", RESULTS)
def test_the_answer_is_a_sentence_that_begins_with_its_number(task):
    result, begins = RESULTS[task]
    sentence = answer(task, result)[1]
    assert sentence.startswith(begins)
    assert re.fullmatch(r"\(?-?\d.*\.", sentence)


@pytest.mark.parametrize("task", sorted(modules()))
def test_a_result_without_its_numbers_has_no_answer(task):
    assert answer(task, {"seconds": 1.0})[1] == ""
