"""Config -> objects. A config is data, never code: only what physlearn, torch.optim and named plugins hold is built."""

import functools
import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from physlearn.lab import plugins
from physlearn.lab.errors import UserError, blame

ALLOWED = ("physlearn", "torch.optim")
# files, processes, builders: nothing that a config describes
CLOSED = ("physlearn.lab", "physlearn.processes", "physlearn.lazy", "physlearn.older_configs")
LISTED = "physlearn.tasks"  # its modules say in `TARGETS` what of theirs a config may name


def is_within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def allowed() -> tuple[str, ...]:
    """The packages that a config may name: ours, torch.optim, and the plugins that the user has consented to."""
    return (*ALLOWED, *(plugin.name for plugin in plugins.plugins()))


def is_allowed(target: str) -> bool:
    """Whether a config may name this, as far as the name tells: public, in an open package."""
    parts = target.split(".")
    public = all(part.isidentifier() and not part.startswith("_") for part in parts)
    return public and target not in allowed() and is_within(target, allowed()) and not is_within(target, CLOSED)


def where_allowed() -> str:
    inside, outside = (" or ".join(f"'{package}.'" for package in packages) for packages in (allowed(), CLOSED))
    return f"a public name that starts with {inside}, but not with {outside}"


def locate(target: str) -> Any:
    """The object that a `_target_` names.

    What it is called by does not open a door: the module in which it was made must be open too, and what a module of
    physlearn.tasks holds must stand in that module's `TARGETS`. A `functools.partial`, which does not tell where it was
    made, is allowed in a plugin.

    Raises:
        UserError: it lies outside physlearn, torch.optim and the plugins, or in what is closed; it does not exist.
    """
    module, _, name = str(target).rpartition(".")
    if not is_allowed(str(target)):
        raise UserError(f"_target_={target} is not allowed: it must be {where_allowed()}{hint(str(target))}")
    plugin = plugins.owner(str(target))
    try:
        found = getattr(plugins.imported(module) if plugin else importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise UserError(f"_target_={target} does not exist: it must name something public in {module}") from None
    except UserError as defect:
        raise UserError(f"_target_={target} is not there: {defect}") from None
    home = module if plugin and isinstance(found, functools.partial) else str(getattr(found, "__module__", ""))
    if not callable(found) or not is_allowed(f"{home}.{name}"):
        raise UserError(f"_target_={target} is not allowed: it must be made in {' or '.join(allowed())}")
    for place in {module, home}:
        if is_within(place, (LISTED,)) and name not in getattr(importlib.import_module(place), "TARGETS", ()):
            raise UserError(f"_target_={target} is not allowed: {place} does not list it in TARGETS")
    return found


def hint(target: str) -> str:
    """What to type where a target may be a plugin's that was not named."""
    package = target.partition(".")[0]
    like_one = plugins.is_name(package) and package not in plugins.OURS and plugins.conf_of(package)
    return f". If {package} is a plugin of yours, type {plugins.FLAG} {package}" if like_one else ""


def chosen(group: Mapping[str, Any]) -> Any:
    """The class or function that a config group builds: where a task reads off what the choice can do or needs."""
    return locate(group["_target_"])


def takes(target: Any, name: str) -> bool:
    """Whether what a config builds has an argument of this name."""
    return name in inspect.signature(target).parameters


def name_of(config: Mapping[str, Any], group: str = "") -> str:
    """The last word of what a group builds, for screens and tables; `group` is its name in a flat config."""
    return str(config.get(f"{group}._target_" if group else "_target_")).rpartition(".")[2]


def build(key: str, config: Mapping[str, Any], *args: Any, **more: Any) -> Any:
    """Calls config's `_target_` with its other keys and what is given here; `key` is where it stands in the config.

    Raises:
        UserError: the target is not allowed, has no such arguments, or refuses them with a ValueError.
    """
    settings = {name: value for name, value in config.items() if name != "_target_"}
    target = locate(config["_target_"])
    try:
        inspect.signature(target).bind(*args, **settings, **more)
    except TypeError as misfit:
        raise UserError(f"{key}: {config['_target_']} does not take these keys: {misfit}") from None
    with blame(key):
        return target(*args, **settings, **more)
