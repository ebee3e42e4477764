"""What the keys of task=export may hold."""

from physlearn.ranges import Rule
from physlearn.tasks.compare.rules import RULES as RUNS

FORMATS = ("csv", "safetensors", "arviz", "tensorboard")
FOLDER = "exported"  # in the run directory
WRITES = (FOLDER,)


def _formats(value: object) -> bool:
    entries = value if isinstance(value, list) else [value]
    return bool(entries) and all(entry in FORMATS for entry in entries)


RULES = {**RUNS, "to": Rule(_formats, f"one of {', '.join(FORMATS)}, or a list of them", "[csv,arviz]")}
