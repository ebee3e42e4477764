"""task=free_energy from the command line: its estimates agree, and the cold average is said to be dead."""

import json
from pathlib import Path

import pytest

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


@pytest.mark.slow
def test_between_two_data_sizes(typed):
    code, printed = typed(f"{SMALL} task.networks=200 task.start_examples=30".replace("task.networks=300 ", ""))
    assert code == 0
    found = json.loads(Path("run/result.json").read_text())
    assert found["estimates_agree"]
    assert "from 30 examples at T = 0.6 (tau = 18) to 60 examples at T = 0.3 (tau = 18)" in printed.out
    assert "posterior_ess" not in found
    assert abs(found["work_alone_z"]) > 20  # T changes on the way, and W/T does not count it


def test_bad_values_are_named(refused):
    refused("task=free_energy task.pace=2", "task.pace")
    refused("task=free_energy task.temperature=0", "task.temperature")
    refused("task=free_energy task.start_temperature=0", "task.start_temperature")
    refused("task=free_energy task.start_examples=201", "task.start_examples=100")
    refused("task=free_energy task.start_examples=30", "task.batch_size")
