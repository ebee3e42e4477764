"""task=runs: what lies in outputs/, newest first. No run itself: it writes outputs/index.html alone. No torch here."""

import os
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from physlearn.lab.files import read_json
from physlearn.lab.run_directory import CONFIG, state_of
from physlearn.lab.shown import Shown, headline_of, shown

TASK = re.compile(r"^task:\n(?:  .*\n)*?  name: (\w+)$", re.MULTILINE)  # parsing 1,000 YAML files takes seconds
BELOW = ("checkpoints", "figures", "exported")  # hold no runs
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (0, "s"))


@dataclass(frozen=True)
class Entry:
    """One run directory, as its files tell it."""

    directory: Path
    task: str
    state: str
    typed: str
    headline: str
    size: int
    changed: float

    @property
    def age(self) -> str:
        """`3 min`, `5 h`, `2 d` since it was last written to."""
        seconds = max(0.0, time.time() - self.changed)
        each, unit = next((each, unit) for each, unit in UNITS if seconds >= each)
        return f"{seconds / (each or 1):.0f} {unit}"

    def row(self, root: Path) -> tuple[str, ...]:
        name = str(self.directory.relative_to(root))
        return name, self.task, self.state, self.age, megabytes(self.size), self.headline, self.typed


COLUMNS = ("run", "task", "state", "age", "size", "result", "typed")


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def directories(root: Path) -> Iterator[Path]:
    """The run directories below a folder: those that hold a config.yaml."""
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in BELOW and not name.startswith(".")]
        if CONFIG in files:
            yield Path(place)


def entries(root: Path, words: list[str]) -> list[Entry]:
    """The runs below a folder that hold all the words in their path, their state or what was typed; newest first."""
    by_task: dict[str, dict[str, Shown]] = {}
    found = []
    for directory in directories(root):
        entry = read(directory, by_task)
        text = f"{directory} {entry.task} {entry.state} {entry.typed}".lower()
        if all(word.lower() in text for word in words):
            found.append(entry)
    return sorted(found, key=lambda entry: -entry.changed)


def read(directory: Path, by_task: dict[str, dict[str, Shown]]) -> Entry:
    """What the files of a run say; what cannot be read is left empty, the list is for damaged runs too."""
    match = TASK.search((directory / CONFIG).read_text(errors="replace"))
    task = match[1] if match else "?"
    if task not in by_task:
        by_task[task] = shown((task,))
    typed = directory / "overrides.txt"
    words = typed.read_text(errors="replace").splitlines() if typed.exists() else []
    size, changed = size_and_time(directory)
    state = state_of(directory) or "interrupted"
    headline = " ".join(headline_of(read_json(directory / "result.json"), by_task[task]))
    return Entry(directory, task, state, shlex.join(words), headline, size, changed)


def size_and_time(directory: Path) -> tuple[int, float]:
    """Bytes of all files in a run directory, and when the last of them was written."""
    size, changed = 0, 0.0
    with os.scandir(directory) as here:
        for entry in here:
            if entry.is_dir(follow_symlinks=False):
                if entry.name in BELOW:
                    more, at = size_and_time(Path(entry.path))
                    size, changed = size + more, max(changed, at)
            else:
                facts = entry.stat(follow_symlinks=False)
                size, changed = size + facts.st_size, max(changed, facts.st_mtime)
    return size, changed
