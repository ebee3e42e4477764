"""metrics.jsonl: one JSON object a line, flushed, in the order of the steps."""

import json
from pathlib import Path
from typing import Any

from physlearn.lab.files import plain, write_atomically


class Metrics:
    """Appends to metrics.jsonl. The newest finite figures stay at hand in `last`."""

    def __init__(self, path: Path):
        self.path = path
        self.last: dict[str, Any] = {}
        self._file = path.open("a")

    def write(self, figures: dict[str, Any]) -> None:
        figures = plain(figures)
        self._file.write(json.dumps(figures) + "\n")
        self._file.flush()
        self.last |= {name: value for name, value in figures.items() if value is not None}

    def cut(self, step: int) -> None:
        """Drops every line after `step`, and a last line that a crash cut short."""
        kept = [line for line in read_metrics(self.path) if line["step"] <= step]
        self._file.close()
        write_atomically(self.path, "".join(json.dumps(line) + "\n" for line in kept).encode())
        self._file = self.path.open("a")
        for line in kept:
            self.last |= {name: value for name, value in line.items() if value is not None}

    def close(self) -> None:
        self._file.close()


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics.jsonl; a last line cut short by a crash is left out."""
    lines = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines
