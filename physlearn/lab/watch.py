"""What a sweep shows while it runs: one line a job with state, time left and best figures, read from the files."""

import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from physlearn.lab.files import read_json
from physlearn.lab.progress import line

PAUSE = 1.0  # seconds between two looks at the files


class Watch:
    """A thread of the sweep's parent process that reads each job's status.json; a context manager.

    On a terminal it keeps a table alive; elsewhere it prints a line when a job ends.
    """

    def __init__(self, jobs: list[Path], names: list[str]):
        self.jobs, self.names = jobs, names
        self.console = Console(highlight=False)
        self.ended: set[Path] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watch":
        for job in self.jobs:
            if read_json(job / "status.json").get("state") in ("done", "diverged"):
                self.ended.add(job)
                self.console.print(
                    f"job {job.name}: {self.names[self.jobs.index(job)]}: finished before, skipped",
                    markup=False,
                    soft_wrap=True,
                )
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        if not self.console.is_terminal:
            while not self._stop.wait(PAUSE):
                self._say_ended()
            self._say_ended()
            return
        with Live(self._table(), console=self.console, refresh_per_second=2) as live:
            while not self._stop.wait(PAUSE):
                live.update(self._table())
            live.update(self._table())

    def _say_ended(self) -> None:
        for job, name in zip(self.jobs, self.names, strict=True):
            status = read_json(job / "status.json")
            if job not in self.ended and status.get("state") not in (None, "running"):
                self.ended.add(job)
                self.console.print(
                    f"job {job.name}: {name}: {status['state']}  {headline(job, status)}", markup=False, soft_wrap=True
                )

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 1))
        for column in ("job", "what", "state", "left", "figures"):
            table.add_column(column, no_wrap=True)
        for job, name in zip(self.jobs, self.names, strict=True):
            status = read_json(job / "status.json")
            state = status.get("state", "waiting")
            left = status.get("seconds_left") if state == "running" else None
            table.add_row(job.name, name, state, clock(left), headline(job, status))
        return table


def headline(job: Path, status: dict[str, Any]) -> str:
    """The figures of a job that matter: the results where it is done, else the newest of the run."""
    if status.get("state") == "done":
        result = read_json(job / "result.json")
        shown = {name: result.get(name) for name in ("validation_error", "energy") if result.get(name) is not None}
        return f"{line(shown)}  {result.get('seconds', 0):.0f} s"
    if status.get("state") in ("failed", "diverged"):
        return str(status.get("message") or "")
    return line(status.get("figures") or {})


def clock(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%H:%M:%S", time.gmtime(seconds))
