"""The double well: the smallest system that a cold chain cannot cross."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class DoubleWell:
    """E(x) = B (x_1^2 - 1)^2 + (k/2) sum_{i>1} x_i^2: minima at x_1 = +-1, a barrier of height B between them.

    Args:
        barrier: B > 0, in the unit of the temperature.
        dimension: d >= 1, number of coordinates.
        stiffness: k > 0, curvature of the coordinates that cross no barrier.

    Raises:
        ValueError: a value out of its range.
    """

    barrier: float
    dimension: int = 1
    stiffness: float = 1.0

    def __post_init__(self) -> None:
        if not self.barrier > 0 or not self.stiffness > 0:
            raise ValueError(f"barrier and stiffness must be positive, got {self.barrier} and {self.stiffness}")
        if self.dimension < 1:
            raise ValueError(f"dimension must be at least 1, got {self.dimension}")

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, dimension) -> (replica,)."""
        well = self.barrier * (states[:, 0].square() - 1).square()
        return well + self.stiffness / 2 * states[:, 1:].square().sum(1)

    def gradient(self, states: Tensor) -> Tensor:
        """dE/dx of every row: 4 B x_1 (x_1^2 - 1), then k x_i: (replica, dimension) -> (replica, dimension)."""
        first = 4 * self.barrier * states[:, :1] * (states[:, :1].square() - 1)
        return torch.cat([first, self.stiffness * states[:, 1:]], dim=1)
