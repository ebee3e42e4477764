"""task=verify: z is the distance in standard errors, every random number follows the seed, what does not hold fails."""

from functools import partial

import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.dynamics import laws as dynamics_laws
from physlearn.instruments.law import Law
from physlearn.lab.errors import Diverged, Failed, UserError
from physlearn.pruning import laws as pruning_laws
from physlearn.tasks.verify import run as verify

CPU = torch.device("cpu")
run = partial(run_task, verify.run)


def config(*words):
    return checked("task=verify", "device=cpu", "threads=1", *words)


@pytest.fixture
def battery(monkeypatch):
    """battery(measured, ...): the laws of the run, all of the exact value 2 with a standard error of .1."""

    def make(*measured):
        found = [Law("shed", f"law {i}", 2.0, partial(lambda mean: (mean, 0.1), m)) for i, m in enumerate(measured)]
        monkeypatch.setattr(verify, "collect", lambda packages, device, seed: found)

    return make


def test_every_number_follows_the_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(pruning_laws, "WEIGHTS", 2000)
    result = run(tmp_path / "run", config("task.packages=[pruning]", "seed=3"))
    measured = [law.measure() for law in verify.collect(["pruning"], CPU, 3)]
    assert result["mean"] == [mean for mean, _ in measured]
    assert result["se"] == [error for _, error in measured]
    others = [law.measure()[0] for law in verify.collect(["pruning"], CPU)]
    assert not set(result["mean"]) & set(others)


@pytest.mark.parametrize(
    ("package", "rows"), [("dynamics", (0, 1, 2, 3, 4, 5, 6, 8, 9)), ("hopfield", (0, 3)), ("tempering", (0, 5))]
)
def test_quick_rows_of_other_packages_do_too(package, rows, monkeypatch):
    monkeypatch.setattr(dynamics_laws, "CHAINS", 20)
    for row in rows:
        zero, one = (verify.collect([package], CPU, seed)[row].measure()[0] for seed in (0, 1))
        assert zero != one


def test_what_is_written_and_said(tmp_path, battery):
    battery(2.3, 1.6)
    result = run(tmp_path / "run", config())
    assert result["z"] == pytest.approx([3, -4])
    assert (result["z_largest"], result["laws_held"]) == (pytest.approx(4), 2)
    assert (result["exact"], result["mean"], result["laws"]) == ([2, 2], [2.3, 1.6], ["shed: law 0", "shed: law 1"])
    assert "2 of 2 laws held, |z| <= 5." in (tmp_path / "run" / "notes.txt").read_text()


def test_control_a_law_that_does_not_hold_fails_the_run(tmp_path, battery):
    battery(2.0, 1.49, 2.49)
    with pytest.raises(Failed, match="law 1 is off by more than 5 standard errors") as caught:
        run(tmp_path / "run", config())
    assert caught.value.result["laws_held"] == 2
    assert "2 of 3 laws held" in (tmp_path / "run" / "notes.txt").read_text()


def test_a_measurement_that_is_no_number_does_not_pass(tmp_path, battery):
    battery(2.0, float("nan"))
    with pytest.raises(Diverged):
        run(tmp_path / "run", config())


def test_resumed_is_straight(tmp_path, battery):
    battery(2.0, 2.1, 2.2)
    whole = run(tmp_path / "whole", config())
    with pytest.raises(Stopped):
        run(tmp_path / "cut", config(), stop=2)
    battery(9.0, 9.0, 2.2)  # the first two are not measured again
    assert run(tmp_path / "cut", config()) == whole


def test_a_package_without_laws_is_one_line():
    with pytest.raises(UserError, match=r"task.packages=\[lab\] is not allowed: packages with laws are \w+, "):
        verify.collect(["lab"], CPU)
