"""Where a result comes from: code, versions, machine, seed, data."""

import functools
import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from physlearn import __version__
from physlearn.lab import plugin_use
from physlearn.older_configs import FORMAT

PACKAGES = ("torch", "numpy", "scipy", "hydra-core", "omegaconf", "safetensors", "numba")


@functools.cache  # two processes of git took longer than many a run of a sweep
def git_revision() -> dict[str, Any]:
    """Revision and dirty flag of the checkout this package lies in; null for an installed wheel.

    Asked once a process: what is edited later is not what was loaded.
    """
    here = Path(__file__).resolve().parents[2]
    if not (here / "pyproject.toml").exists():
        return {"revision": None, "dirty": None}

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "--no-optional-locks", "-C", str(here), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return {"revision": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return {"revision": None, "dirty": None}


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def provenance(config: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """What provenance.json holds when a run begins; the task adds the checksums of its data."""
    return {
        "format": FORMAT,
        "git": git_revision(),
        "versions": {
            "python": platform.python_version(),
            "physlearn": __version__,  # of this code; what is installed may have been installed from an older checkout
            **{package: version(package) for package in PACKAGES},
        },
        "plugins": plugin_use.facts(config),
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else f"cpu ({platform.machine()})",
        "threads": config["threads"],
        "precision": config["precision"],
        "seed": config["seed"],
    }
