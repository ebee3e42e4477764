"""Torch's global generators, which networks of the user's own draw from: seeded, saved, and kept from instruments."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def untouched(device: torch.device | str = "cpu") -> Iterator[None]:
    """Leaves the global generators of the CPU and of `device` as they were: for what measures and must not disturb."""
    device = torch.device(device)
    gpus = [device.index if device.index is not None else torch.cuda.current_device()] if device.type == "cuda" else []
    with torch.random.fork_rng(gpus):
        yield


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within it the CPU's global generator is at a seed; afterwards it is where it was."""
    with untouched():
        torch.random.default_generator.manual_seed(seed)
        yield


def seed_everywhere(seed: int) -> None:
    """Puts the global generators of the CPU and of all GPUs at a seed."""
    torch.manual_seed(seed)


def global_state(device: torch.device) -> dict[str, Tensor]:
    """The states of the global generators that a run on `device` uses."""
    state = {"cpu": torch.get_rng_state()}
    return state | {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else state


def set_global_state(state: dict[str, Tensor], device: torch.device) -> None:
    """The inverse of `global_state`."""
    torch.set_rng_state(state["cpu"].cpu())
    if "cuda" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"].cpu(), device)
