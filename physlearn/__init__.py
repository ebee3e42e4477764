"""physlearn: a laboratory for the statistical physics of learning."""

from typing import Any

__version__ = "0.2.0"
__all__ = ["__version__", "load"]


def __getattr__(name: str) -> Any:
    """`physlearn.load`, imported when it is first used: it needs torch, and `import physlearn` does not."""
    if name == "load":
        from physlearn.tasks.setup.runs import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
