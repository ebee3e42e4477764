"""Eight jobs of the main job side by side under joblib, against the same eight one after another.

    python -m pytest tests/benchmarks/test_sweep_speed.py -s

Both sweeps are whole processes, from the interpreter's start to the comparison; goal: at most 0.7x on two cores.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
JOBS = 8
WORDS = ("-m", "task.epochs=100", "threads=1", f"seed={','.join(map(str, range(JOBS)))}")
BESIDE = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")


def seconds(folder, *words):
    command = [sys.executable, "-m", "physlearn", *WORDS, *words, f"hydra.sweep.dir={folder}"]
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return time.perf_counter() - begun


@pytest.mark.slow
def test_eight_jobs_side_by_side(tmp_path):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one core")
    alone, beside = seconds(tmp_path / "alone"), seconds(tmp_path / "beside", *BESIDE)
    print(
        f"\n{JOBS} jobs: {alone:.1f} s one after another, {beside:.1f} s by two, ratio {beside / alone:.2f} (goal 0.7)"
    )
    for job in range(JOBS):
        assert (tmp_path / f"beside/{job}/result.json").exists()
