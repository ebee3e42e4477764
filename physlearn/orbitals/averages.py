"""What chains say of an orbital, beside the exact values."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.instruments.statistics import blocking_error, standard_error
from physlearn.orbitals.exact import at_temperature, moments
from physlearn.orbitals.orbital import Orbital

ENOUGH = 16  # chains whose means alone give the error, however slow they are; fewer are blocked


@dataclass(frozen=True)
class Average:
    """A mean over chains, its standard error, and the exact value."""

    mean: float
    error: float
    exact: float

    @property
    def z(self) -> float:
        """(mean - exact)/error; infinite where a series that never moved is wrong, 0 where it is right."""
        off = self.mean - self.exact
        if self.error > 0:
            return off / self.error
        return 0.0 if abs(off) < 1e-9 else math.copysign(math.inf, off)


def summarise(orbital: Orbital, series: Tensor) -> dict[str, Average]:
    """<r>, <r^2>, <1/r>, the dilation virial <x . grad E>/3 = 1 and the share of each region.

    The virial follows from int div(x |psi|^2) = 0; unlike |grad E|^2 it has a finite variance at the nodes.

    Args:
        orbital: that was sampled at T = 1.
        series: states (chain, sweep, 3) of independent chains; independent samples are one chain of many sweeps.
    """
    chains, sweeps = series.shape[:2]
    flat = series.reshape(-1, 3).double()
    r = torch.linalg.vector_norm(flat, dim=1)
    exact = moments(orbital)
    read = {
        "r": (r, exact["r"]),
        "r2": (r.square(), exact["r2"]),
        "inverse_r": (1 / r, exact["inverse_r"]),
        "virial": ((flat * orbital.gradient(flat)).sum(1) / 3, 1.0),
    }
    if orbital.regions > 1:
        region, shares = orbital.region(flat), at_temperature(orbital, 1.0).shares
        read |= {f"region_{i + 1}": ((region == i).double(), float(share)) for i, share in enumerate(shares)}
    found = {}
    for name, (values, truth) in read.items():
        array = values.reshape(chains, sweeps).cpu().numpy()
        error = standard_error(array.mean(1)) if chains >= ENOUGH else blocking_error(array)
        found[name] = Average(float(array.mean()), float(error), truth)
    return found


def worst(averages: dict[str, Average]) -> float:
    """The largest |z|."""
    return max(abs(average.z) for average in averages.values())
