"""`task=prune --help` against an interpreter that only imports Hydra and torch: what it must not come near.

python -m pytest tests/benchmarks/test_help_speed.py -s
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
GOAL = 0.5  # of the processor time that importing torch takes


def cpu_seconds(*words: str) -> float:
    """The least processor time of several starts."""
    found = []
    for _ in range(ROUNDS):
        before = os.times()
        subprocess.run(
            [sys.executable, *words], check=True, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        after = os.times()
        found.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(found)


def test_the_key_table_takes_a_fraction_of_importing_torch():
    told, heavy = cpu_seconds("-m", "physlearn", "task=prune", "--help"), cpu_seconds("-c", "import torch, hydra")
    print(f"\ntask=prune --help: {told:.2f} s of processor time, import torch: {heavy:.2f} s, ratio {told / heavy:.2f}")
    assert told < GOAL * heavy
