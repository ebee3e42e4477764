"""What a sweep shows while it runs: one line per job with state, time left and best values, read from the files."""

import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from physlearn.lab import signals
from physlearn.lab.files import read_json
from physlearn.lab.progress import AS_IT_IS, line, percent
from physlearn.lab.run_directory import FINAL, state_of
from physlearn.lab.shown import shown

PAUSE = 1.0  # seconds between two looks at the files
RANK = {"running": 0, "failed": 1, "diverged": 2, "interrupted": 3, "done": 4, "waiting": 5}


class Watch:
    """A thread of the sweep's parent process that reads each job's status.json; a context manager.

    On a terminal it keeps a table alive; elsewhere it prints a line when a job ends.
    """

    def __init__(self, jobs: list[Path], names: list[str]):
        self.jobs, self.names = jobs, names
        self.console = Console(**AS_IT_IS)
        self.told = {job: changed(job) for job in jobs}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watch":
        for job, name in zip(self.jobs, self.names, strict=True):
            if state_of(job) in FINAL:
                self._say(job, name, "finished before, skipped")
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        alive = self.console.is_terminal
        with Live(self._table(), console=self.console, refresh_per_second=2) if alive else nullcontext() as live:
            look = (lambda: live.update(self._table())) if alive else self._say_ended
            while not self._stop.wait(PAUSE):
                signals.pass_on()  # workers that were begun after the signal
                look()
            look()

    def _say_ended(self) -> None:
        for job, name in zip(self.jobs, self.names, strict=True):
            state = state_of(job)
            if changed(job) != self.told[job] and state not in (None, "running"):
                self.told[job] = changed(job)
                self._say(job, name, f"{state}  {headline(job, state)}")

    def _say(self, job: Path, name: str, what: str) -> None:
        self.console.print(f"job {job.name}: {name}: {what}", soft_wrap=True)

    def _table(self) -> Table:
        """One line per job; where there are more than the screen holds, those that say most and a count of the rest."""
        table = Table(box=None, padding=(0, 1))
        for column in ("job", "what", "state", "left", "values"):
            table.add_column(column, no_wrap=True)
        states = [state_of(job) or "waiting" for job in self.jobs]
        order = sorted(range(len(states)), key=lambda i: RANK.get(states[i], 0))
        room = max(1, self.console.height - 4)
        for i in sorted(order[:room]):
            left = read_json(self.jobs[i] / "status.json").get("seconds_left") if states[i] == "running" else None
            table.add_row(self.jobs[i].name, self.names[i], states[i], clock(left), headline(self.jobs[i], states[i]))
        if rest := [states[i] for i in order[room:]]:
            table.add_row("", ", ".join(f"{rest.count(state)} more {state}" for state in dict.fromkeys(rest)))
        return table


def changed(job: Path) -> int | None:
    """When a job last told its state, in nanoseconds."""
    path = job / "status.json"
    return path.stat().st_mtime_ns if path.exists() else None


def headline(job: Path, state: str) -> str:
    """The values of a job that matter: the results where it is done, else the newest of the run and the best error."""
    status = read_json(job / "status.json")
    if state == "done":
        result = read_json(job / "result.json")
        told = {name: result.get(name) for name, entry in shown().items() if entry.headline}
        return f"{line(told)}  {result.get('seconds', 0):.0f} s"
    if state != "running":
        return str(status.get("message") or "")
    best = min(status.get("best", {}).values(), default=None)
    return line(status.get("values") or {}) + ("" if best is None else f"  best {percent(best)}")


def clock(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%H:%M:%S", time.gmtime(seconds))
