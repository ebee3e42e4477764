"""What task=temper measures against what is exact, in units of its standard error, through config and result alone."""

import json

import numpy as np
import pytest

from physlearn.dynamics.momenta import MomentumOptimizer
from physlearn.lab.bench import Bench
from physlearn.lab.config import compose, own_part
from physlearn.lab.errors import Diverged
from physlearn.lab.files import plain
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper
from physlearn.tempering import exact, swaps


@pytest.fixture
def found(tmp_path, monkeypatch):
    """found("words"): the result of a run, and what it said; no pictures."""
    monkeypatch.setattr(temper_report, "draw", lambda *_: None)

    def run(words):
        config = own_part(compose(["task=temper", "threads=1", *words.split()]))
        bench = Bench(tmp_path, config, quiet=True)
        try:
            result = json.loads(json.dumps(plain(temper.run(config, bench))))
        finally:
            bench.metrics.close()
        lists = {name: np.array(value) for name, value in result.items() if isinstance(value, list)}
        return result | lists, (tmp_path / "notes.txt").read_text()

    return run


def worst(result, *names):
    """The largest |z| of some lists against their exact ones."""
    keys = [(f"{name}_mean" if f"{name}_mean" in result else name, name) for name in names]
    return max(np.abs((result[key] - result[f"{name}_exact"]) / result[f"{name}_se"]).max() for key, name in keys)


def test_two_wells_are_seen_alike_with_a_barrier_of_twenty(found):
    result, said = found("system=double_well task.sweeps=700 tempering.ladders=6 tempering.every=2")
    assert worst(result, "right", "energy", "heat_capacity") < 4
    assert result["right_se"][0] < 0.1
    assert result["round_trips"] > 100
    assert "Predicted acceptance" in said


def test_control_without_swaps_the_cold_chain_stays_where_it_began(found):
    result, _ = found("tempering=independent task.sweeps=100 tempering.ladders=4")
    assert result["right"][0] == 1
    assert result["round_trips"] == 0
    assert result["round_trip_rate_predicted"] is None


@pytest.mark.parametrize("dimension", [2, 10, 50])
def test_harmonic_acceptances_and_moments(found, dimension):
    sweeps = f"task.sweeps=400 task.burn_in=50 optimizer.lr={0.8 * dimension ** (-1 / 3)} tempering.ladders=8"
    result, _ = found(f"system=harmonic system.dimension={dimension} tempering.maximum=5 {sweeps}")
    assert result["acceptance_predicted"] == pytest.approx([exact.harmonic_acceptance(dimension, 5 ** (1 / 6))] * 6)
    z = (result["acceptance"] - result["acceptance_predicted"]) / result["acceptance_se"]
    assert np.abs(z).max() < 4
    assert worst(result, "energy", "heat_capacity") < 4


@pytest.mark.slow
def test_the_mixture_has_its_weights_at_temperature_one(found):
    result, _ = found("system=gaussian_mixture task.sweeps=500 task.burn_in=200 tempering.ladders=6")
    assert worst(result, "energy", "heat_capacity", "share_1", "share_2", "share_3") < 4
    assert [result[f"share_{c}_exact"][0] for c in (1, 2, 3)] == pytest.approx([0.5, 0.3, 0.2], abs=1e-4)
    assert result["share_2_se"][0] < 0.1


ISING = "system=ising system.size=8 tempering.replicas=8 tempering.ladders=8 task.sweeps=2000 task.burn_in=300"


@pytest.mark.parametrize("rule", ["heat_bath", "metropolis"])
def test_every_level_of_the_lattice_is_that_of_kaufman(found, rule):
    result, _ = found(f"{ISING} system.rule={rule}")
    assert worst(result, "energy", "heat_capacity") < 4
    assert np.abs(result["acceptance"] - result["acceptance_predicted"]).max() < 0.06  # normal energies: nearly
    assert result["spin_updates"] == 2300 * 64 * 64


