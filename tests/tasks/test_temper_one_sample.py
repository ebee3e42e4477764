"""A spin glass of one draw of the couplings runs to its end, its errors those of its time series."""

import json
import math


def test_one_sample(typed, tmp_path):
    words = "task=temper system=spin_glass system.samples=1 system.spins=16 tempering.replicas=3 threads=1"
    code, printed = typed(f"{words} task.sweeps=64 task.burn_in=8 hydra.run.dir=run")
    assert code == 0, printed.err
    assert "1 sample of them" in printed.out
    assert "nan" not in printed.out
    result = json.loads((tmp_path / "run/result.json").read_text())
    assert all(math.isfinite(error) and error > 0 for error in result["energy_se"])
