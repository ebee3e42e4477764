"""The processes of torchrun but the first: they wait for a run, do their share of it, and write nothing."""

import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from omegaconf import DictConfig, OmegaConf

from physlearn import processes
from physlearn.lab import consent, signals
from physlearn.lab.bench import Bench, choose_device
from physlearn.lab.errors import EXIT, Diverged, Interrupted, UserError
from physlearn.lab.run_directory import as_dict
from physlearn.lab.run_one import load_task


class Follower(Bench):
    """A bench on which the same things happen in the same order, without a directory and without a word."""

    leads = False

    def __init__(self, config: DictConfig):
        self.device, self.dtype = choose_device(config.device), getattr(torch, config.precision)
        self.quiet, self.step, self.total, self.goes_on = True, 0, 0, False
        self.config = as_dict(config)
        self.begin_random(None)

    @property
    def directory(self) -> Path:
        raise RuntimeError("only the first process of a run has its directory")

    def restore(self) -> Any:
        """The state that the first process read from its checkpoint."""
        saved = processes.share()
        self.step, self.goes_on = (saved["step"], True) if saved else (0, False)
        self.begin_random(saved)
        return saved["state"] if saved else None

    def log(self, step: int, **values: Any) -> None:
        self.demand_finite(step, **values)

    def save(self, state: Any) -> None: ...

    def figure(self, name: str, drawn: tuple[Figure, dict[str, Any]]) -> None: ...

    def summary(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None: ...

    def say(self, text: str) -> None: ...

    def add_provenance(self, **facts: Any) -> None: ...

    def write_status(self) -> None: ...


def follow(arguments: Sequence[str]) -> int:
    """Waits for the first process to begin a run, and does this process's share. Returns the exit code."""
    try:
        processes.patience()
        agreed = consent.answer(arguments)
        config = processes.share() if agreed else None
        if config is None:  # there is none: a word of help, bad input, a run that was done already
            return EXIT["done" if agreed else "bad input"]
        signals.listen_as_worker()
        return work(OmegaConf.create(config))
    except processes.LostProcess as loss:
        print(f"physlearn: {loss} and stops; the run directory tells how the run ended", file=sys.stderr)
        return EXIT["failed"]
    except OSError:  # of the environment; the first process says it
        return EXIT["bad input"]


def work(config: DictConfig) -> int:
    """One run. Of what all processes meet alike the first one speaks."""
    torch.set_num_threads(config.threads)
    try:
        load_task(config.task.name)(config, Follower(config))
        return EXIT["done"]
    except Diverged:
        return EXIT["diverged"]
    except Interrupted as end:
        return 128 + end.signal
    except UserError:
        return EXIT["bad input"]
    except processes.LostProcess:
        raise
    except Exception:
        traceback.print_exc()
        return EXIT["failed"]
