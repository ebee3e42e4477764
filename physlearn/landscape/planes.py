"""A plane through the space of weights, and the energy in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.landscape.energy import Energy, flatten


@dataclass(frozen=True)
class Plane:
    """W(a, b) = centre + a u + b v.

    Args:
        centre, u, v: (parameter,); u and v need be neither orthogonal nor of unit length.
    """

    centre: Tensor
    u: Tensor
    v: Tensor

    def at(self, a: float, b: float) -> Tensor:
        """The weights at one point, (parameter,)."""
        return self.centre + a * self.u + b * self.v

    def coordinates(self, points: Tensor) -> Tensor:
        """(a, b) of the orthogonal projections of points (point, parameter) on the plane, (point, 2)."""
        basis = torch.stack([self.u, self.v])  # (2, parameter)
        return torch.linalg.solve(basis @ basis.T, basis @ (points - self.centre).T).T

    def share(self, points: Tensor) -> float:
        """The part of the squared distances from the centre that lies within the plane."""
        moved = points - self.centre
        inside = self.coordinates(points) @ torch.stack([self.u, self.v])
        return float(inside.square().sum() / moved.square().sum())


def energies(energy: Energy, plane: Plane, a: Tensor, b: float) -> Tensor:
    """E along one row of a grid, at every a and one b: (column,)."""
    with torch.no_grad():
        return torch.stack([energy(plane.at(float(place), b)) for place in a])


def filter_normalised(weights: Mapping[str, Tensor], generator: torch.Generator) -> Tensor:
    """A random direction, each filter of which has the norm of the network's own (Li et al. 2018, arXiv:1712.09913):

        d_f <- d_f |W_f| / |d_f|,

    W_f the weights into one neuron or output channel f. Without it, networks whose weights are larger look flatter,
    because rectifiers do not notice a scale. Biases do not move.

    Args:
        weights: by name, in the model's order.
        generator: of the Gaussian direction.
    """
    parts = {}
    for name, weight in weights.items():
        if weight.ndim < 2:
            parts[name] = torch.zeros_like(weight)
            continue
        drawn = torch.randn(weight.shape, generator=generator, dtype=torch.float64).to(weight)
        over = tuple(range(1, weight.ndim))
        norm = torch.linalg.vector_norm
        parts[name] = drawn * (norm(weight, dim=over, keepdim=True) / norm(drawn, dim=over, keepdim=True))
    return flatten(parts)
