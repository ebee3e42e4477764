"""Runs on disk -> rows that can be compared: what was swept, groups over seeds, mean and standard error."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from physlearn.lab.check import leaves
from physlearn.lab.errors import UserError
from physlearn.lab.files import read_json
from physlearn.lab.metrics import read_metrics
from physlearn.lab.run_directory import FREE_KEYS, as_dict, read_config, state_of
from physlearn.older_configs import KEYS

SEED = "seed"
NOT_SWEPT = (SEED, "threads", *FREE_KEYS)  # runs that differ in these alone are draws of the same thing


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
    return list({run.resolve(): run for run in found}.values())


def natural(part: str) -> tuple[int, int, str]:
    """Sorts job 10 after job 9."""
    return (0, int(part), "") if part.isdigit() else (1, 0, part)


def typed_for_sweep(directory: Path) -> list[str]:
    """The words that began the sweep of a directory, as Hydra keeps them; none where no sweep was begun."""
    path, job = directory / "multirun.yaml", directory / "0" / "overrides.txt"
    if not path.exists():
        return []
    lines = job.read_text().splitlines() if job.exists() else []
    plugins = [word for line in lines if line.startswith("--") for word in line.split()]
    return [*plugins, "--multirun", *OmegaConf.load(path).hydra.overrides.task]


def read_run(directory: Path) -> Run:
    """A run as its files tell it; one killed outright counts as interrupted."""
    config = dict(leaves(as_dict(read_config(directory))))
    typed = directory / "overrides.txt"
    pairs = [line.lstrip("+").split("=", 1) for line in typed.read_text().splitlines()] if typed.exists() else []
    return Run(
        directory,
        config,
        {KEYS.get(pair[0], pair[0]): pair[1] for pair in pairs if len(pair) == 2},
        state_of(directory) or "interrupted",
        read_json(directory / "result.json"),
        read_json(directory / "status.json").get("message"),
    )


def differing(runs: list[Run]) -> list[str]:
    """The config keys, where and how apart, in which the runs are not all equal."""
    keys = sorted({key for run in runs for key in run.config} - set(FREE_KEYS))
    return [key for key in keys if len({repr(run.config.get(key)) for run in runs}) > 1]


def group(runs: list[Run]) -> list[Group]:
    """Runs that differ in nothing but the seed (and the threads) come together, in the order in which they begin.

    The label of a group says what it was swept to: what was typed where that tells all groups apart (dropout=annealed
    stands for many keys), else the keys that differ. Words that stand for the same keys and values are the same word,
    also where one of them was not typed because it is the default.
    """
    classes: dict[str, list[Run]] = {}
    for run in runs:
        what = sorted((key, meant(run, key, value)) for key, value in run.config.items() if key not in NOT_SWEPT)
        classes.setdefault(repr(what), []).append(run)
    typed = {name for run in runs for name in run.overrides if name not in NOT_SWEPT}
    columns = {name: labels_of(list(classes.values()), name, typed) for name in sorted(typed)}
    labels = [{name: columns[name][i] for name in columns} for i in range(len(classes))]
    told = [name for name in sorted(typed) if len({label[name] for label in labels}) > 1]
    if len({tuple(label[name] for name in told) for label in labels}) < len(classes):
        told = [key for key in differing(runs) if key not in NOT_SWEPT]
        labels = [{key: same[0].config.get(key, "") for key in told} for same in classes.values()]
    return [
        Group({name: label[name] for name in told}, same) for label, same in zip(labels, classes.values(), strict=True)
    ]


def meant(run: Run, key: str, value: Any) -> str:
    """A key's value, or what was typed where it refers to another key: from=dense/${seed} is one for all seeds."""
    typed = run.overrides.get(key, "").replace("\\", "")
    return typed if "${" in typed else repr(value)


def content(run: Run, name: str, typed: set[str]) -> str:
    """The keys and values of a run's config that a typed name stands for, those that were typed by themselves left out.

    '' for a name that has no node of its own, such as `experiment`.
    """
    keys = [key for key in run.config if key == name or (key.startswith(f"{name}.") and key not in typed)]
    below = {key: meant(run, key, run.config[key]) for key in keys}
    return repr(sorted(below.items())) if below else ""


def labels_of(classes: list[list[Run]], name: str, typed: set[str]) -> list[Any]:
    """What each class of runs is called by a name that was typed for some of them.

    The word that was first typed for what it stands for; where nobody typed one, the key's value, or `default`.
    """
    words: dict[str, str] = {}
    contents = [content(same[0], name, typed) for same in classes]
    for what, same in zip(contents, classes, strict=True):
        for run in same:
            if what and name in run.overrides:
                words.setdefault(what, run.overrides[name])
    found = []
    for what, same in zip(contents, classes, strict=True):
        own = next((run.overrides[name] for run in same if name in run.overrides), "default")
        found.append(words.get(what, same[0].config.get(name, "default")) if what else own)
    return found


def repeated_seeds(groups: list[Group]) -> list[Any]:
    """The seeds that stand more than once in a group: their runs are no independent draws."""
    seeds = [[run.config.get(SEED) for run in group.done] for group in groups]
    return sorted({seed for there in seeds for seed in there if there.count(seed) > 1}, key=str)
