"""Packages of the user's own, used only with consent: `--plugin NAME`, PHYSLEARN_PLUGINS, or an installed entry point.

A plugin is a Python package with a folder conf/ beside its code. Naming it lets a config name what is in it; a config
alone never does. It is found without being imported:

    mylab/conf/<group>/<option>.yaml   options, found beside those of conf/
    mylab/rules.py                     RULES: the ranges of its keys, where it wants any; imported without torch
    mylab/tasks/<name>/run.py          task=<name>; rules.py and shown.py beside it as in physlearn/tasks/<name>/

An installed package consents with an entry point in the group `physlearn`: [project.entry-points.physlearn]
mylab = "mylab".
"""

import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from physlearn.lab.errors import UserError

FLAG = "--plugin"
VARIABLE = "PHYSLEARN_PLUGINS"  # names separated by commas; workers inherit it
GROUP = "physlearn"  # of entry points
OURS = ("physlearn", "torch")  # what is no plugin


@dataclass(frozen=True)
class Plugin:
    """A package that may be used.

    Args:
        name: its dotted name.
        folder: where its code lies.
        typed: it was named by the user; False: it is installed with an entry point.
    """

    name: str
    folder: Path
    typed: bool

    @property
    def conf(self) -> Path:
        return self.folder / "conf"

    def holds(self, target: str) -> bool:
        """Whether a dotted name lies in it."""
        return target.startswith(f"{self.name}.")

    def tasks(self) -> list[str]:
        """The tasks that it has."""
        return sorted(path.parent.name for path in self.folder.glob("tasks/*/run.py"))

    def module(self, name: str) -> ModuleType | None:
        """Its module of that dotted name, e.g. ``rules``; None where there is no such file.

        Raises:
            UserError: it cannot be imported.
        """
        if not self.folder.joinpath(*name.split(".")).with_suffix(".py").is_file():
            return None
        return imported(f"{self.name}.{name}")


def take(arguments: Sequence[str]) -> list[str]:
    """The arguments without `--plugin NAME`, which is kept in the environment; called before anything else.

    Raises:
        UserError: a name is missing, or is not that of a plugin.
    """
    rest, typed, words = [], [], iter(arguments)
    for word in words:
        if word == FLAG:
            typed.append(next(words, ""))
        elif word.startswith(f"{FLAG}="):
            typed.append(word.removeprefix(f"{FLAG}="))
        else:
            rest.append(word)
    use(typed)
    return rest


def use(names: Iterable[str]) -> tuple[Plugin, ...]:
    """Consents to plugins for this process and its workers; returns all that may be used from now on.

    Raises:
        UserError: one of them is not the name of a plugin.
    """
    names = list(names)
    for name in names:
        check_name(f"{FLAG} {name}".strip(), name)
    every = tuple(dict.fromkeys([*named(), *names]))
    found = _found(every, os.getcwd())
    if every:
        os.environ[VARIABLE] = ",".join(every)
    return found


def named() -> list[str]:
    """The names in the environment.

    Raises:
        UserError: one of them cannot be a name.
    """
    names = [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]
    for name in names:
        check_name(f"{VARIABLE}={os.environ[VARIABLE]}", name)
    return list(dict.fromkeys(names))


def is_name(name: str) -> bool:
    """Whether a package can be called this."""
    return all(part.isidentifier() and not part.startswith("_") for part in name.split("."))


def check_name(typed: str, name: str) -> None:
    if not is_name(name):
        raise UserError(f"{typed} is not allowed: it must be the name of a package. Type e.g. {FLAG} mylab")
    if name.split(".")[0] in OURS:
        raise UserError(f"{typed} is not allowed: {name.split('.')[0]} is no plugin. Type e.g. {FLAG} mylab")


def plugins() -> tuple[Plugin, ...]:
    """All plugins that may be used, those that were named first.

    Raises:
        UserError: one of them is not there, has no folder conf/, or has an option that is called like another one.
    """
    return _found(tuple(named()), os.getcwd())


