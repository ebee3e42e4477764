"""A field of physics is added with its own package, a task and its config groups, and no change anywhere else.

The field is thrown away afterwards: rotors, E = -J cos(x), whose mean energy at temperature T is -J I_1(J/T)/I_0(J/T).
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIELD = {
    "physlearn/rotors/__init__.py": '''
"""Rotors: angles with the energy E(x) = -J cos(x)."""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(__name__, {"Rotor": "rotor"})
''',
    "physlearn/rotors/rotor.py": '''
"""One rotor in a field."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rotor:
    """E(x) = -J cos(x), J = `field`."""

    field: float

    def sample(self, temperature: float, draws: int, generator: torch.Generator) -> Tensor:
        """Energies of independent draws from exp(-E/T)/Z, by inverting the distribution function on a grid."""
        angles = torch.linspace(-torch.pi, torch.pi, 20001, dtype=torch.float64)
        weight = (self.field * angles.cos() / temperature).exp().cumsum(0)
        uniform = torch.rand(draws, generator=generator, dtype=torch.float64) * weight[-1]
        return -self.field * angles[torch.searchsorted(weight, uniform)].cos()
''',
    "physlearn/rotors/exact.py": '''
"""Closed forms."""

from scipy.special import i0, i1


def mean_energy(field: float, temperature: float) -> float:
    """<E> = -J I_1(J/T)/I_0(J/T)."""
    return -field * i1(field / temperature) / i0(field / temperature)
''',
    "physlearn/rotors/laws.py": '''
"""What task=verify measures."""

import torch

from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.rotors import Rotor
from physlearn.rotors.exact import mean_energy


def laws(device: torch.device, seed: int) -> list[Law]:
    generator = torch.Generator().manual_seed(seed)
    measure = lambda: mean_and_error(Rotor(1.3).sample(0.7, 4000, generator).tolist())
    return [Law("rotors", "mean energy", mean_energy(1.3, 0.7), measure)]
''',
    "physlearn/rotors/key_rules.py": '''
"""What the keys of the group rotor may hold."""

from physlearn.ranges import POSITIVE

KEY_RULES = {"rotor.field": POSITIVE}
''',
    "physlearn/tasks/rotors/__init__.py": '"""task=rotors."""\n',
    "physlearn/tasks/rotors/rules.py": '''
"""What the keys of task=rotors may hold."""

from physlearn.ranges import POSITIVE, integer

RULES = {"task.temperature": POSITIVE, "task.draws": integer(2), "task.steps": integer(1)}
''',
    "physlearn/tasks/rotors/shown.py": '''
"""What the results of task=rotors are called."""

from physlearn.lab.shown import Shown

EXAMPLES = (("a rotor in a field", "python -m physlearn task=rotors"),)
SHOWN = {"rotor_energy": Shown("mean energy of the rotor", "J", column=True)}
''',
    "physlearn/tasks/rotors/run.py": '''
"""task=rotors: the mean energy of a rotor."""

from typing import Any

from omegaconf import DictConfig

from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.build import build
from physlearn.rotors.exact import mean_energy
from physlearn.streams import stream


def run(cfg: DictConfig, bench: Any) -> dict[str, Any]:
    """Draws `task.draws` energies a step."""
    rotor, generator = build("rotor", cfg.rotor), stream(cfg.seed, "rotors")
    saved = bench.restore() or {"energies": [], "generator": generator.get_state()}
    energies = saved["energies"]
    generator.set_state(saved["generator"])
    state = lambda: {"energies": energies, "generator": generator.get_state()}
    for step in bench.steps(cfg.task.steps, state, every=1):
        energies += rotor.sample(cfg.task.temperature, cfg.task.draws, generator).tolist()
        bench.log(step + 1, energy=energies[-1])
    mean, error = mean_and_error(energies)
    bench.summary("Rotor", ("energy", "its error"), [(f"{mean:.4f}", f"{error:.4f}")])
    exact = mean_energy(cfg.rotor.field, cfg.task.temperature)
    return {"rotor_energy": mean, "rotor_energy_se": error, "exact_energy": exact}
''',
    "conf/task/rotors.yaml": """
# @package _global_
# The mean energy of a rotor
defaults:
  - /rotor: single
task:
  name: rotors
  temperature: 0.7  # T, in the unit of J
  draws: 500        # independent draws per step
  steps: 4          # steps
""",
    "conf/rotor/single.yaml": """
# One rotor in a field
_target_: physlearn.rotors.Rotor
field: 1.3  # J, in the unit of T
""",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the package and of conf/, with the field added."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("physlearn", "conf"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = contents(tree)
    for name, text in FIELD.items():
        assert not (tree / name).exists()
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text.lstrip())
    added = {name: digest for name, digest in contents(tree).items() if before.get(name) != digest}
    assert set(added) == set(FIELD)  # its own package, its task, its groups: no file that was there is touched
    return tree


def contents(tree):
    files = [path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(tree).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def physlearn(tree, tmp_path):
    """physlearn("key=value", ...): the command line of the copy; (exit code, what it printed)."""

    def run(*words):
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "physlearn", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


def test_it_runs_and_measures_what_is_exact(physlearn, tmp_path):
    code, text = physlearn("task=rotors", "rotor.field=1.7", "hydra.run.dir=run")
    assert code == 0, text
    result = json.loads((tmp_path / "run/result.json").read_text())
    assert abs(result["rotor_energy"] - result["exact_energy"]) < 4 * result["rotor_energy_se"]
    assert result["exact_energy"] == pytest.approx(-1.2869, abs=1e-4)  # -1.7 I_1(1.7/0.7)/I_0(1.7/0.7)
    assert (tmp_path / "run/report.html").exists()
    assert len((tmp_path / "run/metrics.jsonl").read_text().splitlines()) == 4


def test_its_runs_are_compared_under_the_names_it_gives(physlearn, tmp_path):
    code, text = physlearn("-m", "task=rotors", "rotor.field=1.1,1.7", "seed=0,1", "hydra.sweep.dir=sweep")
    assert code == 0, text
    header = (tmp_path / "sweep/comparison.md").read_text().splitlines()[0]
    assert "rotor.field" in header
    assert "mean energy of the rotor" in header


def test_help_lists_it_and_prints_its_keys(physlearn):
    code, text = physlearn("--help")
    assert code == 0
    assert "The mean energy of a rotor" in text
    assert "# a rotor in a field" in text
    assert "One rotor in a field" in text
    code, text = physlearn("task=rotors", "--help")
    assert code == 0
    assert "rotor.field" in text
    assert "J, in the unit of T" in text


def test_its_keys_are_checked_in_one_line(physlearn, tmp_path):
    for words, told in (
        (("rotor.field=-1",), "physlearn: rotor.field=-1 is not allowed: it must be a number > 0"),
        (("task.draws=1",), "physlearn: task.draws=1 is not allowed: it must be a whole number >= 2"),
        (("model=mlp",), "physlearn: model=mlp"),  # a rotor has no model
    ):
        code, text = physlearn("task=rotors", *words)
        assert code == 2
        assert text.startswith(told), text
        assert len(text.splitlines()) == 1
    assert not (tmp_path / "outputs").exists()


def test_its_laws_are_verified(physlearn):
    code, text = physlearn("task=verify", "task.packages=[rotors]", "hydra.run.dir=verify")
    assert code == 0, text
    assert "mean energy" in text
