"""Principal components of a path of weights."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Components:
    """What `principal_components` finds.

    Args:
        mean: of the points, (parameter,).
        directions: orthonormal, (component, parameter).
        places: of the points along them, (point, component).
        fractions: of the variance that each component holds, (component,).
    """

    mean: Tensor
    directions: Tensor
    places: Tensor
    fractions: Tensor


def principal_components(points: Tensor, count: int = 2) -> Components:
    """The first principal components of points (point, parameter), by the Gram matrix of the centred points.

    A path of weights is to be compared with a random walk: its components are cosines of the time, and the first two
    hold three quarters of the variance whatever the landscape (Antognini and Sohl-Dickstein 2018, arXiv:1806.08805; see
    `exact.walk_fractions`).

    Raises:
        ValueError: there are not more points than components, or all points are equal.
    """
    if len(points) <= count:
        raise ValueError(f"{count} components need more than {count} points, there are {len(points)}")
    points = points.double()
    mean = points.mean(0)
    centred = points - mean
    values, vectors = torch.linalg.eigh(centred @ centred.T)  # (point,), (point, point), rising
    if float(values[-1]) <= 0:
        raise ValueError("all points are equal: there are no principal components")
    values, vectors = values.flip(0)[:count], vectors.flip(1)[:, :count]
    directions = (vectors.T @ centred) / values.clamp_min(1e-300).sqrt()[:, None]
    return Components(mean, directions, centred @ directions.T, values / centred.square().sum())
