"""The Ising model on the square lattice: the system whose finite lattices are solved exactly."""

from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.dynamics.spins import Rule, check_checkerboard, ising_sweep, random_spins
from physlearn.streams import Streams


@dataclass(frozen=True)
class Ising:
    """E(s) = -sum_<ij> s_i s_j over the 2 L^2 bonds of the periodic L x L lattice, J = 1; s_i = +-1.

    States are rows of N = L^2 int8 spins. Energies are totals, not per site.

    Args:
        size: L, even (a checkerboard needs it).

    Raises:
        ValueError: L odd or below 2.
    """

    size: int

    def __post_init__(self) -> None:
        check_checkerboard(self.size)

    @property
    def spins(self) -> int:
        """N = L^2."""
        return self.size**2

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, N) int8 -> (replica,) float64."""
        lattice = states.view(-1, self.size, self.size)
        bonds = lattice * (lattice.roll(1, 1) + lattice.roll(1, 2))  # (replica, L, L)
        return -bonds.sum((1, 2), dtype=torch.int64).double()

    def magnetisation(self, states: Tensor) -> Tensor:
        """m = sum_i s_i / N of every row: (replica,)."""
        return states.sum(1, dtype=torch.int64).double() / self.spins

    def start(self, streams: Streams) -> Tensor:
        """Random spins, the state at infinite temperature: (replica, N) int8."""
        return random_spins(self.spins, streams)

    def sweep(self, states: Tensor, temperatures: Tensor, streams: Streams, rule: Rule = "heat_bath") -> None:
        """N attempted flips of every row, in place, at its own temperature (replica,)."""
        ising_sweep(states.view(-1, self.size, self.size), temperatures, streams, rule)
