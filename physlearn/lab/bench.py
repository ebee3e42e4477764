"""What a task is given: a place for its figures, its steps counted, saved and resumed, and a voice on the screen.

A task says what its state is and reads like a Methods section; everything that must survive is done here.
"""

import csv
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from physlearn.lab import signals
from physlearn.lab.checkpoints import checkpoint_path, keep_newest, newest_readable, write_checkpoint
from physlearn.lab.errors import Diverged, Interrupted
from physlearn.lab.files import plain, read_json, write_json
from physlearn.lab.metrics import Metrics
from physlearn.lab.progress import Bar

WIDTH = 140  # of a table in a log, where there is no terminal to ask
STATUS_EVERY = 1.0  # seconds between two updates of status.json, which a sweep's table is read from


class Bench:
    """One run: its directory, device and the state it resumes from.

    Attributes:
        directory: the run directory; everything a run writes lies in it.
        device, dtype: where the tensors live, from the config's `device` and `precision`.
    """

    def __init__(self, directory: Path, config: DictConfig, quiet: bool = False):
        self.directory, self.quiet = directory, quiet
        wanted = config.device
        self.device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted)
        self.dtype = getattr(torch, config.precision)
        self.metrics = Metrics(directory / "metrics.jsonl")
        self.checkpoints = directory / "checkpoints"
        self.step, self.total = 0, 0
        self.seconds_before, self.begun = 0.0, time.monotonic()
        self._bar: Bar | None = None
        self._status_at = 0.0

    # -- the run survives ---------------------------------------------------------------------------------------

    def restore(self) -> Any:
        """The state saved last, or None at the first start. metrics.jsonl is cut at its step."""
        saved = newest_readable(self.checkpoints)
        self.step = saved["step"] if saved else 0
        self.seconds_before = saved["seconds"] if saved else 0.0
        self.metrics.cut(self.step)
        return saved["state"] if saved else None

    def save(self, state: Any) -> None:
        """Writes a checkpoint of `state` after `self.step` finished steps and keeps the newest two."""
        self.checkpoints.mkdir(exist_ok=True)
        saved = {"step": self.step, "seconds": self.seconds, "state": state}
        write_checkpoint(checkpoint_path(self.checkpoints, self.step), saved)
        keep_newest(self.checkpoints)

    def steps(self, total: int, state: Callable[[], Any], every: int) -> Iterator[int]:
        """Counts the steps still to do, from where `restore` left off to `total`.

        After each one: a checkpoint of `state()` where it is due, and where a signal asked the run to stop,
        a checkpoint and the end. After the last one there is a checkpoint too: what follows can be done again.

        Raises:
            Interrupted: SIGTERM or SIGINT came; the step was finished and saved.
        """
        self.total = total
        self._bar = Bar(total, self.step, self.quiet)
        try:
            for step in range(self.step, total):
                yield step
                self.step = step + 1
                self._bar.move(self.step)
                self.write_status()
                if signals.received is not None or self.step % every == 0 or self.step == total:
                    self.save(state())
                if signals.received is not None:
                    raise Interrupted(self.step, signals.received)
        finally:
            self._bar.close()

    # -- what it tells ------------------------------------------------------------------------------------------

    def log(self, step: int, **figures: Any) -> None:
        """One line of metrics.jsonl and the figures beside the bar.

        Raises:
            Diverged: one of the figures is NaN or infinite; the line is not written.
        """
        figures = {name: plain_number(value) for name, value in figures.items()}
        if any(isinstance(value, float) and not math.isfinite(value) for value in figures.values()):
            raise Diverged(step)
        self.metrics.write({"step": step, **figures})
        if self._bar:
            self._bar.show(step, figures)

    def figure(self, name: str, drawn: tuple[Figure, dict[str, Any]]) -> None:
        """Saves figures/<name>.png and, beside it, the numbers it draws as figures/<name>.csv."""
        save_figure(self.directory / "figures", name, drawn)

    def summary(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """The table that ends a run: on the screen, in summary.json and at the head of the report."""
        rows = [list(row) for row in rows]
        write_json(self.directory / "summary.json", {"title": title, "columns": list(columns), "rows": rows})
        if not self.quiet:
            print_table(title, columns, rows)

    def say(self, text: str) -> None:
        """A sentence for the person at the screen; kept in notes.txt for the report."""
        with (self.directory / "notes.txt").open("a") as file:
            file.write(text + "\n")
        if not self.quiet:
            Console(highlight=False).print(text, soft_wrap=True, markup=False)

    def add_provenance(self, **facts: Any) -> None:
        path = self.directory / "provenance.json"
        write_json(path, read_json(path) | facts)

    @property
    def seconds(self) -> float:
        """Wall time of this run, the parts before a resume counted in."""
        return self.seconds_before + time.monotonic() - self.begun

    def write_status(self) -> None:
        """Keeps status.json fresh for whoever watches, at most once a second."""
        if time.monotonic() - self._status_at < STATUS_EVERY:
            return
        self._status_at = time.monotonic()
        left = self._bar.left(self.step) if self._bar else None
        figures = {"step": self.step, "total": self.total, "seconds_left": left, "figures": self.metrics.last}
        write_json(self.directory / "status.json", {"state": "running", **figures})


def plain_number(value: Any) -> Any:
    return (
        plain(value.tolist())
        if isinstance(value, torch.Tensor) and value.ndim
        else getattr(value, "item", lambda: value)()
    )


def save_figure(folder: Path, name: str, drawn: tuple[Figure, dict[str, Any]]) -> None:
    """A figure as <name>.png and its table as <name>.csv; a shorter column ends in empty cells."""
    picture, table = drawn
    folder.mkdir(parents=True, exist_ok=True)
    picture.savefig(folder / f"{name}.png", dpi=160)
    columns = [plain(list(column)) for column in table.values()]
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        for row in range(max((len(column) for column in columns), default=0)):
            writer.writerow([column[row] if row < len(column) else "" for column in columns])


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", min_width=6)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    screen = Console(highlight=False)
    Console(highlight=False, width=max(screen.width, WIDTH) if not screen.is_terminal else None).print(table)
