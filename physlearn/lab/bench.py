"""What a task is given: a place for its figures, its steps counted, saved and resumed, and a voice on the screen.

A task says what its state is and reads like a Methods section; everything that must survive is done here.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from omegaconf import DictConfig
from rich.console import Console

from physlearn import processes
from physlearn.lab import signals
from physlearn.lab.checkpoints import checkpoint_path, keep_newest, newest_readable, write_checkpoint
from physlearn.lab.due import Due
from physlearn.lab.errors import Diverged, Interrupted, Refused, UserError
from physlearn.lab.files import discard_parts, plain, read_json, write_json
from physlearn.lab.metrics import Metrics
from physlearn.lab.present import print_table, save_figure
from physlearn.lab.progress import AS_IT_IS, Bar
from physlearn.lab.run_directory import CONFIG, as_dict, differences
from physlearn.randomness import global_state, seed_everywhere, set_global_state
from physlearn.streams import stream_seed

STATUS_EVERY = 1.0  # seconds between two updates of status.json, which a sweep's table is read from


class Bench:
    """One run: its directory, device and the state it resumes from.

    Attributes:
        directory: the run directory; everything a run writes lies in it.
        device, dtype: where the tensors live, from the config's `device` and `precision`.
        goes_on: there is a checkpoint to go on from.
        leads: this process writes and prints; the others under torchrun (see follower.py) do not.

    Raises:
        UserError: the device is not there.
        Refused: no checkpoint of the run can be read, it was begun on another kind of device or with another config.
            Nothing is changed.
    """

    leads = True
    clock = staticmethod(time.monotonic)  # by which checkpoints are due

    def __init__(self, directory: Path, config: DictConfig, quiet: bool = False):
        self.directory, self.quiet, self.config = directory, quiet, as_dict(config)
        self.device, self.dtype = choose_device(config.device), getattr(torch, config.precision)
        self.begin_random(None)  # for what is drawn while data and network are made
        self.checkpoints = directory / "checkpoints"
        self._saved = newest_readable(self.checkpoints)
        self.goes_on = self._saved is not None
        if self.goes_on and self._saved["device"] != self.device.type:
            begun, here = self._saved["device"], self.device.type
            raise Refused(f"{directory} was begun on {begun}, whose random numbers {here} cannot go on with")
        if self.goes_on and (changed := differences(self._saved.get("config", self.config), self.config)):
            raise Refused(
                f"{directory / CONFIG} is not what the checkpoints were made with: {'; '.join(changed)}. "
                "Put it back, or begin a run of its own"
            )
        self.metrics = Metrics(directory / "metrics.jsonl")
        self.step, self.total = 0, 0
        self.seconds_before, self.begun = 0.0, time.monotonic()
        self._bar: Bar | None = None
        self._status_at = 0.0

    # -- the run survives ---------------------------------------------------------------------------------------

    def restore(self) -> Any:
        """The state saved last, or None at the first start. metrics.jsonl is cut at its step."""
        processes.share(self._saved)
        discard_parts(self.directory)
        discard_parts(self.checkpoints)
        saved, self._saved = self._saved, None
        self.step = saved["step"] if saved else 0
        self.seconds_before = saved["seconds"] if saved else 0.0
        self.metrics.cut(self.step)
        self.begin_random(saved)
        if saved and not self.quiet:
            Console(**AS_IT_IS).print(f"Goes on from step {self.step:,}, which was saved.")
        return saved["state"] if saved else None

    def begin_random(self, saved: dict[str, Any] | None) -> None:
        """Torch's global generators at the run's seed, or where they were when it was saved."""
        seed_everywhere(stream_seed(self.config["seed"], "global"))
        if saved and "random" in saved:
            set_global_state(saved["random"], self.device)

    def save(self, state: Any) -> None:
        """Writes a checkpoint of `state` after `self.step` finished steps and keeps the newest two."""
        self.checkpoints.mkdir(exist_ok=True)
        self.metrics.sync()
        saved = {"step": self.step, "seconds": self.seconds, "device": self.device.type, "config": self.config}
        saved["random"] = global_state(self.device)
        saved["state"] = state
        write_checkpoint(checkpoint_path(self.checkpoints, self.step), saved)
        keep_newest(self.checkpoints)

    def steps(self, total: int, state: Callable[[], Any], every: int) -> Iterator[int]:
        """Counts the steps still to do, from where `restore` left off to `total`.

        After each one: a checkpoint of `state()` where it is due, every so many steps or by the clock (see due.py),
        and where a signal asked the run to stop, a checkpoint and the end. After the last one there is a checkpoint
        too: what follows can be done again. Under torchrun all processes take the same steps, a signal to one of them
        stops all, and the clock of the first one counts: `state()` may call all of them together.

        Raises:
            Interrupted: SIGTERM or SIGINT came; the step was finished and saved.
        """
        self.total = total
        due = Due(every, self.clock)
        self._bar = Bar(total, self.step, self.quiet)
        try:
            for step in range(self.step, total):
                yield step
                self.step = step + 1
                self._bar.move(self.step)
                self.write_status()
                signal, late = processes.largest(signals.received or 0, int(self.leads and due.by_clock()))
                if signal or late or due.by_step(self.step, total):
                    due.write(lambda: self.save(state()))
                if signal:
                    raise Interrupted(self.step, signal)
        finally:
            self._bar.close()

    # -- what it tells ------------------------------------------------------------------------------------------

    def log(self, step: int, **values: Any) -> None:
        """One line of metrics.jsonl and the values beside the bar: numbers, lists of them, texts, None.

        Raises:
            Diverged: one of the values is NaN or infinite; the line is not written.
        """
        values = {name: plain_number(value) for name, value in values.items()}
        self.demand_finite(step, **values)
        self.metrics.write({"step": step, **values})
        if self._bar:
            self._bar.show(step, values)

    def demand_finite(self, step: int, **values: Any) -> None:
        """Raises Diverged where one of the values is NaN or infinite: for a task whose last steps no line covers."""
        if not all(is_finite(plain_number(value)) for value in values.values()):
            raise Diverged(step)

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
        """A sentence for the person at the screen; kept, once, in notes.txt for the report."""
        notes = self.directory / "notes.txt"
        with notes.open("a+") as file:
            file.seek(0)
            if text not in file.read().splitlines():
                file.write(text + "\n")
        if not self.quiet:
            Console(**AS_IT_IS).print(text, soft_wrap=True)

    def add_provenance(self, **facts: Any) -> None:
        """Facts for provenance.json, such as the checksum of the data.

        Raises:
            UserError: the run goes on from a checkpoint, and began with other facts.
        """
        path, facts = self.directory / "provenance.json", plain(facts)
        known = read_json(path)
        for name, fact in facts.items():
            if self.goes_on and known.get(name, fact) != fact:
                raise UserError(f"{name}: {self.directory} was begun with {known[name]}, here is {fact}")
        write_json(path, known | facts)

    @property
    def seconds(self) -> float:
        """Wall time of this run, the parts before a resume counted in."""
        return self.seconds_before + time.monotonic() - self.begun

    def write_status(self) -> None:
        """Keeps status.json fresh for whoever watches, at most once per second."""
        if time.monotonic() - self._status_at < STATUS_EVERY:
            return
        self._status_at = time.monotonic()
        left = self._bar.left(self.step) if self._bar else None
        seen = {"values": self.metrics.last, "best": self.metrics.best}
        progress = {"step": self.step, "total": self.total, "seconds_left": left}
        write_json(self.directory / "status.json", {"state": "running", **progress, **seen})


def choose_device(wanted: str) -> torch.device:
    """`auto` is the GPU where there is one.

    Raises:
        UserError: cuda is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if wanted == "auto":
        wanted = "cuda" if there else "cpu"
    if wanted == "cuda" and not there:
        raise UserError("device=cuda is not allowed: torch finds no GPU on this machine. Type e.g. device=cpu")
    if wanted == "cuda":
        processes.own_gpu()
    return torch.device(wanted)


def plain_number(value: Any) -> Any:
    """A tensor or array as Python's own numbers."""
    return value.tolist() if hasattr(value, "tolist") else value


def is_finite(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
