"""Space as a unit cube: the coordinates on which density models of orbitals are learned."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.orbitals.choices import COORDINATES, Coordinates


@dataclass(frozen=True)
class Box:
    """A one-to-one map of the ball r < R, or of a cube that holds it, to the unit cube: p(x) = p_cube(y) |dy/dx|.

        spherical:  y = (r/R, (1 + cos theta)/2, phi/2pi),    |dx/dy| = 4 pi R r^2
        cartesian:  y = (1 + x/R)/2,                          |dx/dy| = (2R)^3

    Args:
        radius: R > 0, in a_0.
        coordinates: ``spherical`` or ``cartesian``.

    Raises:
        ValueError: a radius that is not positive, other coordinates.
    """

    radius: float
    coordinates: Coordinates = "spherical"

    def __post_init__(self) -> None:
        if not self.radius > 0:
            raise ValueError(f"radius={self.radius}: allowed is a number > 0")
        if self.coordinates not in COORDINATES:
            raise ValueError(f"coordinates={self.coordinates}: allowed are {', '.join(COORDINATES)}")

    def to_cube(self, states: Tensor) -> Tensor:
        """y of x: (row, 3) -> (row, 3)."""
        if self.coordinates == "cartesian":
            return (1 + states / self.radius) / 2
        r = torch.linalg.vector_norm(states, dim=1)
        phi = torch.atan2(states[:, 1], states[:, 0]) / (2 * math.pi)
        return torch.stack((r / self.radius, (1 + states[:, 2] / r) / 2, phi % 1), 1)

    def from_cube(self, points: Tensor) -> Tensor:
        """x of y: (row, 3) -> (row, 3)."""
        if self.coordinates == "cartesian":
            return (2 * points - 1) * self.radius
        r, u, phi = points[:, 0] * self.radius, 2 * points[:, 1] - 1, 2 * math.pi * points[:, 2]
        across = r * (1 - u.square()).clamp_min(0).sqrt()
        return torch.stack((across * phi.cos(), across * phi.sin(), r * u), 1)

    def log_volume(self, states: Tensor) -> Tensor:
        """ln |dx/dy| at x: (row, 3) -> (row,)."""
        if self.coordinates == "cartesian":
            return states.new_full((len(states),), 3 * math.log(2 * self.radius))
        return math.log(4 * math.pi * self.radius) + states.square().sum(1).log()

    def holds(self, states: Tensor) -> Tensor:
        """Which rows lie inside: (row, 3) -> bool (row,)."""
        if self.coordinates == "cartesian":
            return (states.abs() < self.radius).all(1)
        return torch.linalg.vector_norm(states, dim=1) < self.radius
