"""A run of replica exchange spread over processes: the same bits on 1, 2 and 4, and what happens when one is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SYSTEMS = {
    "spins": (
        "system=ising",
        "system.size=4",
        "tempering.ladder=adaptive",
        "tempering.rounds=1",
        "tempering.replicas=5",
    ),
    "wells": ("system=gaussian_mixture", "tempering.every=2"),
    "momenta": ("system=gaussian_mixture", "tempering.every=2", "optimizer=underdamped", "optimizer.weight_decay=0"),
    "network": ("system=network", "data.limit=60", "tempering.maximum=0.1", "system.keep=3"),
}
SYSTEMS["minibatches"] = (*SYSTEMS["network"], "optimizer=langevin", "task.batch_size=16", "system.energies=minibatch")
SYSTEMS = {name: ("tempering.replicas=4", "tempering.ladders=1", *words) for name, words in SYSTEMS.items()}
SHORT = ["spins", "wells", "minibatches"]
FAST = ("task=temper", "threads=1", "task.burn_in=8", "task.log_every=4", "task.checkpoint_every=5")
ALONE = dict(RANK="0", WORLD_SIZE="1", MASTER_ADDR="127.0.0.1", MASTER_PORT="1")  # nobody is called there


@pytest.fixture
def spread(start):
    """spread(count, "key=value", ...): the processes that torchrun would begin, rank 0 first."""

    def begin(count, *words, patience=20):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        common = dict(WORLD_SIZE=str(count), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
        return [start(*words, RANK=str(k), PHYSLEARN_PATIENCE=str(patience), **common) for k in range(count)]

    return begin


@pytest.mark.parametrize(
    "system", SHORT + [pytest.param(name, marks=pytest.mark.slow) for name in ("network", "momenta")]
)
def test_energies_temperatures_and_swaps_have_the_same_bits_on_1_2_and_4_processes(spread, tmp_path, findings, system):
    words = (*FAST, *SYSTEMS[system], "task.sweeps=24")
    runs = {count: spread(count, *words, f"hydra.run.dir={count}") for count in (1, 2, 4)}
    for count, ranks in runs.items():
        assert [rank.wait() for rank in ranks] == [0] * count, ranks[0].text
        assert not any(rank.text for rank in ranks[1:])  # the first alone talks
    found = {count: findings(tmp_path / str(count)) for count in runs}
    assert found[1] == found[2] == found[4]
    lines = [json.loads(line) for line in found[1][1].splitlines()]
    assert lines[0]["energies"] != lines[-1]["energies"]
    assert max(found[1][0]["acceptance"]) > 0


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_a_killed_rank_ends_the_others_and_the_run_goes_on_on_another_number(
    spread, start, tmp_path, findings, json_of, lost
):
    words = (*FAST, *SYSTEMS["wells"], "task.sweeps=300")
    whole = start(*words, "hydra.run.dir=whole", **ALONE)
    ranks = spread(2, *words, "hydra.run.dir=cut")
    ranks[0].until(lambda: saved(tmp_path / "cut") == 2)
    ranks[lost].kill()
    assert ranks[lost].wait() == -signal.SIGKILL
    left = ranks[1 - lost]
    assert left.wait() == 1
    assert "Traceback" not in left.text
    line = left.text.splitlines()[-1]
    assert line.startswith(f"physlearn: rank {1 - lost} of 2 lost contact with another rank (")
    if lost:
        assert line.endswith("cut")
        assert "what was saved is whole, resume with: torchrun ... -m physlearn resume=" in line
        assert json_of(tmp_path / "cut" / "status.json")["state"] == "interrupted"

    assert [rank.wait() for rank in spread(4, "resume=cut")] == [0] * 4
    assert whole.wait() == 0
    assert findings(tmp_path / "cut") == findings(tmp_path / "whole")


def test_a_rank_that_stands_still_is_waited_for_only_so_long(spread, tmp_path):
    ranks = spread(2, *FAST, *SYSTEMS["wells"], "task.sweeps=100000", "hydra.run.dir=run", patience=2)
    ranks[0].until(lambda: saved(tmp_path / "run") == 2)
    ranks[1].kill(signal.SIGSTOP)
    assert ranks[0].wait() == 1
    assert "rank 0 of 2 lost contact" in ranks[0].text.splitlines()[-1]
    ranks[1].kill(signal.SIGCONT)
    assert ranks[1].wait() == 1


def test_patience_is_a_number_of_seconds(spread):
    ranks = spread(2, "task=temper", patience="long")
    assert [rank.wait() for rank in ranks] == [2, 2]
    assert ranks[0].text.startswith("physlearn: PHYSLEARN_PATIENCE=long is not allowed: it must be seconds > 0. Type ")
    assert len(ranks[0].text.splitlines()) == 1
    assert ranks[1].text == ""


@pytest.mark.parametrize("told", [0, 1])
def test_a_signal_to_one_rank_saves_and_ends_all(spread, tmp_path, json_of, told):
    ranks = spread(2, *FAST, *SYSTEMS["wells"], "task.sweeps=100000", "hydra.run.dir=run")
    ranks[0].until(lambda: saved(tmp_path / "run") == 2)
    ranks[told].kill(signal.SIGTERM)
    assert [rank.wait() for rank in ranks] == [143, 143]
    status = json_of(tmp_path / "run" / "status.json")
    assert status["state"] == "interrupted"
    assert (tmp_path / "run" / "checkpoints" / f"step_{status['step']:010d}.safetensors").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("task=temper", "system=ising", "tempering.replicas=2"), "tempering.replicas=2: 3 ranks are more than"),
        (("task=train",), "task=train runs in one process"),
        (("--multirun", "task=temper", "seed=0,1"), "torchrun spreads one run"),
        (("task=temper", "seed=-1"), "seed=-1 is not allowed"),
    ],
)
def test_what_cannot_be_spread_is_refused_in_one_line(spread, tmp_path, words, said):
    ranks = spread(3, *words)
    assert ranks[0].wait() == 2
    assert len(ranks[0].text.splitlines()) == 1, ranks[0].text
    assert said in ranks[0].text
    for follower in ranks[1:]:
        assert follower.wait() in (0, 2)
        assert follower.text == ""
    assert not list(tmp_path.glob("outputs/*/*"))


@pytest.fixture
def torchrun(tmp_path):
    """torchrun(count, "key=value", ...): a subprocess.Popen; what it prints goes into the file `out`."""
    begun = []

    def begin(count, *words):
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        options = dict(cwd=tmp_path, env=environment, stderr=subprocess.STDOUT, start_new_session=True)
        with (tmp_path / "out").open("w") as out:
            begun.append(subprocess.Popen([*command, "-m", "physlearn", *words], stdout=out, **options))
        return begun[-1]

    yield begin
    for process in begun:
        process.terminate()
        process.wait()


@pytest.mark.slow
def test_torchrun_itself(python_m, torchrun, tmp_path, findings):
    """python -m physlearn, torchrun on two processes, and torchrun that lost one of two and went on with three."""
    words = (*FAST, *SYSTEMS["spins"], "task.sweeps=1000", "task.log_every=50", "task.checkpoint_every=50")
    assert python_m(*words, "hydra.run.dir=alone")[0] == 0
    assert torchrun(2, *words, "hydra.run.dir=two").wait(100) == 0
    cut = torchrun(2, *words, "hydra.run.dir=cut")
    while saved(tmp_path / "cut") < 2:
        assert cut.poll() is None
    second = Path(f"/proc/{cut.pid}/task/{cut.pid}/children").read_text().split()[1]
    os.kill(int(second), signal.SIGKILL)
    assert cut.wait(100) != 0
    assert "rank 0 of 2 lost contact with another rank" in (tmp_path / "out").read_text()
    assert torchrun(3, "resume=cut").wait(100) == 0
    assert findings(tmp_path / "alone") == findings(tmp_path / "two") == findings(tmp_path / "cut")


def saved(directory):
    """How many checkpoints lie there."""
    return len(list((directory / "checkpoints").glob("step*")))
