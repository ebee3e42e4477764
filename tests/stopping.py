"""A task run within the test's own process, and stopped after a checkpoint as if the process had ended there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from physlearn.lab.bench import Bench
from physlearn.lab.check import check
from physlearn.lab.config import compose, own_part
from physlearn.lab.files import plain
from physlearn.lab.run_directory import as_dict
from physlearn.lab.run_one import prepare
from physlearn.tasks.setup.rules import rules


class Stopped(Exception):
    """The process would have ended here."""


class Stopping(Bench):
    """A bench that ends after a checkpoint at step `stop`."""

    stop: int | None = None

    def save(self, state: Any) -> None:
        super().save(state)
        if self.step == self.stop:
            raise Stopped


def checked(*words: str) -> DictConfig:
    """The config of these words, its values checked as the front door does."""
    config = own_part(compose(list(words)))
    check(as_dict(config), rules(config.task.name))
    return config


def run_task(task: Callable, directory: Path, config: DictConfig, stop: int | None = None) -> dict[str, Any]:
    """Begins a run in a directory or goes on with it; its result as JSON would have it, and the lines it logged."""
    directory.mkdir(exist_ok=True)
    bench = Stopping(directory, config, quiet=True)
    bench.stop = stop
    if not bench.goes_on:
        prepare(bench, config, [])
    try:
        result = json.loads(json.dumps(plain(task(config, bench))))
    finally:
        bench.metrics.close()
    return result | {"metrics.jsonl": (directory / "metrics.jsonl").read_text()}
