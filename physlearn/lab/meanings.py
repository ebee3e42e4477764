"""What conf/ says of its own keys: the comment that follows a key's value on its line is the key's meaning.

Read without composing and without Hydra. Two more comments are facts and not only words:

    start: 0.0  # not read: no neuron is dropped         nothing reads this key where this option is chosen
    # Not read: temperature (torch's optimizers ...)     above the first key: nothing reads that group, and why
    # Only for: task=temper                              above the first key: no other task takes this option
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from physlearn.lab.folders import config_folder, file_of

NOT_READ = "not read"
NO_KEYS = ("defaults", "hydra", "_target_")
ONLY = re.compile(r"^# Only for: task=(?P<task>\w+)$", re.MULTILINE)
HEADER = re.compile(r"^# Not read: (?P<group>\w+) \((?P<why>.+)\)$", re.MULTILINE)


@cache
def meanings(path: Path, group: str) -> Mapping[str, str]:
    """Every dotted key of one option's file -> its meaning ('' where it has none), in the order of the file.

    What the file inherits from an option of the same group counts as its own. `_target_` is no key.

    Args:
        path: the file.
        group: the config group that it is an option of; '' for config.yaml.
    """
    text = path.read_text()
    lines, root = text.splitlines(), yaml.compose(text, Loader=yaml.SafeLoader)
    is_global = not group or "# @package _global_" in lines[0]
    found: dict[str, str] = {}
    if root is None:  # an empty file
        return found
    for node in _entry(root, "defaults"):
        if isinstance(node, yaml.ScalarNode) and (inherited := file_of(group, node.value)):
            found |= meanings(inherited, group)
    return found | dict(_meanings(root, "" if is_global else f"{group}.", lines))


def _entry(root: yaml.Node, name: str) -> list[yaml.Node]:
    return next((value.value for key, value in root.value if key.value == name), [])


def _meanings(node: yaml.Node, prefix: str, lines: list[str]) -> Iterator[tuple[str, str]]:
    for name, value in node.value:
        if name.value in NO_KEYS:
            continue
        key = f"{prefix}{name.value}"
        if isinstance(value, yaml.MappingNode):
            yield from _meanings(value, f"{key}.", lines)
        else:
            rest = lines[value.end_mark.line][value.end_mark.column :].strip()
            yield key, rest.lstrip("# ") if rest.startswith("#") else ""


def not_read_with(path: Path) -> dict[str, str]:
    """Groups that nothing reads where the option of this file is chosen -> why."""
    return {found["group"]: found["why"] for found in HEADER.finditer(path.read_text())}


def task_of(path: Path) -> str | None:
    """The one task that takes the option of this file; None: any that has its group."""
    found = ONLY.search(path.read_text())
    return found["task"] if found else None


def first_comment(path: Path) -> str:
    """The first comment line that is not a Hydra directive: what the option is."""
    for line in path.read_text().splitlines():
        if line.startswith("#") and not line.startswith("# @"):
            return line.lstrip("# ").strip()
    return ""


def chosen_files(choices: Mapping[str, str]) -> dict[str, Path]:
    """Group -> the file of the option chosen, and '' -> config.yaml. Presets are left out: they define no key."""
    files = {group: file_of(group, option) for group, option in choices.items() if group != "experiment"}
    return {group: path for group, path in files.items() if path} | {"": config_folder() / "config.yaml"}
