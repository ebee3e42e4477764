"""What an associative memory can do: how any memory is recalled from, by whatever equation it moves."""

from typing import ClassVar, Protocol

import torch
from torch import Tensor


class Memory(Protocol):
    """Patterns in an energy, and a sweep that lowers it.

    Attributes:
        continuous: its neurons can be any real number, so that an unknown one can be 0; spins must be guessed.
        thermal: its sweep takes a temperature T > 0 and then samples; the others recall at T = 0.
        dynamics: the orders of update that its sweep takes, its usual one first.
    """

    continuous: ClassVar[bool]
    thermal: ClassVar[bool]
    dynamics: ClassVar[tuple[str, ...]]

    def energy(self, states: Tensor) -> Tensor:
        """E, total, of every row: (row, neuron) -> (row,)."""

    def fields(self, states: Tensor) -> Tensor:
        """What drives every neuron; an update at T = 0 gives a neuron its sign: (row, neuron) -> (row, neuron)."""

    def sweep(
        self, states: Tensor, temperature: float, dynamics: str, clamped: Tensor | None, generator: torch.Generator
    ) -> Tensor:
        """One sweep at T with the neurons `clamped` held: (row, neuron) -> (row, neuron)."""
