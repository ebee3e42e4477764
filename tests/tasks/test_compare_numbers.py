"""task=compare: means, errors, units and places on an axis, of made-up runs whose numbers are known."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from physlearn.instruments.style import COLOURS, over
from physlearn.lab.collect import Group, Run
from physlearn.tasks.compare import run as compare
from physlearn.tasks.compare.figures import against, colours_of, curve, number, numeric_labels, scale_and_label, title


def run(directory="somewhere", state="done", **result):
    return Run(Path(directory), {}, {}, state, result, None)


def written(directory, lines):
    directory.mkdir()
    (directory / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run(directory)


ERRORS = Group({"optimizer.lr": 0.1}, [run(test_error=0.02, test_nll=0.5), run(test_error=0.03, test_nll=0.7)])


def test_errors_are_in_percent_and_the_rest_is_not():
    """.02 and .03: mean 2.5 %, standard error .5 %; of one run no error is given."""
    assert compare.with_error("test_error", [0.02, 0.03]) == "2.5 ± 0.5 %"
    assert compare.with_error("test_nll", [0.5, 0.7]) == "0.60 ± 0.10"
    assert compare.with_error("file_bytes", [6000, 8000]) == "7000 ± 1000"
    assert compare.with_error("test_error", [0.02]) == "2.00 %"
    assert compare.with_error("file_bytes", [60_000]) == "60,000"
    assert "nan" not in compare.with_error("energy", [-5.29204])
    assert scale_and_label("test_error") == (100, "test error (%)")
    assert scale_and_label("test_nll") == (1, "test NLL (nats)")
    assert scale_and_label("clean_accuracy") == (100, "clean accuracy (%)")  # a fraction because its task says so
    assert scale_and_label("some_ece") == (100, "some ece (%)")


def test_a_test_error_has_the_binomial_error_of_its_test_set():
    """p = .025 on 360 examples: sqrt(.025 x .975 / 360) = .0082; an error on the validation set has none."""
    assert compare.binomial_error(0.025, 360) == pytest.approx(0.00822852, rel=1e-5)
    assert math.isnan(compare.binomial_error(0.025, None))
    assert compare.with_error("test_error", [0.02, 0.03], 360) == "2.5 ± 0.5 % (± 0.8)"
    assert compare.with_error("ensemble_test_error", [0.025], 360) == "2.50 % (± 0.8)"
    assert compare.with_error("validation_error", [0.02, 0.03], 360) == "2.5 ± 0.5 %"
    assert compare.with_error("test_error", [0.02, 0.03], None) == "2.5 ± 0.5 %"


def test_runs_on_different_test_sets_have_no_common_one():
    sizes = [Group({}, [run(test_examples=size) for size in sizes]) for sizes in ((360, 360), (360, 1000), (None,))]
    assert [compare.tested(entry) for entry in sizes] == [360, None, None]


def test_a_row_counts_the_runs_that_are_done_and_those_that_are_not():
    entry = Group(ERRORS.label, [*ERRORS.runs, run(state="diverged"), run(state="failed"), run(state="failed")])
    columns, rows = compare.summary([entry], ["test_error"])
    assert dict(zip(columns, rows[0], strict=True)) == {
        "optimizer.lr": "0.1",
        "test error": "2.5 ± 0.5 %",
        "n": "2",
        "failed": "2",
        "diverged": "1",
    }


def test_the_file_has_fractions_with_their_errors(tmp_path):
    compare.write_csv(tmp_path / "comparison.csv", [ERRORS])
    with (tmp_path / "comparison.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["test_error"]) == pytest.approx(0.025)
    assert float(row["test_error_se"]) == pytest.approx(0.005)
    assert (row["n"], row["failed"]) == ("2", "0")


def test_a_curve_ends_with_the_shortest_run_and_its_error_is_that_of_the_mean(tmp_path):
    lines = [[{"step": 10 * i, "energy": e + i} for i in range(n)] for e, n in ((1.0, 3), (2.0, 4), (4.5, 3))]
    group = Group({}, [written(tmp_path / f"{i}", part) for i, part in enumerate(lines)])
    x, mean, error = curve(group, "step", "energy")
    assert x.tolist() == [0, 10, 20]
    assert mean == pytest.approx([2.5, 3.5, 4.5])
    assert error == pytest.approx([np.std([1, 2, 4.5], ddof=1) / math.sqrt(3)] * 3)
    assert curve(group, "step", "dropout") is None


def test_posterior_stands_at_the_temperature_that_it_was():
    groups = [Group({"temperature.value": value}, [run(temperature_posterior=7e-4)]) for value in ("posterior", 1e-5)]
    assert number(groups[0], "posterior") == 7e-4
    assert numeric_labels(groups) == {"temperature.value": [7e-4, 1e-5]}
    assert numeric_labels([Group({"dropout": word}, []) for word in ("none", "annealed")]) == {}
    assert title(groups[1]) == "T = 1e-05"


def test_a_best_value_is_marked_only_where_the_difference_exceeds_its_errors():
    """Means .010 and .020, standard errors .001: the difference is 7 of its errors; with .009 it is .8 of them."""
    low = Group({"lr": 1}, [run(test_error=0.009, test_nll=0.5), run(test_error=0.011, test_nll=0.5)])
    high = Group({"lr": 2}, [run(test_error=0.019, test_nll=0.4), run(test_error=0.021, test_nll=0.6)])
    wide = Group({"lr": 2}, [run(test_error=0.011, test_nll=0.4), run(test_error=0.029, test_nll=0.6)])
    alone = Group({"lr": 3}, [run(test_error=0.5)])
    keys = ["test_error", "test_nll"]
    assert compare.best_rows([high, low], keys) == {"test_error": 1}
    assert compare.best_rows([low, wide], keys) == {}
    assert compare.best_rows([low, high, alone], keys) == {}  # one seed has no error
    assert compare.best_rows([low], keys) == {}
    _, rows = compare.summary([high, low], keys)
    assert compare.verdict([high, low], rows, keys, {"test_error": 1}) == (
        "1.00 ± 0.10 % test error with 1, the best of 2 rows."
    )
    assert compare.verdict([low, wide], rows, keys, {}).startswith("0 of 2 settings are clearly the best")
    seeds = Group({}, low.runs)
    assert compare.verdict([seeds], compare.summary([seeds], keys)[1], keys, {}) == (
        "1.00 ± 0.10 % test error, the mean over 2 runs that differ in the seed alone."
    )


def test_where_more_is_better_the_highest_is_marked():
    groups = [
        Group({"k": i}, [run(test_log_likelihood=v), run(test_log_likelihood=v + 0.1)])
        for i, v in enumerate((-90, -80))
    ]
    assert compare.best_rows(groups, ["test_log_likelihood"]) == {"test_log_likelihood": 1}


def test_the_dense_error_is_a_band_and_the_axis_has_words():
    groups = [
        Group({"pruning.compression": c}, [run(test_error=e, dense_test_error=0.02 + d) for d in (0, 0.002)])
        for c, e in ((10, 0.02), (50, 0.03))
    ]
    drawing, _ = against(groups, "pruning.compression", [10.0, 50.0], "test_error")
    axis = drawing.axes[0]
    assert axis.get_xlabel() == "compression (weights / weights kept)"
    (band,) = axis.patches
    heights = band.get_bbox().intervaly if hasattr(band, "get_bbox") else band.get_xy()[:, 1]
    assert [min(heights), max(heights)] == pytest.approx([2.1 - 0.0577, 2.1 + 0.0577], abs=1e-3)  # of four runs
    assert "lowest, 2, at compression (weights / weights kept) 10" in drawing.get_label()


def test_where_temperature_was_swept_it_is_the_colour():
    cold, hot = (Group({"temperature.value": T, "dropout": "none"}) for T in ("1e-5", "1e-3"))
    assert colours_of([hot, cold]) == list(reversed(over([1e-5, 1e-3])))
    assert colours_of([Group({"dropout": "none"}), cold]) == list(COLOURS[:2])  # not every group has one
    assert colours_of([cold, Group({"temperature.value": "1e-5"})]) == list(COLOURS[:2])  # one temperature is no scale


def test_equal_numbers_have_no_error_of_rounding():
    assert compare.with_error("x", [0.1 + 0.2, 0.3, 0.3]) == "0.3"
    assert compare.with_error("parameters", [266610.0, 266610.0]) == "266,610"
    assert compare.with_error("x", [0.3, 0.4]) == "0.35 ± 0.05"


def test_a_default_is_named_where_nothing_else_tells():
    assert title(Group({"experiment": "tempering/lenet", "tempering": "default"})) == "tempering/lenet"
    assert title(Group({"dropout": "default"})) == "default"
