"""The calls that docs/architecture.md lists from the command line to the update rule: the true ones, seven at most."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/architecture.md").read_text()
WATCH = """
import inspect, os, sys
from physlearn.__main__ import main
from physlearn.dynamics import Langevin
import physlearn

def step(self, closure=None):
    package = os.path.dirname(physlearn.__file__)
    home = os.path.dirname(package) + os.sep
    ours = [frame for frame in inspect.stack() if frame.filename.startswith(package + os.sep)]
    calls = [(frame.filename, frame.function) for frame in ours]
    for file, function in reversed([("physlearn/dynamics/langevin.py", "step"), *calls]):
        print("CALL", file.removeprefix(home), function, flush=True)
    os._exit(0)

Langevin.step = step
sys.argv = ["physlearn", *sys.argv[1:]]
main()
"""


def listed() -> list[tuple[str, str]]:
    return re.findall(r"^\| \d \| `(\S+): (\w+)` \|", TEXT, re.MULTILINE)


@pytest.mark.slow
def test_the_main_job_reaches_the_update_rule_by_the_calls_that_are_listed(tmp_path):
    words = ("optimizer=langevin", "dropout=annealed", "threads=1", "data.limit=200", "hydra.run.dir=run")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    calls = [tuple(line.split()[1:]) for line in done.stdout.splitlines() if line.startswith("CALL ")]
    assert calls == listed(), done.stdout + done.stderr
    assert 1 < len(calls) <= 7


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"`((?:physlearn|conf|tests)/[\w./]+)`", TEXT)) | {file for file, _ in listed()}
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    assert (ROOT / "docs/figures/packages.svg").exists()


def test_the_figure_of_packages_is_drawn_from_todays_imports():
    """The file is what its script draws now; in it no physics package imports lab/ or a task."""
    place = ROOT / "docs/figures/packages.py"
    spec = importlib.util.spec_from_file_location("packages", place)
    packages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(packages)
    assert packages.draw() == place.with_suffix(".svg").read_text(), f"type python {place.relative_to(ROOT)}"
    graph = packages.imports()
    folders = {path.parent.name for path in (ROOT / "physlearn").glob("*/__init__.py")}
    assert graph.keys() == folders | {"__main__", "modules"}
    assert [name for name in graph if name not in ("tasks", "lab", "__main__") and graph[name] & {"tasks", "lab"}] == []
    assert graph["tasks"] >= {"tempering", "lab", "landscape"}
