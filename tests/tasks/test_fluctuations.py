"""task=fluctuations and wrapper=ledger from the command line: numbers, resume, refusals."""

import json
from pathlib import Path

import pytest

SMALL = "task=fluctuations task.paces=[0.3,1.5] task.trajectories=4000 threads=1 hydra.run.dir=run"
TRAIN = (
    "model=mlp model.widths=[5] data.limit=120 task.epochs=3 threads=1 ensemble.keep=3 optimizer=langevin "
    "optimizer.noise=gaussian hydra.run.dir=run"
)


def result(folder="run"):
    return json.loads(Path(folder, "result.json").read_text())


def test_the_theorems_hold_and_the_work_alone_does_not(typed):
    code, printed = typed(SMALL)
    assert code == 0
    found = result()
    assert found["theorems_hold"]
    assert found["work_alone_exact"][1] == pytest.approx(0.69238, abs=1e-4)
    assert abs(found["work_alone"][1] - found["work_alone_exact"][1]) < 4 * found["work_alone_se"][1]
    assert found["work_alone_z_max"] > 10
    assert max(found["first_law_defect"]) < 1e-12
    assert found["free_energy_exact"] == pytest.approx(0.549306, abs=1e-6)
    assert "The theorems hold" in printed.out
    assert {path.stem for path in Path("run/figures").glob("*.png")} == {"theorems", "work", "crooks"}


def test_bad_values_are_named(refused):
    refused("task=fluctuations task.paces=[2.5]", "task.paces")
    refused("task=fluctuations protocol.stiffness=[1.0,-3.0]", "protocol.stiffness")
    refused("task=fluctuations task.temperature=0", "task.temperature")


def test_a_switch_longer_than_the_protocol_is_named(typed):
    code, printed = typed("task=fluctuations protocol.switch=30 hydra.run.dir=run")
    assert code == 2
    assert "protocol.switch=30 must be from 1 to the steps, 20" in printed.err


@pytest.mark.parametrize("more", ["", " task.batch_size=full"])
def test_training_keeps_books(typed, more):
    assert typed(f"{TRAIN} wrapper=ledger dropout=none precision=float64 temperature=constant{more}")[0] == 0
    assert "noise: gaussian" in Path("run/config.yaml").read_text()  # what runs, though langevin's own is random signs
    found = result()
    scale = abs(found["ledger_work"]) + abs(found["ledger_heat"])
    assert found["ledger_first_law_defect"] < 1e-12 * scale
    T = found["temperature_set"]
    if more:
        assert found["ledger_work"] == 0  # U is the same throughout, T too
    else:
        assert found["ledger_work"] > 0  # the switching of minibatches
    assert found["ledger_shadow_work"] == pytest.approx(found["ledger_heat"] + T * found["ledger_entropy"], rel=1e-9)
    exponent = (found["ledger_work"] + found["ledger_shadow_work"]) / T
    assert found["ledger_exponent"] == pytest.approx(exponent, rel=1e-9)


def test_the_ledger_changes_no_weight(typed):
    """The same noise, batches and masks: the run with books has the energies of the run without."""
    assert typed(TRAIN)[0] == 0
    plain = result()
    assert typed(f"{TRAIN.replace('run.dir=run', 'run.dir=other')} wrapper=ledger")[0] == 0
    booked = result("other")
    assert booked["energy"] == plain["energy"]
    assert booked["test_nll"] == plain["test_nll"]
    assert booked["ledger_entropy"] != 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("optimizer=sgd", "draws no thermal noise"),
        ("optimizer=langevin temperature.value=0 temperature=constant", "at T = 0"),
        ("optimizer=langevin optimizer.scheme=leimkuhler_matthews", "not Markov"),
        ("optimizer=langevin optimizer.noise=rademacher", "random signs"),
        ("optimizer=preconditioned", "determinant"),
        ("optimizer=nose_hoover", "no known ratio"),
        ("optimizer=langevin temperature=linear temperature.value=0", "T = 0"),
    ],
)
def test_what_has_no_path_ratio_is_refused_in_one_line(typed, words, line):
    code, printed = typed(f"wrapper=ledger model=mlp data.limit=120 threads=1 hydra.run.dir=run {words}")
    assert code == 2
    assert line in printed.err
    assert printed.err.count("\n") == 1
    assert "wrapper" in printed.err
