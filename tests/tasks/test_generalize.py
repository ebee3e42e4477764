"""task=generalize: every measurement runs, resumes row by row, reports the theory beside it; bad input in one line."""

import json
from functools import partial
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest
from stopping import Stopped, checked, run_task

from physlearn.lab.bench import Bench
from physlearn.lab.build import build
from physlearn.lab.collect import read_run
from physlearn.lab.config import plan
from physlearn.lab.errors import UserError
from physlearn.learning.theory import barriers, quenched, spinodal, transition
from physlearn.tasks.generalize import networks
from physlearn.tasks.generalize import report as reports
from physlearn.tasks.generalize import run as generalize

SMALL = {
    "curve": ["learning.neurons=[10,20]", "learning.loads=[1,2]", "learning.burn_in=2", "learning.sweeps=4"],
    "temperatures": ["learning.neurons=10", "learning.temperatures=[1,2]", "learning.scaled_loads=[0.5,1]",
                     "learning.burn_in=2", "learning.sweeps=4"],
    "hysteresis": ["learning.neurons=[12]", "learning.rates=[1,2,3]", "learning.step=0.7"],
    "diagram": ["learning.temperatures=[0,0.2,1]"],
    "double_descent": ["learning.neurons=10", "learning.points=[[1,1,0.5,0.1],[2,1,0.5,0.1],[1,1,1,0]]",
                       "learning.relaxations=0.3"],
    "enumeration": ["learning.neurons=[6]", "learning.loads=[0.5,1,2]"],
}  # fmt: skip
FEW = {name: [] if name == "diagram" else ["learning.samples=3"] for name in SMALL}
run = partial(run_task, generalize.run)


def config(name, *words):
    return checked("task=generalize", f"learning={name}", "threads=1", *words)


@pytest.fixture
def no_pictures(monkeypatch):
    monkeypatch.setattr(reports, "figures", SimpleNamespace(
        **{name: MagicMock(return_value=(None, {"theory": [], "high_temperature": []})) for name in
           ("learning_curve", "collapse", "hysteresis", "diagram", "double_descent", "entropy", "network_curves")},
        theory_error=reports.figures.theory_error))  # fmt: skip
    return MagicMock()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name == "hysteresis" else []) for name in SMALL]
)
def test_resumed_is_straight(tmp_path, name, monkeypatch):
    cfg = config(name, *SMALL[name], *FEW[name])
    drawn = []
    monkeypatch.setattr(Bench, "figure", lambda _, name, figure: drawn.append(name))  # to save them takes longest
    whole = run(tmp_path / "whole", cfg)
    assert len(drawn) == 1
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=2)
    assert run(tmp_path / "cut", cfg) == whole
    assert all(not isinstance(value, dict) for value in whole.values()), "flat"


def test_a_curve_states_the_theory_and_the_extrapolation(no_pictures):
    rows = [
        dict(neurons=n, load=2.0, error=0.34 + 1 / n, error_se=0.001, disorder_se=0.0, thermal_se=0.0, starts_z=-1.5,
             training_error=0.1)
        for n in (100, 200)
    ]  # fmt: skip
    settings = dict(temperature=1.0, weights="spherical", loads=[2.0])
    result = reports.curve(no_pictures, rows, settings)
    assert result["limit_error"] == pytest.approx([0.34])
    exact = quenched(2.0, 1.0).error
    assert result["limit_theory"] == pytest.approx([exact])
    assert result["theory"] == pytest.approx([exact] * 2)
    assert result["limit_z"] == pytest.approx((0.34 - exact) / result["limit_error_se"])
    assert result["largest_starts_z"] == 1.5


