"""task=free_energy from the command line: its estimates agree, and the cold average is said to be dead."""

import json
from pathlib import Path

SMALL = (
    "task=free_energy data.limit=60 data.validation=0 data.pool=4 task.hidden=2 task.networks=300 task.steps=15 "
    "task.batch_size=10 task.equilibration=6 threads=1 hydra.run.dir=run"
)


def test_the_estimates_agree(typed):
    code, printed = typed(SMALL)
    assert code == 0
    found = json.loads(Path("run/result.json").read_text())
    assert found["estimates_agree"]
    assert found["direct_log_z"] < -5
    assert found["work_variance"] < 1
    assert 0 < found["first_law_defect"] < 1e-6
    assert found["posterior_ess"] < 50
    assert "At the posterior T = 1/N" in printed.out
    assert "ruled by" in printed.out


def test_bad_values_are_named(refused):
    refused("task=free_energy task.pace=2", "task.pace")
    refused("task=free_energy task.temperature=0", "task.temperature")
