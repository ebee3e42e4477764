"""A density as pictures: a plane through the nucleus, and the whole of it seen from the side."""

from collections.abc import Callable

import torch
from torch import Tensor

PIXELS, DEPTHS, BINS = 61, 41, 60


def pictures_of(
    log_density: Callable[[Tensor], Tensor],
    extent: float,
    device: torch.device | str = "cpu",
    pixels: int = PIXELS,
    depths: int = DEPTHS,
) -> Tensor:
    """The density in the plane y = 0, and integrated over y: (2, z, x), rows from -extent to extent.

    Pixels are read at their centres, none of which is the nucleus; y by the midpoint rule.

    Args:
        log_density: ln p of states (row, 3), (row,).
        extent: half of the sides.
        device: of the states.
        pixels: along a side.
        depths: points of the integral over y.
    """
    step, depth = 2 * extent / pixels, 2 * extent / depths
    along = (torch.arange(pixels, dtype=torch.float64, device=device) + 0.5) * step - extent + 1e-3 * step
    z, x = torch.meshgrid(along, along, indexing="ij")

    def plane(y: float) -> Tensor:
        return log_density(torch.stack((x.flatten(), torch.full_like(x, y).flatten(), z.flatten()), 1)).exp()

    ys = (torch.arange(depths, dtype=torch.float64) + 0.5) * depth - extent + 1e-3 * step
    whole = sum(plane(float(y)) for y in ys) * depth
    return torch.stack((plane(1e-3 * step), whole)).reshape(2, pixels, pixels)


def radial_density(states: Tensor, extent: float) -> Tensor:
    """Histogram of r in `BINS` bins up to extent, as a density per a_0: (bin,)."""
    r = torch.linalg.vector_norm(states.double().cpu(), dim=1)
    return torch.histc(r, BINS, 0.0, extent) * (BINS / extent / len(r))
