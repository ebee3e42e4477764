"""A run directory belongs to one process: an exclusive mkdir makes it, a file lock holds it while the run lives."""

import fcntl
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from omegaconf import DictConfig, OmegaConf
from yaml import YAMLError

from physlearn.lab.check import leaves, show
from physlearn.lab.errors import Refused, UserError
from physlearn.lab.files import discard_parts, read_json
from physlearn.lab.formats import in_todays_words, refuse_older

FINAL = ("done", "diverged")
FREE_KEYS = ("device", "data.root")  # where a run is done, not what it is
LOCK, CONFIG = ".lock", "config.yaml"
WRITTEN_FIRST = (LOCK, CONFIG, "overrides.txt", "provenance.json", "status.json", "metrics.jsonl", "notes.txt")
A_LOOK = 0.05  # seconds


_made: set[Path] = set()  # directories that this process has made


def make_directory(directory: Path) -> None:
    """Makes a directory and those above it, where they are not there yet.

    Raises:
        UserError: it cannot be made.
    """
    path = directory.absolute()
    absent = [place for place in (path, *path.parents) if not place.exists()]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _made.update(absent)
    except OSError as error:
        raise UserError(f"{directory} cannot be made: {error.strerror}. Choose another directory") from None


def new_directory(parent: Path, fingerprint: str) -> Path:
    """Makes parent/<date>_<time>_<fingerprint>, with -1, -2, ... behind it where that is taken."""
    make_directory(parent)
    stem = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{fingerprint}"
    suffix = 0
    while True:
        directory = parent / (f"{stem}-{suffix}" if suffix else stem)
        try:
            directory.mkdir()
            _made.add(directory.absolute())
            return directory
        except FileExistsError:
            suffix += 1


def remove_directory(directory: Path) -> None:
    """Takes back what a run that measured nothing has written, and the directories that were made for it."""
    for name in WRITTEN_FIRST:
        (directory / name).unlink(missing_ok=True)
    discard_parts(directory)
    path = directory.absolute()
    with suppress(OSError):  # another run lies in it
        for place in (path, *path.parents):
            if place not in _made:
                break
            place.rmdir()
            _made.discard(place)


def lock(directory: Path) -> IO[str]:
    """Takes the lock of a directory; it is given back when the returned file is closed or the process dies.

    Raises:
        Refused: a living run holds it.
    """
    file = (directory / LOCK).open("w")
    if not (_flock(file, fcntl.LOCK_EX) or (time.sleep(A_LOOK) or _flock(file, fcntl.LOCK_EX))):
        file.close()
        raise Refused(f"{directory} is in use by a living run: wait for it, or choose another directory")
    return file


def is_living(directory: Path) -> bool:
    """Whether a process holds the lock of a directory. The look itself holds it for no longer than `A_LOOK`."""
    path = directory / LOCK
    if not path.exists():
        return False
    with path.open() as file:
        return not _flock(file, fcntl.LOCK_SH)


def _flock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
        return True
    except OSError:
        return False


def state_of(directory: Path) -> str | None:
    """The state in status.json, None where there is none; a run killed outright is interrupted."""
    state = read_json(directory / "status.json").get("state")
    return "interrupted" if state == "running" and not is_living(directory) else state


def read_config(directory: Path) -> DictConfig:
    """The config that the run in a directory was started with, its targets as they are called today.

    Raises:
        Refused: its config.yaml is damaged.
    """
    path = directory / CONFIG
    try:
        config = OmegaConf.load(path)
    except (OSError, ValueError, YAMLError) as error:
        raise Refused(f"{path} cannot be read ({type(error).__name__})") from None
    task = config.get("task") if isinstance(config, DictConfig) else None
    if not isinstance(task, DictConfig) or not str(task.get("name")).isidentifier():
        raise Refused(f"{path} is not the config of a run")
    return in_todays_words(config, directory)


def as_dict(config: DictConfig) -> dict[str, Any]:
    return OmegaConf.to_container(config, resolve=True)


def differences(there: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """'key (value there, value here)' for each key in which two configs differ, but for where a run is done."""
    there, here = dict(leaves(there)), dict(leaves(here))
    keys = [key for key in sorted(there.keys() | here.keys()) if key not in FREE_KEYS]
    missing = "(absent)"
    return [
        f"{key} ({show(there.get(key, missing))} there, {show(here.get(key, missing))} here)"
        for key in keys
        if there.get(key, missing) != here.get(key, missing)
    ]


def refuse_older_unfinished(directory: Path) -> None:
    """Raises Refused where the directory holds an unfinished run whose config an older version wrote."""
    if (directory / CONFIG).exists() and state_of(directory) not in FINAL:
        refuse_older(directory)


def refuse_other_config(directory: Path, config: dict[str, Any]) -> None:
    """Refuses a directory with a run that is not the one to be done there.

    Raises:
        Refused: its config differs, in the keys that are named; or an older version wrote it, and it is not finished.
    """
    if not (directory / CONFIG).exists():
        return
    refuse_older_unfinished(directory)
    there = as_dict(read_config(directory))
    if config.get("threads") == "auto":
        config = config | {"threads": there.get("threads")}  # a run goes on with the threads that it began with
    if keys := differences(there, config):
        raise Refused(f"{directory} holds a run with another config: {'; '.join(keys)}. Choose another directory")
