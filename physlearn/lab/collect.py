"""Runs on disk -> rows that can be compared: what was swept, groups over seeds, mean and standard error."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from physlearn.lab.check import leaves
from physlearn.lab.claim import FREE_KEYS
from physlearn.lab.errors import UserError
from physlearn.lab.files import read_json
from physlearn.lab.metrics import read_metrics

SEED = "seed"


@dataclass(frozen=True)
class Run:
    """What one run directory holds."""

    directory: Path
    config: dict[str, Any]  # dotted key -> value
    overrides: dict[str, str]  # what was typed: key or group -> value
    state: str
    result: dict[str, Any]
    message: str | None

    def metrics(self) -> list[dict[str, Any]]:
        return read_metrics(self.directory / "metrics.jsonl")


@dataclass
class Group:
    """Runs that differ in their seed alone."""

    label: dict[str, Any]
    runs: list[Run] = field(default_factory=list)

    @property
    def done(self) -> list[Run]:
        return [run for run in self.runs if run.state == "done"]

    def count(self, state: str) -> int:
        return sum(run.state == state for run in self.runs)


def run_directories(paths: Iterable[Path]) -> list[Path]:
    """The run directories among and below some folders, in the order of their jobs.

    Raises:
        UserError: a folder does not exist, or holds no run.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            raise UserError(f"runs={path}: there is no such folder. Type e.g. runs=outputs/sweeps/<sweep>")
        here = [config.parent for config in path.rglob("config.yaml")]
        if not here:
            raise UserError(f"runs={path}: no run lies there (no config.yaml). Type e.g. runs=outputs/sweeps/<sweep>")
        found += sorted(here, key=lambda run: (len(run.parts), [natural(part) for part in run.parts]))
    return list(dict.fromkeys(found))


def natural(part: str) -> tuple[int, int, str]:
    """Sorts job 10 after job 9."""
    return (0, int(part), "") if part.isdigit() else (1, 0, part)


def read_run(directory: Path) -> Run:
    """A run as its files tell it; one killed outright counts as interrupted."""
    config = dict(leaves(OmegaConf.to_container(OmegaConf.load(directory / "config.yaml"))))
    typed = directory / "overrides.txt"
    pairs = [line.lstrip("+").split("=", 1) for line in typed.read_text().splitlines()] if typed.exists() else []
    status = read_json(directory / "status.json")
    return Run(
        directory,
        config,
        {pair[0]: pair[1] for pair in pairs if len(pair) == 2},
        status.get("state", "interrupted"),
        read_json(directory / "result.json"),
        status.get("message"),
    )


def differing(runs: list[Run]) -> list[str]:
    """The config keys, where and how apart, in which the runs are not all equal."""
    keys = sorted({key for run in runs for key in run.config} - set(FREE_KEYS))
    return [key for key in keys if len({repr(run.config.get(key)) for run in runs}) > 1]


def swept(runs: list[Run]) -> list[str]:
    """The names by which runs are told apart: what was typed where that says it all, else the differing config keys.

    A group that was swept (dropout=none,annealed) differs in many keys; its own name is the one to show.
    """
    typed = sorted({key for run in runs for key in run.overrides if not key.startswith("hydra")})
    names = [key for key in typed if len({run.overrides.get(key) for run in runs}) > 1]
    classes: dict[tuple[str | None, ...], list[Run]] = {}
    for run in runs:
        classes.setdefault(tuple(run.overrides.get(name) for name in names), []).append(run)
    return differing(runs) if any(differing(same) for same in classes.values()) else names


def group(runs: list[Run]) -> list[Group]:
    """Runs that differ in the seed alone come together; the label of a group says what it was swept to."""
    names = [name for name in swept(runs) if name != SEED]
    groups: dict[tuple[str, ...], Group] = {}
    for run in runs:
        label = {name: run.overrides.get(name, run.config.get(name, "default")) for name in names}
        groups.setdefault(tuple(map(str, label.values())), Group(label)).runs.append(run)
    return list(groups.values())


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """Mean and standard error over runs; the error of one run is NaN: one seed is an anecdote."""
    n = len(values)
    mean = sum(values) / n if n else math.nan
    error = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n) if n > 1 else math.nan
    return mean, error