def test_control_swaps_on_rejection_are_seen(found, monkeypatch):
    monkeypatch.setattr(swaps, "probability", lambda s: 1 - (-s.delta).exp().clamp(max=1))
    result, _ = found(ISING)
    assert worst(result, "energy", "heat_capacity") > 10


def test_adaptation_equalises_the_acceptances_from_a_bad_ladder(found):
    bad = "[0.9,1,1.1,1.2,1.3,1.4,1.5,1.6,2.6,3.4,4.2,5]"
    words = "system=ising system.size=8 tempering.ladder=adaptive tempering.ladders=8"
    result, said = found(f"{words} tempering.temperatures={bad} task.sweeps=1000 task.burn_in=50")
    assert np.abs(result["acceptance"] - result["acceptance"].mean()).max() < 0.05
    assert result["temperatures"][[0, -1]] == pytest.approx([0.9, 5])
    assert "adapted" in said


WEAK_FRICTION = (
    "system=harmonic optimizer=underdamped optimizer.weight_decay=0 optimizer.friction=0.05 optimizer.lr=0.4"
)
PAIR = "tempering.ladder=explicit tempering.temperatures=[1,2] tempering.every=1 tempering.ladders=400"


def test_underdamped_motion_under_exchange_is_exact(found):
    result, _ = found(f"{WEAK_FRICTION} system.dimension=2 {PAIR} task.sweeps=500 task.burn_in=150")
    assert worst(result, "energy", "heat_capacity") < 4
    assert (result["energy_se"] / result["energy_exact"]).max() < 0.02


@pytest.mark.parametrize(
    "follow",
    [lambda self, factor, closure: None, lambda self, factor, closure: self.rescale_momenta(factor)],
    ids=["momenta left behind", "momenta scaled at the end of the step"],
)
def test_control_other_momenta_bias_the_energy(found, monkeypatch, follow):
    monkeypatch.setattr(MomentumOptimizer, "change_temperature", follow)
    result, _ = found(f"{WEAK_FRICTION} system.dimension=2 {PAIR} task.sweeps=500 task.burn_in=150")
    assert worst(result, "energy") > 5


def test_gaussian_couplings_obey_their_identity_at_every_level(found):
    words = "system.spins=32 system.samples=40 task.sweeps=800 task.burn_in=400 tempering.replicas=8"
    result, said = found(f"system=spin_glass {words}")
    assert np.abs(result["identity_z"]).max() < 4
    assert "Predicted acceptance" in said  # from a trial run


def test_control_the_identity_fails_before_equilibrium(found):
    words = "system.spins=32 system.samples=40 task.sweeps=8 task.burn_in=0 tempering.replicas=8"
    assert found(f"system=spin_glass {words}")[0]["identity_z"][0] > 8


def test_the_edwards_anderson_lattice_obeys_it_too(found):
    words = "system.kind=ea system.size=4 system.samples=24 tempering.minimum=0.9 tempering.maximum=2.5"
    result, _ = found(f"system=spin_glass {words} task.sweeps=600 task.burn_in=300 tempering.replicas=8")
    assert np.abs(result["identity_z"]).max() < 4


def test_a_network_is_told_what_exact_exchange_would_need(found):
    words = "system=network model=mlp optimizer=langevin tempering.replicas=3 task.sweeps=10 task.burn_in=2"
    result, said = found(
        f"{words} data.limit=60 system.keep=2 tempering.every=1 tempering.maximum=0.1 optimizer.lr=0.05"
    )
    assert "7,510 parameters" in said
    assert "almost never swap" in said
    assert result["gradient_evaluations"] == 12 * 3
    assert len(result["ensemble_test_error"]) == len(result["validation_error"]) == 3
    assert result["temperatures"][0] == pytest.approx(1 / 55)


def test_a_step_that_is_too_large_diverges(found):
    with pytest.raises(Diverged):
        found("system=double_well optimizer=langevin optimizer.lr=1 task.sweeps=50 task.log_every=10")
