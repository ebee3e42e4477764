"""Small files, written so that a reader never sees half of one."""

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Lets an OSError say which file could not be written."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"could not write {path}: {error.strerror}") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Writes beside the target, fsyncs, renames: after a crash there is the old file or the new one.

    Raises:
        OSError: naming the path, e.g. on a full disk; the old file is whole and the half-written one is gone.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with naming(path):
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def discard_parts(folder: Path) -> None:
    """Removes what a process that was killed while it wrote has left in a folder."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    write_atomically(path, (json.dumps(plain(values), indent=2) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; {} where there is none or it cannot be read."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def plain(value: Any) -> Any:
    """JSON's own types: arrays and tensors become lists, numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if hasattr(value, "tolist"):  # NumPy and torch, scalars and arrays
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
