"""Public names by package: `from physlearn.dynamics import Langevin`, imported when first used (PEP 562).

`import physlearn.dynamics` alone loads neither torch nor any of the package's modules, so that key rules and --help
answer at once. conf/ and notebooks use these names, so that a module may be moved or split inside its package.
A public name must not be the name of a module of its package: once that module is imported, it hides the name.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def public_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of a package.

    Args:
        package: its name, the caller's `__name__`.
        homes: public name -> the module of the package that defines it.
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)

    def names() -> list[str]:
        return sorted({*vars(importlib.import_module(package)), *homes})

    return get, names, sorted(homes)
