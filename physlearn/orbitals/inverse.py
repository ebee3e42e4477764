"""Independent samples of |psi|^2, exact: distribution functions of r and of cos(theta) are inverted."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from physlearn.orbitals.exact import outside, polar_distribution
from physlearn.orbitals.orbital import Orbital

HALVINGS = 48  # of an interval that holds the answer


def draw(
    orbital: Orbital,
    count: int,
    generator: torch.Generator,
    radius: float | None = None,
    dtype: torch.dtype = torch.float64,
) -> Tensor:
    """x ~ |psi|^2: r and u = cos(theta) solve F(r) = v_1, G(u) = v_2, phi = 2 pi v_3, v uniform in (0, 1): (count, 3).

    Args:
        orbital: whose density.
        count: how many samples.
        generator: on the CPU.
        radius: samples are of |psi|^2 given r < radius; None: of all space.
        dtype: of the result; the arithmetic is float64.
    """
    uniform = torch.rand(3, count, generator=generator, dtype=torch.float64).numpy()
    far = radius or 40.0 * orbital.n * (orbital.n + 1)
    inside = 1 - float(outside(orbital, far)) if radius else 1.0
    r = invert(lambda x: 1 - outside(orbital, x), uniform[0] * inside, 0.0, far)
    u = invert(polar_distribution(orbital), uniform[1], -1.0, 1.0)
    sine, phi = np.sqrt(1 - u**2), 2 * math.pi * uniform[2]
    points = np.stack((r * sine * np.cos(phi), r * sine * np.sin(phi), r * u), 1)
    return torch.from_numpy(points).to(dtype)


def invert(distribution: Callable[[np.ndarray], np.ndarray], values: np.ndarray, low: float, high: float) -> np.ndarray:
    """x with F(x) = v by bisection, which no zero of the density disturbs: as `values`."""
    lows, highs = np.full_like(values, low), np.full_like(values, high)
    for _ in range(HALVINGS):
        middle = (lows + highs) / 2
        below = distribution(middle) < values
        lows, highs = np.where(below, middle, lows), np.where(below, highs, middle)
    return (lows + highs) / 2
