"""docs/plugins.md followed to the letter, in a folder outside the repository: its files are made, its commands run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/plugins.md").read_text()
FILES = dict(re.findall(r"^`(mylab/[\w/.]+)`[^\n]*:\n\n```\w+\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^    ((?:python|torchrun) .*)$", TEXT, re.MULTILINE)
SMALL = {  # words that make a command short: by what is in it
    "task=walk": ("task.steps=200",),
    "task=temper": ("task.sweeps=40", "task.burn_in=10", "task.log_every=20"),
    "task=prune": ("task.epochs=2", "task.dense_epochs=2", "task.log_every=10"),
    "": ("task.epochs=2", "ensemble.burn_in=0.5"),
}
QUICKLY = [command for command in COMMANDS if "task=walk" in command and "--multirun" not in command]


def shorter(command: str) -> list[str]:
    """A command as it stands, and the words that make it short."""
    if "--help" in command:
        return []
    return ["threads=1", *next(words for part, words in SMALL.items() if part in command)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty folder with the files of the page."""
    folder = tmp_path_factory.mktemp("mine")
    for name, text in {"mylab/__init__.py": "", **FILES}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def typed_outside(folder):
    """typed_outside("command"): run in that folder; what it printed."""

    def run(command: str, *more: str) -> str:
        program, *words = command.split()
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "100"}
        full = [*({"python": [sys.executable], "torchrun": torchrun}[program]), *words, *more]
        done = subprocess.run(full, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    return run


def test_the_page_has_every_recipe():
    groups = {name.split("/")[2] for name in FILES if name.startswith("mylab/conf/")}
    assert groups == {"model", "data", "optimizer", "schedule", "system", "task"}
    listed = TEXT.partition("## The list of files")[2]
    assert all(f"`{name.removeprefix('mylab/')}`" in listed for name in FILES)
    assert len(COMMANDS) >= 12


@pytest.mark.parametrize("command", QUICKLY)
def test_the_quick_commands_run(typed_outside, command):
    text = typed_outside(command, *shorter(command))
    assert "Results: " in text or " done" in text or "walkers" in text


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in QUICKLY])
def test_every_other_command_runs(typed_outside, command):
    text = typed_outside(command, *shorter(command))
    assert "Results: " in text or " done" in text or "--help" in command


def test_help_lists_every_option_of_the_page(typed_outside):
    text = typed_outside("python -m physlearn --plugin mylab --help")
    for name, content in FILES.items():
        if name.startswith("mylab/conf/"):
            about = next(line for line in content.splitlines() if line.startswith("# ") and "@package" not in line)
            assert re.search(rf"^  {Path(name).stem} +{re.escape(about[2:])}$", text, re.MULTILINE), name
    assert "walkers on a line" in text


@pytest.mark.slow
def test_the_valley_has_its_exact_energies(typed_outside, folder):
    # at T = 2 the valley is so long that 600 sweeps from one point do not cover it
    words = ("threads=1", "tempering.maximum=0.3", "task.sweeps=1000", "task.burn_in=100", "hydra.run.dir=exact")
    typed_outside("python -m physlearn --plugin mylab task=temper system=rosenbrock", *words)
    result = json.loads((folder / "exact/result.json").read_text())
    rows = list(zip(result["temperatures"], result["energy_mean"], result["energy_se"], strict=True))
    assert len(rows) == 5
    assert all(abs(energy - T) < 4 * error for T, energy, error in rows), rows  # <E> = T
    assert result["energy_exact"] == result["temperatures"]


def test_nothing_of_physlearn_is_touched(folder):
    assert {path.relative_to(folder).parts[0] for path in folder.iterdir()} <= {"mylab", "outputs", "exact"}
