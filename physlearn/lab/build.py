"""Config -> objects. A config is data, never code: only what physlearn and torch.optim define is built."""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from physlearn.lab.errors import UserError, blame

ALLOWED = ("physlearn.", "torch.optim.")


def locate(target: str) -> Any:
    """The object that a `_target_` names.

    Raises:
        UserError: it lies outside physlearn and torch.optim, or does not exist.
    """
    module, _, name = str(target).rpartition(".")
    if not str(target).startswith(ALLOWED) or name.startswith("_"):
        raise UserError(f"_target_={target} is not allowed: it must start with {' or '.join(ALLOWED)}")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise UserError(f"_target_={target} does not exist: it must name something public in {module}") from None
    if not callable(found) or not str(getattr(found, "__module__", "")).startswith(("physlearn", "torch.optim")):
        raise UserError(f"_target_={target} is not allowed: it must be made in physlearn or torch.optim")
    return found


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