def test_the_loop_is_reported_beside_transition_and_spinodal(no_pictures):
    row = dict(neurons=10, rate=3, samples=5, load=[1, 2], overlap_up=[0, 1], overlap_down=[0, 1], up_median=2.6,
               up_se=0.1, up_jumped=5, down_median=None, down_se=None, down_jumped=1,
               loop=0.3, loop_se=0.1)  # fmt: skip
    result = reports.hysteresis(no_pictures, [row], dict(temperature=1.0))
    assert (result["loop"], result["loop_se"]) == ([0.3], [0.1])
    assert result["up_barrier"] == [pytest.approx(10 * barriers(2.6, 1.0)[0])]
    assert result["down_barrier"] == [None]
    assert "narrower" not in result
    compared = row | dict(loop_alone=0.5, loop_alone_se=0.1, narrower=0.2, narrower_se=0.05)
    result = reports.hysteresis(no_pictures, [compared], dict(temperature=1.0))
    assert (result["loop_alone"], result["narrower"], result["narrower_se"]) == ([0.5], [0.2], [0.05])
    assert (result["transition"], result["spinodal"]) == (transition(1.0), spinodal(1.0))
    assert result["up_median"] == [2.6]
    assert result["down_median"] == [None]


def test_the_power_law_of_a_network():
    P = np.array([100.0, 300, 1000, 3000])
    c = dict(examples=np.append(P, P), temperature=np.repeat([0.0, 1e-3], 4), ensemble_error_se=np.full(8, np.nan),
             ensemble_error=np.append(2 * P**-0.5, 3 * P**-0.3), seeds=np.ones(8))  # fmt: skip
    assert reports.power_law(c, 0.0)[0] == pytest.approx(0.5)
    power, error, chi2 = reports.power_law(c, 1e-3)
    assert (power, chi2) == (pytest.approx(0.3), pytest.approx(0, abs=1e-9))
    assert error == pytest.approx(0.02 / np.linalg.norm(np.log(P) - np.log(P).mean()))
    assert np.isnan(reports.power_law(c, 5.0)).all()
    c["seeds"] = np.tile([5, 2, 1, 1], 2)  # 10 % in five runs, 4 % in two: (4 .01 + 1 .0016)/5 of a run
    c["ensemble_error_se"][:2] = c["ensemble_error"][:2] * np.array([0.1, 0.04]) / np.sqrt([5, 2])
    weights = c["seeds"][:4] / ((4 * 0.01 + 0.0016) / 5)
    mean = (weights * np.log(P)).sum() / weights.sum()
    assert reports.power_law(c, 0.0)[1] == pytest.approx((weights * (np.log(P) - mean) ** 2).sum() ** -0.5)


def fake_run(folder, limit, temperature, seed, error, **more):
    folder.mkdir(parents=True)
    config = {
        "seed": seed, "task": {"name": "train", "batch_size": 50}, "model": {"_target_": "m"}, "optimizer": {"lr": 0.2},
        "data": {"name": "mnist", "limit": limit, "validation": 10}, "temperature": {"value": temperature},
        "prior": {"variance": more.get("variance", 0.01), "family": "likelihood"},
    }  # fmt: skip
    (folder / "config.yaml").write_text(json.dumps(config))
    (folder / "status.json").write_text(json.dumps({"state": "done"}))
    (folder / "result.json").write_text(json.dumps({"test_error": 0.5, "ensemble_test_error": error / 2}))
    lines = [json.dumps({"step": k, "validation_error": 0.9 if k < 3 else error}) for k in range(6)]
    (folder / "metrics.jsonl").write_text("\n".join(lines) + "\n")


def test_network_curves_are_read_from_runs(tmp_path):
    for seed, error in ((0, 0.2), (1, 0.3)):
        fake_run(tmp_path / f"a{seed}", 110, 1e-3, seed, error)
    fake_run(tmp_path / "b", 60, 0, 0, 0.4)
    assert read_run(tmp_path / "b").state == "done"
    rows = list(networks.network_curves(str(tmp_path)))
    assert [(row["examples"], row["temperature"], row["seeds"]) for row in rows] == [(50, 0.0, 1), (100, 1e-3, 2)]
    assert rows[1]["error"] == pytest.approx(0.25), "the second half of each run"
    assert rows[1]["error_se"] == pytest.approx(0.05)
    assert rows[1]["ensemble_error"] == pytest.approx(0.125)
    assert rows[0]["error_se"] is None
    assert list(networks.network_curves(str(tmp_path), done=1)) == rows[1:]
    result = run(tmp_path.with_name("task"), config("runs", f"learning.runs={tmp_path}"))
    assert result["examples"] == [50, 100]
    fake_run(tmp_path.with_name("again") / "b", 60, 0, 0, 0.1)
    with pytest.raises(UserError, match="have one P, T, seed: name one"):
        networks.groups([str(tmp_path), str(tmp_path.with_name("again"))])
    fake_run(tmp_path / "c", 60, 0, 1, 0.4, variance=0.5)
    with pytest.raises(UserError, match="the runs differ in more than P, T and seed"):
        networks.groups(str(tmp_path))


