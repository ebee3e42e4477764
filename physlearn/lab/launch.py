"""Claims a directory for a run or a sweep, hands it to Hydra, and reads from the files how it ended."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from physlearn.lab import conduct, signals
from physlearn.lab.claim import FINAL, new_directory, refuse_other_config, state_of
from physlearn.lab.config import Plan, as_dict, fingerprint
from physlearn.lab.errors import EXIT, UserError
from physlearn.lab.files import read_json
from physlearn.lab.watch import Watch

OUTPUTS = Path("outputs")


def single(plan: Plan, hydra_main: Callable[[list[str]], None]) -> int:
    """One run, in a new directory or in the one that `hydra.run.dir=` names."""
    config = plan.jobs[0]
    given = [word for word in plan.arguments if word.startswith("hydra.run.dir=")]
    if given:
        directory = Path(str(plan.hydra.run.dir))
        if state_of(directory) not in FINAL:
            refuse_other_config(directory, as_dict(config))
    else:
        directory = new_directory(OUTPUTS / config.task.name, fingerprint(plan.jobs))
    arguments = [word for word in plan.arguments if not word.startswith("hydra.run.dir=")]
    hydra_main([*arguments, f"threads={config.threads}", f"hydra.run.dir={quoted(directory)}"])
    return closing_line()


def resume(directory: Path) -> int:
    """Goes on with the run in a directory, with the config it was started with."""
    path = directory / "config.yaml"
    if not path.exists():
        raise UserError(
            f"resume={directory}: no run lies there (no config.yaml). Give a folder such as outputs/train/<run>"
        )
    config = OmegaConf.load(path)
    if not isinstance(config, DictConfig):
        raise UserError(f"resume={directory}: {path} holds no config")
    typed = directory / "overrides.txt"
    conduct.run_in(directory, config, typed.read_text().split("\n")[:-1] if typed.exists() else [])
    return closing_line()


def closing_line() -> int:
    """Says how the run of this process ended and returns its exit code."""
    code, message = conduct.outcome.get("code", EXIT["failed"]), conduct.outcome.get("message")
    if message:
        print(f"physlearn: {message}", file=sys.stdout if code == EXIT["done"] else sys.stderr)
    return code


def quoted(path: Path) -> str:
    """A path as a Hydra value: quoted, since it may hold '=' or spaces."""
    return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"


def sweep(plan: Plan, hydra_main: Callable[[list[str]], None]) -> int:
    """All jobs of a sweep, each in its own directory below the sweep's."""
    given = [word for word in plan.arguments if word.startswith("hydra.sweep.dir=")]
    directory = Path(str(plan.hydra.sweep.dir)) if given else new_directory(OUTPUTS / "sweeps", fingerprint(plan.jobs))
    jobs = [directory / str(number) for number in range(len(plan.jobs))]
    for job, config in zip(jobs, plan.jobs, strict=True):
        refuse_other_config(job, as_dict(config))
    arguments = [word for word in plan.arguments if not word.startswith("hydra.sweep.dir=")]
    print(f"{len(jobs)} jobs in {directory}; stopped half-way, the same words and hydra.sweep.dir={directory} go on")
    signals.listen()
    with Watch(jobs, [" ".join(words) for words in plan.typed]):
        hydra_main([*arguments, f"hydra.sweep.dir={quoted(directory)}"])
    importlib.import_module("physlearn.tasks.compare").compare([directory], directory)
    states = [state_of(job) or "not begun" for job in jobs]
    print(f"{directory}: " + ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    for job, state in zip(jobs, states, strict=True):
        if state == "failed":
            print(f"job {job.name} failed: {read_json(job / 'status.json').get('message')}", file=sys.stderr)
    if signals.received is not None:
        return 128 + signals.received
    return EXIT["done"] if all(state in FINAL for state in states) else EXIT["failed"]
