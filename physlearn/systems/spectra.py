"""Densities of states of continuous systems, on grids: what exact averages and acceptances are sums over."""

import math

import numpy as np
import torch
from torch import Tensor

from physlearn.systems.exact import Spectrum
from physlearn.systems.gaussian_mixture import GaussianMixture
from physlearn.systems.quartic_well import DoubleWell

REACH = 60.0  # a grid ends where exp(-E/T) < e^-60
POINTS = 401  # along each of two coordinates
LINE = 40_001  # along a single one


def double_well(system: DoubleWell, hottest: float) -> Spectrum:
    """E over x_1 and the radius rho of the other d - 1 coordinates, whose shell has volume S rho^{d-2} d rho.

    S = 2 pi^{(d-1)/2} / Gamma((d-1)/2). The sum converges faster than any power of the grid's step for even d, and as
    its square for odd d >= 3.

    Args:
        system: the wells.
        hottest: the highest temperature at which the spectrum is to serve.
    """
    edge = math.sqrt(1 + math.sqrt(REACH * hottest / system.barrier))
    others, points = system.dimension - 1, POINTS if system.dimension > 1 else LINE
    x = torch.linspace(-edge, edge, points, dtype=torch.float64)
    wells, dx = system.barrier * (x.square() - 1).square(), 2 * edge / (points - 1)
    if not others:
        return Spectrum(wells.numpy(), np.full(points, math.log(dx)))
    far = math.sqrt(hottest / system.stiffness) * (math.sqrt(others) + math.sqrt(2 * REACH))
    step = far / points
    rho = (torch.arange(points, dtype=torch.float64) + 0.5) * step
    sphere = math.log(2) + others / 2 * math.log(math.pi) - math.lgamma(others / 2)
    levels = wells[:, None] + system.stiffness / 2 * rho.square()  # (x, rho)
    weights = (sphere + (others - 1) * rho.log() + math.log(dx * step)).expand_as(levels)
    return Spectrum(levels.flatten().numpy(), weights.flatten().numpy())


def mixture_grid(system: GaussianMixture, hottest: float) -> tuple[Spectrum, Tensor]:
    """E over a grid in one or two dimensions, and the points of the grid: (point, dimension).

    Args:
        system: the mixture.
        hottest: the highest temperature at which the spectrum is to serve.

    Raises:
        ValueError: more than two dimensions.
    """
    dimension = system.means.shape[1]
    if dimension > 2:
        raise ValueError(f"a grid has one or two dimensions, got {dimension}")
    far = math.sqrt(2 * REACH * hottest) * float(system.widths.max())
    low, high = system.means.amin(0) - far, system.means.amax(0) + far
    points = POINTS if dimension == 2 else LINE
    axes = [torch.linspace(float(a), float(b), points, dtype=torch.float64) for a, b in zip(low, high, strict=True)]
    grid = torch.cartesian_prod(*axes).view(-1, dimension)
    cell = sum(math.log(float(axis[1] - axis[0])) for axis in axes)
    return Spectrum(system.energy(grid).numpy(), np.full(len(grid), cell)), grid
