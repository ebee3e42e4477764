"""task=temper with students: Ising ones against all 2^N, linear ones against their Gaussian, spherical ones resumed."""

from functools import partial

import pytest
from stopping import Stopped, checked, run_task

from physlearn.lab.errors import UserError
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper

run = partial(run_task, temper.run)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr(temper_report, "draw", lambda *_: None)


def config(system, *words):
    return checked("task=temper", f"system={system}", "threads=1", "task.burn_in=200", *words)


def largest_z(result, name):
    mean, error, exact = (result[f"{name}{part}"] for part in ("_mean" if name == "energy" else "", "_se", "_exact"))
    return max(abs(m - x) / s for m, s, x in zip(mean, error, exact, strict=True))


@pytest.mark.slow
def test_ising_students_are_all_students(tmp_path):
    words = ("system.spins=12", "system.load=1.5", "tempering.replicas=5", "tempering.ladders=8", "task.sweeps=1000")
    result = run(tmp_path / "run", config("ising_perceptron", *words))
    assert [largest_z(result, name) < 4 for name in ("energy", "heat_capacity", "overlap")] == [True] * 3
    mean, error, exact = (result[key] for key in ("energy_mean", "energy_se", "energy_exact"))
    assert max(abs(m - x) / s for m, s, x in zip(mean[1:], error[1:], exact, strict=False)) > 8  # control: next level's


def test_linear_students_are_gaussian(tmp_path):
    words = ("system.spins=8", "tempering.replicas=3", "tempering.ladders=2", "task.sweeps=500", "precision=float64")
    result = run(tmp_path / "run", config("linear_student", *words, "tempering.every=5"))
    assert largest_z(result, "energy") < 4
    assert largest_z(result, "error") < 4


@pytest.mark.parametrize("system", ["spherical_perceptron", "ising_perceptron"])
def test_students_resume_bit_for_bit(tmp_path, system):
    words = ("system.spins=14", "task.sweeps=12", "task.burn_in=4", "task.checkpoint_every=5", "tempering.replicas=3")
    cfg = config(system, *words, "task.log_every=4")
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=10)
    assert run(tmp_path / "cut", cfg) == whole
    assert len(whole["overlap"]) == 3


@pytest.mark.parametrize(
    ("system", "word", "message"),
    [
        ("ising_perceptron", "system.load=0", r"system\.load=0 is not allowed"),
        ("ising_perceptron", "system.spins=1", r"system\.spins=1 is not allowed"),
        ("ising_perceptron", "system.inputs=uniform", "one of signs, gaussian"),
        ("ising_perceptron", "system.rule=rotations", "one of heat_bath, metropolis"),
        ("spherical_perceptron", "system.circles=heat_bath", "one of rotations, great_circles"),
        ("spherical_perceptron", "system.spins=1000000", "memory"),
        ("linear_student", "system.ridge=0", r"system\.ridge=0 is not allowed"),
        ("linear_student", "optimizer.weight_decay=0.1", "optimizer.weight_decay=0.1 is not allowed here"),
    ],
)
def test_bad_input_gets_one_clear_line(tmp_path, system, word, message):
    with pytest.raises(UserError, match=message) as caught:
        run(tmp_path / "run", config(system, word))
    assert "\n" not in str(caught.value)
