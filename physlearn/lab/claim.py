"""A run directory belongs to one process: an exclusive mkdir makes it, a file lock holds it while the run lives."""

import fcntl
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from omegaconf import OmegaConf

from physlearn.lab.check import leaves, show
from physlearn.lab.errors import Refused
from physlearn.lab.files import read_json

FINAL = ("done", "diverged")
FREE_KEYS = ("device", "data.root")  # where a run is done, not what it is


def new_directory(parent: Path, fingerprint: str) -> Path:
    """Makes parent/<date>_<time>_<fingerprint>, with -1, -2, ... behind it where that is taken."""
    parent.mkdir(parents=True, exist_ok=True)
    stem = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{fingerprint}"
    suffix = 0
    while True:
        directory = parent / (f"{stem}-{suffix}" if suffix else stem)
        try:
            directory.mkdir()
            return directory
        except FileExistsError:
            suffix += 1


def lock(directory: Path) -> IO[str]:
    """Takes the lock of a directory; it is given back when the returned file is closed or the process dies.

    Raises:
        Refused: a living run holds it.
    """
    file = (directory / ".lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Refused(f"{directory} is in use by a living run: wait for it, or choose another directory") from None
    return file


def state_of(directory: Path) -> str | None:
    """The state in status.json, None where there is none."""
    return read_json(directory / "status.json").get("state")


def differing_keys(directory: Path, config: dict[str, Any]) -> list[str]:
    """'key: there -> here' for each key in which directory/config.yaml and this config differ."""
    path = directory / "config.yaml"
    if not path.exists():
        return []
    there = dict(leaves(OmegaConf.to_container(OmegaConf.load(path))))
    here = dict(leaves(config))
    keys = [key for key in sorted(there.keys() | here.keys()) if key not in FREE_KEYS]
    missing = "(absent)"
    return [
        f"{key} ({show(there.get(key, missing))} there, {show(here.get(key, missing))} here)"
        for key in keys
        if there.get(key, missing) != here.get(key, missing)
    ]


def refuse_other_config(directory: Path, config: dict[str, Any]) -> None:
    """Raises Refused, naming the keys, where the directory holds a run of another config."""
    if keys := differing_keys(directory, config):
        raise Refused(f"{directory} holds a run with another config: {'; '.join(keys)}. Choose another directory")
