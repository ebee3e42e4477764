"""`task=... --help`: every key of what would be run, with its default, what is allowed and what it means."""

import os
import subprocess
import sys

import pytest

from physlearn.lab.check import leaves, show
from physlearn.lab.config import compose, config_folder, options, own_part
from physlearn.lab.key_table import key_table
from physlearn.lab.run_directory import as_dict
from physlearn.tasks.setup.rules import rules

HEAVY = """
import sys
sys.argv = ["physlearn", *{words!r}]
from physlearn.__main__ import main
try:
    main()
except SystemExit as end:
    print("\\nHEAVY", [name for name in ("torch", "numpy", "matplotlib", "rich") if name in sys.modules], end.code)
"""


def rows(text: str) -> dict[str, str]:
    """Key -> its row, with what was wrapped put together."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("  ") and line[2:3] not in ("", " "):
            key = line.split()[0]
            found[key] = line.strip()
        elif line.startswith("   ") and found:
            found[key] += " " + line.strip()
    return {key: " ".join(row.split()) for key, row in found.items()}


@pytest.mark.parametrize("task", options("task"))
def test_every_key_of_every_task_is_told_whole(task, monkeypatch):
    monkeypatch.setenv("COLUMNS", "2000")
    text = rows(key_table([f"task={task}"], rules))
    config = dict(leaves(as_dict(own_part(compose([f"task={task}"])))))
    told = {key for key in config if not key.endswith("_target_") and key != "task.name"}
    assert set(text) == told | {"key"}
    assert text["key"] == "key default allowed meaning"
    for key in told:
        allowed = rules(task)[key].allowed
        assert all(word in text[key].split() for word in (*allowed.split()[:-1], *show(config[key]).split())), key
        assert len(text[key]) > len(f"{key} {show(config[key])} {allowed}") + 5, key


def test_what_is_chosen_is_told_by_group_with_its_defaults():
    text = key_table(["task=prune", "optimizer=adam", "dropout=none"], rules)
    heads = [line.partition(":")[0] for line in text.splitlines() if line and not line.startswith(" ")]
    assert heads[0] == "task=prune"
    assert heads[-1] == "every run"
    assert {"optimizer=adam", "dropout=none", "storage=float32"} < set(heads)
    assert rows(text)["optimizer.betas"].startswith("optimizer.betas [0.9, 0.999] two numbers in [0, 1)")
    assert "not read" in rows(text)["dropout.start"]


def test_a_typed_value_is_no_default_and_a_preset_is():
    assert rows(key_table(["optimizer.lr=7"], rules))["optimizer.lr"].split()[1] == "0.2"
    assert rows(key_table(["experiment=tempering/lenet", "-m"], rules))["task.sweeps"].split()[1] == "12"
    assert rows(key_table(["--multirun", "optimizer=sgd,adam"], rules))["optimizer.lr"].split()[1] == "0.2"


def test_where_a_key_is_read_is_told_only_where_there_is_a_choice(monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    glass = rows(key_table(["task=temper", "system=spin_glass"], rules))["system.size"]
    assert "read only if system.kind is ea" in glass
    assert "read only" not in rows(key_table(["task=temper", "system=ising"], rules))["system.size"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("task=trian --help", "did you mean train?"),
        ("--help optimizer.lrr=1", "there is no key optimizer.lrr; did you mean optimizer.lr?"),
        ("--help --foo", "--foo is not an option here"),
        ("--help foo", "'foo' is not of the form key=value"),
    ],
)
def test_wrong_words_are_one_line(refused, words, line):
    refused(words, line)


def test_the_table_imports_nothing_heavy_and_fits_the_screen(tmp_path):
    words = ["task=prune", "--help"]
    environment = os.environ | {"PYTHONPATH": str(config_folder().parent), "COLUMNS": "110"}
    command = [sys.executable, "-c", HEAVY.format(words=words)]
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    *lines, last = shown.stdout.splitlines()
    assert last == "HEAVY [] 0"
    assert max(len(line) for line in lines if line.startswith(" ")) <= 110
    assert list(tmp_path.iterdir()) == []
