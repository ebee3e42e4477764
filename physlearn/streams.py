"""One seed, many independent streams of random numbers, each with a name, so that one can change and the rest stay."""

import hashlib

import torch


def stream_seed(seed: int, name: str) -> int:
    """A 63-bit seed for the stream `name` (e.g. "dropout") of the run's `seed`: the head of SHA-256("seed/name")."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little") >> 1


def stream(seed: int, name: str, device: str | torch.device = "cpu") -> torch.Generator:
    """The generator of one named stream."""
    return torch.Generator(device).manual_seed(stream_seed(seed, name))
