"""The mover of spins for `exchange`: replicas of a spin system, each with random numbers of its own."""

from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from physlearn.dynamics.spins import Rule
from physlearn.streams import Streams, stream_seed, streams


class SpinSystem(Protocol):
    """What has an energy and a sweep: Ising, SherringtonKirkpatrick, EdwardsAnderson. States are (row, spin) int8."""

    def start(self, streams: Streams) -> Tensor: ...

    def energy(self, states: Tensor) -> Tensor: ...

    def sweep(self, states: Tensor, temperatures: Tensor, streams: Streams, rule: Rule) -> None: ...


@dataclass
class Spins:
    """Replicas of a spin system from a random start: a `physlearn.tempering.rows.Mover`.

    Args:
        system: what sweeps and measures them.
        numbers: the random numbers, one stream per row.
        rule: ``heat_bath`` or ``metropolis``.
    """

    system: SpinSystem
    numbers: Streams
    rule: Rule = "heat_bath"
    states: Tensor = field(init=False)  # (row, spin) int8

    def __post_init__(self) -> None:
        self.states = self.system.start(self.numbers)

    def explore(self, temperatures: Tensor) -> None:
        """One sweep of every row at its temperature, (row,)."""
        self.system.sweep(self.states, temperatures.to(self.states.device), self.numbers, self.rule)

    def measure(self) -> Tensor:
        """E of every row: (row,)."""
        return self.system.energy(self.states)

    def rescale(self, factor: Tensor) -> None:
        """Spins have no momenta."""

    def acceptance(self) -> None:
        """Not counted."""

    def settle(self) -> None:
        """Nothing adapts."""

    def state_dict(self) -> dict[str, Any]:
        """The spins, and how many random numbers each row has drawn: enough to go on bit for bit."""
        return {"states": self.states, "drawn": self.numbers.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.states.copy_(state["states"])
        self.numbers.count = state["drawn"]


def spin_replicas(
    system: SpinSystem,
    rows: range | int,
    seed: int,
    rule: Rule = "heat_bath",
    device: str | torch.device = "cpu",
) -> Spins:
    """Replicas with the random numbers that belong to their global indices, from the stream "spins" of the seed.

    Args:
        system: whose couplings, if it has any, are on the device.
        rows: the global indices of the replicas, or how many there are.
        seed: of the run.
        rule: ``heat_bath`` or ``metropolis``.
        device: where the spins are.
    """
    numbers = streams(stream_seed(seed, "spins"), range(rows) if isinstance(rows, int) else rows)
    return Spins(system, numbers.to(torch.device(device)), rule)
