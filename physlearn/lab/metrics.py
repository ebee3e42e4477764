"""metrics.jsonl: one JSON object per line, flushed, in the order of the steps."""

import json
import os
from pathlib import Path
from typing import Any

from physlearn.lab.files import naming, plain, write_atomically


class Metrics:
    """Appends to metrics.jsonl. The newest values stay at hand in `last`, the smallest errors so far in `best`."""

    def __init__(self, path: Path):
        self.path = path
        self.last: dict[str, Any] = {}
        self.best: dict[str, float] = {}
        self._file = path.open("ab", buffering=0)  # nothing is held back for close() to lose

    def write(self, values: dict[str, Any]) -> None:
        """Appends one line.

        Raises:
            OSError: naming the path, e.g. on a full disk.
        """
        line = encoded(values)
        with naming(self.path):
            while line:  # a disk that is nearly full takes a part
                line = line[self._file.write(line) :]
        self._remember(values)

    def sync(self) -> None:
        """Puts every line on the disk, before a checkpoint says that they are there."""
        os.fsync(self._file.fileno())

    def cut(self, step: int) -> None:
        """Drops every line after `step`, and a last line that a crash cut short."""
        kept = [line for line in read_metrics(self.path) if line["step"] <= step]
        self._file.close()
        write_atomically(self.path, b"".join(map(encoded, kept)))
        self._file = self.path.open("ab", buffering=0)
        for line in kept:
            self._remember(line)

    def _remember(self, values: dict[str, Any]) -> None:
        self.last |= {name: value for name, value in values.items() if value is not None}
        for name, value in values.items():
            if name.endswith("_error") and value is not None:
                self.best[name] = min(value, self.best.get(name, value))

    def close(self) -> None:
        self._file.close()


def encoded(values: dict[str, Any]) -> bytes:
    return (json.dumps(plain(values)) + "\n").encode()


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics.jsonl; a last line cut short by a crash is left out."""
    lines = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines
