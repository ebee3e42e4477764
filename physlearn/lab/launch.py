"""Makes the directory of a run or a sweep, runs it there (a sweep through Hydra) and reads off how it ended."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import shorten

from omegaconf import DictConfig

from physlearn.lab import plugin_use, plugins, run_one, signals
from physlearn.lab.config import Plan, fingerprint, quoted
from physlearn.lab.contents import refuse_foreign_run, refuse_foreign_sweep
from physlearn.lab.errors import EXIT, UserError
from physlearn.lab.files import read_json
from physlearn.lab.progress import counted
from physlearn.lab.run_directory import (
    FINAL,
    as_dict,
    lock,
    make_directory,
    new_directory,
    read_config,
    refuse_older_unfinished,
    refuse_other_config,
    state_of,
)
from physlearn.lab.shown import after_sweep
from physlearn.lab.watch import Watch

OUTPUTS = Path("outputs")

HydraMain = Callable[[list[str]], None]
Writes = Callable[[str], Iterable[str]]  # task -> names of what it writes beside what every run does


def single(plan: Plan, writes: Writes) -> int:
    """One run, in a new directory or in the one that `hydra.run.dir=` names. Hydra has composed it and does no more.

    `writes` tells the names of its task's own files.
    """
    config = plan.jobs[0]
    directory, _ = choose(plan, "hydra.run.dir", OUTPUTS / config.task.name)
    refuse_foreign_run(directory, writes(config.task.name))
    refuse_other_config(directory, as_dict(config))
    typed = [word for word in plan.typed[0] if not word.startswith(("hydra.", "hydra/"))]
    run_one.run_in(directory.absolute(), config, typed)
    return closing_line()


def config_of(directory: Path) -> DictConfig:
    """The config of the run that `resume=` names.

    Raises:
        UserError: no run lies there, or it was made with a plugin that is not named.
        Refused: an older version wrote its config, and it is not finished.
    """
    if not (directory / "config.yaml").exists():
        hint = "Give a folder such as outputs/<task>/<run>"
        if (directory / "0").is_dir():
            hint = f"For a sweep repeat its command with {plugins.words()}hydra.sweep.dir={directory}"
        raise UserError(f"resume={directory}: no run lies there (no config.yaml). {hint}")
    refuse_older_unfinished(directory)
    plugin_use.refuse_missing(directory, f"resume={directory}")
    return read_config(directory)


def resume(directory: Path, config: DictConfig) -> int:
    """Goes on with the run in a directory, with the config it was started with."""
    run_one.run_in(directory, config, typed_for(directory))
    return closing_line()


def typed_for(directory: Path) -> list[str]:
    """What was typed for the run in a directory, but for the names of plugins."""
    typed = directory / "overrides.txt"
    words = typed.read_text().splitlines() if typed.exists() else []
    return [word for word in words if not word.startswith(plugins.FLAG)]


def choose(plan: Plan, key: str, parent: Path) -> tuple[Path, list[str]]:
    """The directory that `key` names, else a new one below `parent`; and the arguments that make Hydra use it."""
    rest = [word for word in plan.arguments if not word.startswith(f"{key}=")]
    if len(rest) == len(plan.arguments):
        directory = new_directory(parent, fingerprint(plan.jobs))
    else:
        directory = Path(str(plan.hydra.run.dir if key == "hydra.run.dir" else plan.hydra.sweep.dir))
        make_directory(directory)
    return directory, [*rest, f"{key}={quoted(directory)}"]


def closing_line() -> int:
    """Says how the run of this process ended and returns its exit code."""
    code, message = run_one.outcome.get("code", EXIT["failed"]), run_one.outcome.get("message")
    if message:
        print(f"physlearn: {message}", file=sys.stdout if code == EXIT["done"] else sys.stderr)
    if report := run_one.outcome.get("report"):
        print(f"Results: {report}")
    return code


def sweep(plan: Plan, hydra_main: HydraMain, writes: Writes) -> int:
    """All jobs of a sweep, each in its own directory below the sweep's."""
    directory, arguments = choose(plan, "hydra.sweep.dir", OUTPUTS / "sweeps")
    jobs = [directory / str(number) for number in range(len(plan.jobs))]
    refuse_foreign_sweep(directory)
    for job, config in zip(jobs, plan.jobs, strict=True):
        refuse_foreign_run(job, writes(config.task.name))
    with lock(directory):
        for job, config in zip(jobs, plan.jobs, strict=True):
            refuse_other_config(job, as_dict(config))
        again = f"to resume, repeat this command with {plugins.words()}hydra.sweep.dir={directory}"
        print(f"{counted(len(jobs), 'job')} in {directory}; {again}")
        defect = None
        with Watch(jobs, [" ".join(words) for words in plan.typed]):
            try:
                if signals.received is None:
                    hydra_main(arguments)
            except Exception as launcher:  # jobs do not raise: a worker was killed, or none could begin
                defect = f"{type(launcher).__name__}: {shorten(str(launcher), 160)}"
                print(f"physlearn: the launcher stopped: {defect}", file=sys.stderr)
        if any((job / "config.yaml").exists() for job in jobs):
            after_sweep(directory)
    return closing_lines(directory, jobs, whole=defect is None)


def closing_lines(directory: Path, jobs: list[Path], whole: bool) -> int:
    """Says how the jobs of a sweep ended and returns the exit code of the whole.

    0: all are done or diverged, which is a result too and is counted in the table. 1: one failed or was not begun.
    """
    states = [state_of(job) or "not begun" for job in jobs]
    print(f"{directory}: " + ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    for job, state in zip(jobs, states, strict=True):
        if state == "failed":
            print(f"job {job.name} failed: {read_json(job / 'status.json').get('message')}", file=sys.stderr)
    ended = whole and all(state in FINAL for state in states)
    if ended and "diverged" in states:
        print(f"{counted(states.count('diverged'), 'job')} diverged: no failure, so the exit code is 0")
    if signals.received is not None:
        return 128 + signals.received
    return EXIT["done"] if ended else EXIT["failed"]
