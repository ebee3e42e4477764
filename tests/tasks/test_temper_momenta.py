"""task=temper with momenta: what swaps do to them shows in the positions, at every level."""

import numpy as np
import pytest
from stopping import checked, run_task

from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper
from physlearn.tempering import swaps

WORDS = (
    *(
        "task=temper",
        "threads=1",
        "precision=float64",
        "system=harmonic",
        "system.dimension=20",
        "system.stiffness=1.9",
    ),
    *("optimizer=underdamped", "optimizer.lr=0.05", "optimizer.friction=0.3", "tempering.temperatures=[0.7,1,1.4]"),
    *("tempering.ladder=explicit", "tempering.every=6", "tempering.ladders=16", "task.sweeps=200", "task.burn_in=40"),
)


@pytest.fixture
def z_scores(tmp_path, monkeypatch):
    """Of <E> = dT/2 at every level; E is the energy of the positions. Friction is so weak that swaps come before it."""
    monkeypatch.setattr(temper_report, "draw", lambda *_: None)

    def run():
        result = {name: np.array(value) for name, value in run_task(temper.run, tmp_path, checked(*WORDS)).items()}
        assert result["energy_exact"] == pytest.approx(10 * np.array([0.7, 1, 1.4]))
        assert (result["acceptance"] > 0.3).all()
        return np.abs(result["energy_mean"] - result["energy_exact"]) / result["energy_se"]

    return run


def test_every_level_has_its_own_temperature(z_scores):
    assert z_scores().max() < 4


@pytest.mark.parametrize("wrong", [lambda old, new: new / old, lambda old, new: new / new], ids=["T'/T", "none"])
def test_control_momenta_that_follow_wrongly_or_not_at_all(z_scores, monkeypatch, wrong):
    monkeypatch.setattr(swaps, "momentum_factor", wrong)
    assert z_scores().max() > 5
