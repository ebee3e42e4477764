"""The harmonic well: the one system on which every equation of motion has a closed form."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Harmonic:
    """d independent wells, E(x) = sum_i k_i x_i^2 / 2, with P(x) = exp(-E/T)/Z Gaussian: Var x_i = T/k_i.

    Args:
        stiffness: the curvatures k_i > 0, shape (dimension,).

    Raises:
        ValueError: if a curvature is not positive, or the shape is not one-dimensional.
    """

    stiffness: Tensor  # (dimension,)

    def __post_init__(self) -> None:
        if self.stiffness.dim() != 1 or not bool((self.stiffness > 0).all()):
            raise ValueError(f"stiffness must be a vector of positive numbers, got {self.stiffness.tolist()}")

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, dimension) -> (replica,)."""
        return states.square().matmul(self.stiffness) / 2

    def gradient(self, states: Tensor) -> Tensor:
        """dE/dx of every row, k_i x_i: (replica, dimension) -> (replica, dimension)."""
        return states * self.stiffness

    def sample(self, temperature: float | Tensor, replicas: int, generator: torch.Generator) -> Tensor:
        """Exact draws from exp(-E/T)/Z: (replica, dimension). T is a number or one value per replica."""
        normals = torch.randn(
            replicas, len(self.stiffness), generator=generator, dtype=self.stiffness.dtype, device=self.stiffness.device
        )
        T = torch.as_tensor(temperature, dtype=normals.dtype, device=normals.device).reshape(-1, 1)  # (replica, 1)
        return normals * (T / self.stiffness).sqrt()
