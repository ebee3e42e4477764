"""What tasks say of their results: names, units, how they are drawn. `lab/` names no task and no result of one.

A task says it in physlearn/tasks/<task>/shown.py, or in tasks/<task>/shown.py of a plugin, without torch:

    SHOWN: dict[str, Shown]         key of result.json or metrics.jsonl -> how it is shown
    EXAMPLES                        (what it does, what to type) for --help
    WHEN_DIVERGED                   config -> what to type when a run of it diverged, or ""
    AFTER_SWEEP                     function of its run.py that is called as f([sweep], sweep) when a sweep has ended
    FIRST = True                    stands before the tasks that follow by name
    QUESTION                        what a run of it asks, at the head of report.html
    ANSWER                          result -> one sentence that begins with its number, or "": the first result shown
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from physlearn.lab import plugins

TASKS = "physlearn.tasks"


@dataclass(frozen=True)
class Shown:
    """How a number is shown.

    Args:
        name: in tables and on axes.
        unit: behind the name on an axis; "%": a fraction that is shown in percent.
        symbol: beside the progress bar; empty: not shown there.
        headline: a sweep shows it of a run that is done.
        column: a comparison has a column of it.
        drawn: a comparison draws it: mean and error of a group, and against what was swept.
        against: metrics against which a comparison draws it along the run.
        better: "low" or "high": which value of it is the better one; empty: neither is.
        by_level: its axis, without unit, where a comparison draws a list of it against the temperatures.
    """

    name: str
    unit: str = ""
    symbol: str = ""
    headline: bool = False
    column: bool = False
    drawn: bool = False
    against: tuple[str, ...] = ()
    by_level: str = ""
    better: str = ""

    @property
    def scale(self) -> int:
        return 100 if self.unit == "%" else 1

    def axis(self, name: str = "") -> str:
        """The text along an axis, `name` instead of its own where given."""
        return (name or self.name) + (f" ({self.unit})" if self.unit else "")


EVERY_RUN = {"step": Shown("step"), "seconds": Shown("seconds", column=True)}  # what lab/ writes itself


def modules() -> Mapping[str, ModuleType]:
    """Task -> its module `shown`, of those that have one: our own, then those of plugins."""
    found = dict(our_modules())
    for plugin in plugins.plugins():
        for task in plugin.tasks():
            if task not in found and (module := plugin.module(f"tasks.{task}.shown")):
                found[task] = module
    return found


@cache
def our_modules() -> Mapping[str, ModuleType]:
    tasks = [entry.name for entry in pkgutil.iter_modules(importlib.import_module(TASKS).__path__) if entry.ispkg]
    names = {task: f"{TASKS}.{task}.shown" for task in tasks}
    found = {task: importlib.import_module(name) for task, name in names.items() if importlib.util.find_spec(name)}
    return dict(sorted(found.items(), key=lambda entry: (not getattr(entry[1], "FIRST", False), entry[0])))


def shown(tasks: Iterable[str] | None = None) -> dict[str, Shown]:
    """Key -> how it is shown, by these tasks or by all; the first task that has a key says it."""
    wanted = set(modules() if tasks is None else tasks)
    found: dict[str, Shown] = {}
    for task, module in modules().items():
        if task in wanted:
            found = found | {key: entry for key, entry in module.SHOWN.items() if key not in found}
    return found | EVERY_RUN


def examples() -> list[tuple[str, str]]:
    """(what it does, what to type) of all tasks."""
    return [pair for module in modules().values() for pair in getattr(module, "EXAMPLES", ())]


def when_diverged(config: Mapping[str, Any]) -> str:
    """What to type when a run of this config diverged; empty where its task has nothing to say."""
    told = getattr(modules().get(config["task"]["name"]), "WHEN_DIVERGED", None)
    return told(config) if told else ""


def answer(task: str, result: Mapping[str, Any]) -> tuple[str, str]:
    """(question, answer) of a finished run; either is empty where its task has nothing to say."""
    module = modules().get(task)
    told: Callable[[Mapping[str, Any]], str] | None = getattr(module, "ANSWER", None)
    sentence = (told(result) if told else "") or ", ".join(reversed(headline_of(result, shown((task,)))))
    return getattr(module, "QUESTION", ""), sentence


def headline_of(result: Mapping[str, Any], named: Mapping[str, Shown]) -> tuple[str, str] | tuple[()]:
    """(name, number with its unit) of the first result that is shown for which this run has a number."""
    for key, entry in named.items():
        value = result.get(key)
        if entry.column and key != "seconds" and isinstance(value, int | float) and not isinstance(value, bool):
            number = f"{100 * value:.2f} %" if entry.unit == "%" else f"{value:.4g} {entry.unit}".strip()
            return entry.name, number
    return ()


def after_sweep(directory: Path) -> None:
    """Lets every task that reads finished sweeps read this one."""
    for module in modules().values():
        if name := getattr(module, "AFTER_SWEEP", None):
            run = importlib.import_module(module.__name__.removesuffix("shown") + "run")
            getattr(run, name)([directory], directory)
