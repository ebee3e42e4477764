"""Seeds become generators here: one seed owns many independent streams of random numbers, each with a name or an index.

A named stream (`stream`) is a torch.Generator; adding or changing one leaves the others as they are. The replicas of a
spin system count instead (`Streams`): number n of stream r is a hash of (key r, n), the same on every device and
thread. A counter needs no state beyond two integers, so a checkpoint is trivial, a replica's numbers do not depend on
its neighbours or on the number of threads, and compiled loops and vectorised ones draw the same numbers.
"""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

GAMMA = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, odd
MIX_1, MIX_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
UNIT = 2.0**-53  # a draw is an integer in [0, 2^53)


def stream_seed(seed: int, name: str) -> int:
    """A 63-bit seed for the stream `name` (e.g. "dropout") of the run's `seed`: the head of SHA-256("seed/name")."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little") >> 1


def stream(seed: int, name: str, device: str | torch.device = "cpu") -> torch.Generator:
    """The generator of one named stream."""
    return torch.Generator(device).manual_seed(stream_seed(seed, name))


@dataclass
class Streams:
    """One stream of random numbers per replica; `keys` and `count` are all there is to save.

    Draw n = count + i of row r is mix(key_r + (n + 1) GAMMA) >> 11, the SplitMix64 generator, in [0, 2^53).
    Source: Steele, Lea & Flood, OOPSLA (2014), fig. 15.

    Args:
        keys: (row,) int64, one per replica.
        count: how many numbers every stream has given so far.
    """

    keys: Tensor  # (row,)
    count: int = 0

    def advance(self, draws: int) -> int:
        """Reserves `draws` numbers of every stream; returns the index of the first."""
        first, self.count = self.count, self.count + draws
        return first

    def integers(self, first: int, index: Tensor) -> Tensor:
        """Draws first + index, as integers in [0, 2^53): (row, draw) for `index` (draw,)."""
        return mix(self.keys[:, None] + (first + 1 + index) * _signed(GAMMA)) >> 11 & (1 << 53) - 1

    def to(self, device: torch.device) -> "Streams":
        """The same streams with their keys on `device`."""
        return Streams(self.keys.to(device), self.count)


def streams(seed: int, rows: range | list[int]) -> Streams:
    """The streams of the replicas with global indices `rows`: key_r = mix(mix(seed) + (r + 1) GAMMA).

    A replica's stream depends on the seed and on its global index alone, whatever machine holds the row.
    """
    origin = mix(torch.tensor(_signed(seed % 2**64)))
    return Streams(mix(origin + (torch.tensor(list(rows), dtype=torch.int64) + 1) * _signed(GAMMA)))


def mix(z: Tensor) -> Tensor:
    """SplitMix64's mixing of 64-bit words; int64 multiplication wraps modulo 2^64 as the algorithm wants."""
    z = (z ^ _shift(z, 30)) * _signed(MIX_1)
    z = (z ^ _shift(z, 27)) * _signed(MIX_2)
    return z ^ _shift(z, 31)


def _shift(z: Tensor, bits: int) -> Tensor:
    return z >> bits & (1 << (64 - bits)) - 1  # logical: int64 would carry the sign along


def _signed(word: int) -> int:
    return word - 2**64 if word >= 2**63 else word