def test_presets_are_what_they_say():
    for name, kind in (("ising_transition", "hysteresis"), ("high_temperature", "temperature_curves"),
                       ("double_descent", "double_descent"), ("phase_diagram", "diagram")):  # fmt: skip
        (job,) = plan([f"experiment=seung1992/{name}"]).jobs
        assert job.task.name == "generalize"
        assert job.learning._target_.endswith(f".{kind}")
    jobs = plan(["experiment=learning_curves/mnist", "temperature.value=1e-3", "seed=0"]).jobs
    found = [(job.data.limit - job.data.validation, job.task.epochs) for job in jobs]
    assert [P for P, _ in found] == [100, 300, 1000, 3000, 10_000, 55_000]
    assert [epochs * P // 50 for P, epochs in found] == [6000] * 5 + [6600]
    assert {(job.prior.variance, job.prior.family, job.data.name) for job in jobs} == {(0.01, "likelihood", "mnist")}


@pytest.mark.parametrize(
    ("name", "word", "message"),
    [
        ("curve", "learning.neurons=[1]", "learning.neurons=.1. is not allowed"),
        ("curve", "learning.neurons=100", "needs a list of sizes"),
        ("temperatures", "learning.neurons=[100]", "needs one size"),
        ("curve", "learning.loads=[]", "a list of loads > 0"),
        ("curve", "learning.loads=[-1]", "a list of loads > 0"),
        ("curve", "learning.temperature=-1", "learning.temperature=-1 is not allowed: it must be a temperature"),
        ("curve", "learning.temperature=0.01", "0, or at least 0.05"),
        ("curve", "learning.weights=binary", "one of spherical, ising"),
        ("curve", "learning.samples=1", "a whole number >= 2"),
        ("temperatures", "learning.temperatures=[0,1]", "0 is not allowed here"),
        ("hysteresis", "learning.temperature=0", "learning.temperature=0 is not allowed here"),
        ("hysteresis", "learning.rates=[0]", "sweeps >= 1"),
        ("hysteresis", "learning.low=5", "must be a step below learning.high"),
        ("hysteresis", "learning.exchange=maybe", "true or false"),
        ("double_descent", "learning.points=[[1,0,1,1]]", "ridge > 0"),
        ("double_descent", "learning.step=1", "Euler's scheme is unstable. Type e.g. learning.step="),
        ("enumeration", "learning.neurons=[30]", "at most 20 weights are enumerated"),
        ("diagram", "learning.temperatures=[0.01]", "each 0 or at least 0.05"),
        ("curve", "learning.neurons=[100000]", "memory"),
        ("runs", "learning.runs=nowhere", "there is no such folder"),
        ("curve", "learning._target_=physlearn.learning.quenched", "is not one of learning_curve"),
    ],
)
def test_bad_input_gets_one_clear_line(tmp_path, name, word, message):
    with pytest.raises(UserError, match=message) as caught:
        run(tmp_path / "run", config(name, word))
    assert "\n" not in str(caught.value)


def test_ising_students_need_a_temperature(tmp_path):
    with pytest.raises(UserError, match="Ising students move at T > 0"):
        run(tmp_path / "run", config("curve", "learning.weights=ising", "learning.temperature=0"))


def test_another_seed_is_another_run(tmp_path, monkeypatch):
    monkeypatch.setattr(Bench, "figure", lambda *_: None)
    words = *SMALL["curve"], *FEW["curve"]
    one, other = (run(tmp_path / s, config("curve", *words, f"seed={s}"))["error"] for s in "01")
    assert one != other


def test_what_is_built_is_public():
    rows = build("learning", {"_target_": "physlearn.learning.diagram", "temperatures": [1.0]}, seed=0, done=0)
    assert next(rows)["temperature"] == 1.0
