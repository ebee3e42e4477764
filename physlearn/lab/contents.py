"""What may lie in a directory where a run or a sweep is to be written: what such a one writes itself, or nothing.

A folder of somebody's own may hold a result.json or a report.html too; neither is written over.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from physlearn.lab.errors import Refused
from physlearn.lab.run_directory import CONFIG, LOCK

COMPARISON = ("comparison.csv", "comparison.md", "figures", "report.html")
AT_START = (LOCK, "metrics.jsonl", "overrides.txt", "provenance.json", "status.json")  # may stand before config.yaml
RUN = (*AT_START, CONFIG, "notes.txt", "summary.json", "result.json", "checkpoints", *COMPARISON)
SWEEP = (LOCK, "multirun.yaml", ".submitit", *COMPARISON)  # and the jobs: 0, 1, ...
PART = re.compile(r"\..+\.\d+\.part")  # what a process that was killed while it wrote leaves (see files.py)
SHOWN = 3  # names in a message


def refuse_foreign_run(directory: Path, own: Iterable[str] = ()) -> None:
    """Refuses a directory that a run has not written.

    A start that was killed leaves a lock and at most the files of `AT_START`, nothing in metrics.jsonl; those are let
    be written over.

    Args:
        directory: may be absent.
        own: names of the task's own files.

    Raises:
        Refused: there are other names, or such names without the config of a run.
    """
    names = names_in(directory)
    refuse(directory, names - {*RUN, *own}, "which no run writes")
    if CONFIG not in names:
        measured = (directory / "metrics.jsonl").exists() and (directory / "metrics.jsonl").stat().st_size > 0
        begun = LOCK in names and not measured
        refuse(directory, names - {LOCK, *(AT_START if begun else ())}, "without the config.yaml of a run")


def refuse_foreign_sweep(directory: Path) -> None:
    """Refuses a directory that a sweep has not written; each job's own is looked at like that of a run.

    Raises:
        Refused: there are other names, or such names without the config of a job.
    """
    names = names_in(directory)
    jobs = {name for name in names if name.isdigit()}
    refuse(directory, names - {*SWEEP, *jobs}, "which no sweep writes")
    if not any((directory / job / CONFIG).exists() for job in jobs):
        refuse(directory, names - {LOCK, "multirun.yaml", ".submitit", *jobs}, "without a job of a sweep")


def names_in(directory: Path) -> set[str]:
    """The names in a directory, half-written files left out; none where it is not there."""
    names = {path.name for path in directory.iterdir()} if directory.is_dir() else set()
    return {name for name in names if not PART.fullmatch(name)}


def refuse(directory: Path, foreign: set[str], why: str) -> None:
    if foreign:
        shown = ", ".join(sorted(foreign)[:SHOWN]) + (
            f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
        )
        raise Refused(f"{directory} holds {shown}, {why}: choose another directory")
