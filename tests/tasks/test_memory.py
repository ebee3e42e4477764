"""task=memory: every measurement runs, resumes row by row, and reports the theory beside it."""

from functools import partial

import pytest
from stopping import Stopped, checked, run_task

from physlearn.lab.errors import UserError
from physlearn.tasks.memory import run as memory

SMALL = {
    "capacity": ["measurement.neurons=[80,160]", "measurement.loads=[0.05,0.12,0.5]"],
    "thermal": ["measurement.neurons=200", "measurement.points=[[0.03,0.3],[0.02,0.5],[0.05,0]]"],
    "phase_diagram": [
        *("measurement.neurons=100", "measurement.loads=[0.05,0.1,0.2]", "measurement.temperatures=[0,0.5,1.1]"),
        *("measurement.burn_in=5", "measurement.sweeps=5"),
    ],
    "dilution": ["measurement.neurons=[100,200]", "measurement.window=[0.7,3]", "measurement.ways=[[magnitude,0.5]]"],
    "basin": ["measurement.neurons=100", "measurement.loads=[0.05]", "measurement.flipped=[0,0.2,0.5]"],
}


def config(name, *words):
    return checked(f"experiment=hopfield/{name}", "threads=1", "measurement.samples=2", *words)


run = partial(run_task, memory.run)


@pytest.mark.parametrize("name", SMALL)
def test_resumed_is_straight(tmp_path, name):
    cfg = config(name, *SMALL[name])
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=2)
    assert run(tmp_path / "cut", cfg) == whole
    assert list((tmp_path / "cut" / "figures").glob("*.png")) or name == "thermal"
    assert all(not isinstance(value, dict) for value in whole.values()), "flat"


def test_another_seed_is_another_run(tmp_path):
    one, other = (
        run(tmp_path / str(s), config("capacity", *SMALL["capacity"], f"seed={s}"))["overlap"] for s in (0, 1)
    )
    assert one != other


def test_capacity_states_theory_and_transition(tmp_path):
    result = run(tmp_path / "run", config("capacity", *SMALL["capacity"], "measurement.samples=6"))
    assert result["transition_theory"] == pytest.approx(0.137905566, abs=5e-10)
    assert result["deviation_low_loads"] == max(
        abs(m - t)
        for m, t, n, a in zip(*(result[key] for key in ("overlap", "theory", "neurons", "load")), strict=True)
        if n == 160 and a <= 0.12
    )
    assert result["transition"] > 0


def test_one_size_has_no_transition(tmp_path):
    result = run(tmp_path / "run", config("capacity", *SMALL["capacity"], "measurement.neurons=[80]"))
    assert result["transition"] is None


@pytest.mark.parametrize(
    ("name", "word", "message"),
    [
        ("capacity", "measurement.neurons=[0]", "measurement.neurons=.0. is not allowed: it must be .* neurons >= 2"),
        ("capacity", "measurement.neurons=[]", "measurement.neurons"),
        ("capacity", "measurement.loads=[-0.1]", "loads > 0"),
        ("capacity", "measurement.samples=1", ">= 2"),
        ("thermal", "measurement.points=[[0.05,-0.5]]", "temperature >= 0"),
        ("phase_diagram", "measurement.temperatures=[0,-1]", "at least two temperatures >= 0"),
        ("phase_diagram", "measurement.temperatures=[1,0]", "a rising list"),
        ("phase_diagram", "measurement.loads=[0]", "loads > 0"),
        ("dilution", "measurement.ways=[[size,0.5]]", "magnitude or random"),
        ("dilution", "measurement.ways=[[random,0]]", "fraction of couplings kept"),
        ("basin", "measurement.flipped=[1.5]", "from 0 to 1"),
        ("basin", "measurement.flipped=[]", "from 0 to 1"),
    ],
)
def test_bad_input_gets_one_clear_line(name, word, message):
    with pytest.raises(UserError, match=message) as caught:
        config(name, word)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("measurement.loads=[0.1]", "two rising loads at least"),
        ("measurement.neurons=[100,200]", "needs one size"),
        ("measurement.loads=[0.2,0.1]", "two rising loads at least"),
        ("measurement._target_=physlearn.hopfield.experiments.basin", "does not take these keys"),
        ("measurement._target_=physlearn.hopfield.patterns.flip", "is not one of capacity_curve"),
    ],
)
def test_a_measurement_that_cannot_be_gets_one_clear_line(tmp_path, word, message):
    with pytest.raises(UserError, match=message) as caught:
        run(tmp_path / "run", config("phase_diagram", word))
    assert "\n" not in str(caught.value)
