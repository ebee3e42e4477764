"""A density as pictures: a plane through the nucleus, and the whole of it seen from the side."""

from collections.abc import Callable

import torch
from torch import Tensor

PIXELS, DEPTHS, BINS = 61, 41, 60


def pictures_of(log_density: Callable[[Tensor], Tensor], extent: float, device: torch.device | str = "cpu") -> Tensor:
    """The density in the plane y = 0, and integrated over y: (2, z, x), rows from -extent to extent.

    Pixels are read at their centres, none of which is the nucleus; y by the midpoint rule.

    Args:
        log_density: ln p of states (row, 3), (row,).
        extent: half of the sides.
        device: of the states.
    """
    step = 2 * extent / PIXELS
    along = (torch.arange(PIXELS, dtype=torch.float64, device=device) + 0.5) * step - extent + 1e-3 * step
    z, x = torch.meshgrid(along, along, indexing="ij")
    flat = lambda y: torch.stack((x.flatten(), torch.full_like(x, y).flatten(), z.flatten()), 1)  # noqa: E731
    plane = log_density(flat(1e-3 * step)).exp()
    depth = 2 * extent / DEPTHS
    depths = (torch.arange(DEPTHS, dtype=torch.float64) + 0.5) * depth - extent
    whole = sum(log_density(flat(float(y) + 1e-3 * step)).exp() * depth for y in depths)
    return torch.stack((plane, whole)).reshape(2, PIXELS, PIXELS)


def radial_density(states: Tensor, extent: float) -> Tensor:
    """Histogram of r in `BINS` bins up to extent, as a density per a_0: (bin,)."""
    r = torch.linalg.vector_norm(states.double().cpu(), dim=1)
    return torch.histc(r, BINS, 0.0, extent) * (BINS / extent / len(r))