@cache
def _found(names: tuple[str, ...], here: str) -> tuple[Plugin, ...]:
    if names and here not in sys.path:
        sys.path.append(here)
    found = [Plugin(name, folder_of(name, f"{FLAG} {name}"), True) for name in names]
    for entry in importlib.metadata.entry_points(group=GROUP):
        if entry.module not in {plugin.name for plugin in found}:
            source = f"the installed package {entry.dist.name if entry.dist else '?'} (entry point {entry.module})"
            found.append(Plugin(entry.module, folder_of(entry.module, source), False))
    refuse_same_options(found)
    return tuple(found)


def folder_of(name: str, source: str) -> Path:
    """Where a plugin lies; nothing of it is imported.

    Raises:
        UserError: there is no such package, or it has no folder conf/.
    """
    spec = find(name)
    if spec is None or spec.submodule_search_locations is None:
        what = "there is no package" if spec is None else "it is a module and no package:"
        raise UserError(f"{source}: {what} {name}, looked for in {os.getcwd()} and where Python packages are installed")
    if not (conf := conf_of(name)):
        missing = Path(next(iter(spec.submodule_search_locations))) / "conf"
        raise UserError(f"{source}: the folder {missing} is missing: a plugin has its options there")
    return conf.parent


def conf_of(name: str) -> Path | None:
    """The folder conf/ of a package; None where there is none, or no package."""
    spec = find(name)
    folders = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    return next((folder.absolute() / "conf" for folder in folders if (folder / "conf").is_dir()), None)


def find(name: str) -> ModuleSpec | None:
    """The spec of a dotted name; unlike importlib's `find_spec` without importing the packages above it."""
    found, place, full = None, None, ""
    for part in name.split("."):
        full = f"{full}.{part}" if full else part
        specs = (finder.find_spec(full, place) for finder in sys.meta_path if hasattr(finder, "find_spec"))
        try:
            found = next((spec for spec in specs if spec is not None), None)
        except KeyError:  # without an __init__.py, below a package that is not imported
            found = ModuleSpec(full, None, is_package=True)
            found.submodule_search_locations = [str(Path(folder) / part) for folder in place]
        if found is None:
            return None
        place = found.submodule_search_locations or []
    return found


def refuse_same_options(found: Sequence[Plugin]) -> None:
    """Raises UserError where an option is called like one of ours or of another plugin: one would win silently."""
    from physlearn.lab.folders import config_folder

    ours = config_folder()
    for i, plugin in enumerate(found):
        for path in sorted(plugin.conf.rglob("*.yaml")):
            option = path.relative_to(plugin.conf)
            if option.parts[0] == "hydra":
                raise UserError(f"{path} is not allowed: the group hydra is Hydra's own")
            owners = {"physlearn": ours, **{other.name: other.conf for other in found[:i]}}
            if owner := next((name for name, conf in owners.items() if (conf / option).exists()), None):
                raise UserError(f"{path} is not allowed: {owner} has {option} too. Give the option another name")


def owner(target: str) -> Plugin | None:
    """The plugin in which a dotted name lies."""
    return next((plugin for plugin in plugins() if plugin.holds(target)), None)


def task_module(task: str, name: str) -> ModuleType | None:
    """A module of a plugin's task, e.g. ``run``; None where no plugin has one."""
    if not task.isidentifier():
        return None
    found = (plugin.module(f"tasks.{task}.{name}") for plugin in plugins())
    return next((module for module in found if module is not None), None)


def imported(name: str) -> ModuleType:
    """A module of a plugin.

    Raises:
        UserError: it is not there, or fails while it is imported.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as absent:
        if absent.name and (name == absent.name or name.startswith(f"{absent.name}.")):
            raise UserError(f"there is no module {name}") from None
        raise UserError(f"{name} cannot be imported: {absent}") from None
    except Exception as defect:  # whatever a plugin's code does
        text = " ".join(str(defect).split())
        raise UserError(f"{name} cannot be imported: {type(defect).__name__}: {text}") from None


def search_path() -> list[str]:
    """What Hydra is to be told, so that it finds the plugins' options."""
    folders = ",".join(f"'file://{plugin.conf}'" for plugin in plugins())
    return [f"hydra.searchpath=[{folders}]"] if folders else []


def words(names: Iterable[str] | None = None) -> str:
    """What is typed before the other arguments to name plugins, with a space behind; of those typed, or of `names`."""
    names = [plugin.name for plugin in plugins() if plugin.typed] if names is None else names
    return "".join(f"{FLAG} {name} " for name in names)
