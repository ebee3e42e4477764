"""The progress of one run on the screen: a bar, the values that matter, the time left."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from physlearn.lab.shown import shown

AS_IT_IS = {"highlight": False, "markup": False, "emoji": False}  # of a Console that prints what was typed: [csv] too


def counted(number: int, thing: str) -> str:
    """`1 job`, `2 jobs`, `12,000 jobs`."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def line(values: dict[str, Any]) -> str:
    """The values that matter, in the field's symbols: errors in percent, the rest to three digits."""
    parts = []
    for name, entry in shown().items():
        value = values.get(name)
        if entry.symbol and isinstance(value, int | float):
            parts.append(f"{entry.symbol} {percent(value) if entry.unit == '%' else f'{value:.3g}'}")
    return "  ".join(parts)


class Bar:
    """A rich progress bar on a terminal; elsewhere a line now and then, so that a log stays short."""

    def __init__(self, total: int, first: int, quiet: bool):
        self.total, self.quiet = total, quiet
        self.begun = self.said = self.moved = time.monotonic()
        self.first = first
        self.console = Console(file=sys.stdout)
        self.live = None
        if not quiet and self.console.is_terminal:
            columns = (BarColumn(30), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
            columns += (TextColumn("{task.fields[values]}"), TimeElapsedColumn())
            self.live = Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=self.console)
            self.task = self.live.add_task("", total=total, completed=first, values="", pace="")
            self.live.start()

    def move(self, step: int) -> None:
        """Moves the bar on, at most ten times per second: steps may be shorter than a drawing."""
        if self.live and (step == self.total or time.monotonic() - self.moved > 0.1):
            self.moved = time.monotonic()
            self.live.update(self.task, completed=step, pace=self.pace(step))

    def show(self, step: int, values: dict[str, Any]) -> None:
        if self.live:
            self.live.update(self.task, completed=step, values=line(values))
        elif not self.quiet and time.monotonic() - self.said > 10:
            self.said = time.monotonic()
            print(
                f"step {step}/{self.total}  {line(values)}  {self.pace(step)}  {self.left(step):.0f} s left",
                flush=True,
            )

    def left(self, step: int) -> float:
        """Seconds left at the pace so far."""
        return self.seconds_per_step(step) * (self.total - step)

    def pace(self, step: int) -> str:
        """Steps per second so far, to three digits; seconds per step where a step takes longer than one."""
        each = self.seconds_per_step(step)
        return "" if each <= 0 else f"{1 / each:.3g} steps per second" if each < 1 else f"{each:.3g} s per step"

    def seconds_per_step(self, step: int) -> float:
        return (time.monotonic() - self.begun) / max(1, step - self.first)

    def close(self) -> None:
        if self.live:
            self.live.stop()
            self.live = None
