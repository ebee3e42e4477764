"""The rules of a run's keys, collected from their owners. No torch here: wrong input is refused before it is loaded.

A package says in `key_rules.py` what the keys of the groups that configure it may hold. A task is an option of the
group task, and says in `physlearn/tasks/<task>/rules.py` what conf/task/<task>.yaml adds; a plugin's task in its own
tasks/<task>/rules.py.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType

import physlearn
from physlearn.lab import plugins
from physlearn.losses import LOSSES
from physlearn.ranges import POSITIVE, Rule, choice, integer, text

EVERY_TASK: dict[str, Rule] = {  # keys that several tasks have
    "task.name": text("train"),  # the option's own; config.compose lets no other stand
    "task.epochs": integer(1, ("auto",), example="20"),
    "task.batch_size": integer(1, ("full",), example="128"),
    "task.loss": choice(*LOSSES),
    "task.noise_variance": POSITIVE,
    "task.log_every": integer(1, example="100"),
    "task.checkpoint_every": integer(1, example="1000"),
}


@cache
def modules() -> tuple[str, ...]:
    """The modules that say the rules of groups: physlearn.key_rules and physlearn.<package>.key_rules."""
    packages = [entry.name for entry in pkgutil.iter_modules(physlearn.__path__, "physlearn.") if entry.ispkg]
    names = ["physlearn.key_rules", *(f"{package}.key_rules" for package in packages)]
    return tuple(name for name in names if _is_there(name))


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def of_task(task: str) -> ModuleType | None:
    """The module that says the rules of one task; None where it adds no keys."""
    own = f"physlearn.tasks.{task}.rules"
    if not _is_there(f"physlearn.tasks.{task}"):
        return plugins.task_module(task, "rules")
    return importlib.import_module(own) if _is_there(own) else None


def writes(task: str) -> tuple[str, ...]:
    """The names of what a task writes into its directory beside what every run does: its `WRITES`."""
    return getattr(of_task(task), "WRITES", ())


def rules(task: str) -> Mapping[str, Rule]:
    """The rules of one task: its own first, then those of the groups."""
    own = of_task(task)
    found = dict(own.RULES) if own else {}
    for name, rule in EVERY_TASK.items():
        found.setdefault(name, rule)
    for module in modules():
        found |= importlib.import_module(module).KEY_RULES
    return found
