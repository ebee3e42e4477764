"""task=compare: from the files of runs alone, means with their standard errors, and what the runs differ in."""

import csv
import math
import shutil

import pytest


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Where the first test leaves a copy of its runs for the others."""
    return tmp_path_factory.mktemp("compared") / "runs"


@pytest.fixture
def runs(start, quick, tmp_path, shelf):
    """A sweep over lr and seed, and a run made at another time with another batch size."""
    if shelf.exists():
        return shutil.copytree(shelf, tmp_path, dirs_exist_ok=True)
    words = ("task.epochs=3", "dropout=none")
    assert start("-m", *quick, *words, "optimizer.lr=0.05,0.1", "seed=0,1", "hydra.sweep.dir=sweep").wait() == 0
    later = [word for word in quick if not word.startswith("task.batch_size")]
    assert start(*later, *words, "task.batch_size=64", "hydra.run.dir=later").wait() == 0
    for name in ("sweep", "later"):
        shutil.copytree(tmp_path / name, shelf / name)
    return tmp_path


def table_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_sweep_is_grouped_by_what_was_swept_with_its_standard_errors(runs, json_of):
    rows = table_of(runs / "sweep/comparison.csv")
    assert [row["optimizer.lr"] for row in rows] == ["0.05", "0.1"]
    for row, jobs in zip(rows, ((0, 1), (2, 3)), strict=True):
        nll = [json_of(runs / f"sweep/{job}/result.json")["test_nll"] for job in jobs]
        assert int(row["n"]) == 2
        assert float(row["test_nll"]) == pytest.approx(sum(nll) / 2)
        assert float(row["test_nll_se"]) == pytest.approx(abs(nll[0] - nll[1]) / 2)  # of two: |a - b| / 2
        assert not math.isclose(nll[0], nll[1])
    assert len(set(rows[0])) == len(rows[0])
    with (runs / "sweep/comparison.csv").open() as file:
        header = file.readline().strip().split(",")
    assert len(set(header)) == len(header)


def test_figures_come_back_from_the_files_alone(runs, start):
    figures = {path.name for path in (runs / "sweep/figures").iterdir()}
    assert "test_error_against_lr.png" in figures or len(figures) > 4
    shutil.rmtree(runs / "sweep/figures")
    assert start("task=compare", "runs=sweep", "hydra.run.dir=compared", pictures=True).wait() == 0
    assert {path.name for path in (runs / "sweep/figures").iterdir()} == figures


def test_runs_of_different_times_are_put_together_and_what_differs_is_named(runs, start):
    process = start("task=compare", "runs=[sweep,later]", "hydra.run.dir=compared")
    assert process.wait() == 0, process.text
    line = next(line for line in process.text.splitlines() if line.startswith("The runs differ in"))
    for key in ("task.batch_size", "optimizer.lr", "seed"):
        assert key in line
    assert "data.limit" not in line
    rows = table_of(runs / "compared/comparison.csv")
    assert sorted(int(row["n"]) for row in rows) == [1, 2, 2]
    alone = next(row for row in rows if row["n"] == "1")
    assert alone["test_nll_se"] == ""  # one seed is an anecdote


@pytest.mark.parametrize("words", [["runs=nowhere"], ["runs=[]"], ["runs=empty"]])
def test_where_nothing_lies_one_line_says_so(start, tmp_path, words):
    (tmp_path / "empty").mkdir()
    process = start("task=compare", *words)
    assert process.wait() == 2
    assert len(process.text.splitlines()) == 1
    assert "runs" in process.text
