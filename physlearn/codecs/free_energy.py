"""The Helmholtz free energy of an image, as Friedland et al. read it: the bits that a perceiver needs.

    A = U - T S        is read as        R_actual = R_max - N H

R_max is what is stored (raw bits), R_actual what is left after perceptual compression, and N H the difference: the bits
that were noise to the perceiver. Dividing by T, with k_B = 1 and S = N H ln 2 in nats:

    A/T = U/T - S,      U/T = R_max ln 2,      A/T = R_actual ln 2
"""

import math
from typing import NamedTuple


class FreeEnergy(NamedTuple):
    """Per pixel (or sample); R and N H in bits, U/T, S and A/T in nats."""

    r_max: float
    noise: float
    r_actual: float
    u_over_t: float
    entropy: float
    a_over_t: float


def free_energy(r_max: float, r_actual: float) -> FreeEnergy:
    """The table's row of a codec that needs R_actual of R_max bits.

    Args:
        r_max: raw bits per pixel (or sample), > 0.
        r_actual: bits that the codec took.

    Raises:
        ValueError: r_max <= 0, or r_actual < 0.

    Source: G. Friedland et al., arXiv:1807.10569 (2018), section 2.
    """
    if r_max <= 0 or r_actual < 0:
        raise ValueError(f"r_max={r_max:g}, r_actual={r_actual:g}: needed are r_max > 0 and r_actual >= 0")
    noise = r_max - r_actual
    return FreeEnergy(r_max, noise, r_actual, *(math.log(2) * bits for bits in (r_max, noise, r_actual)))
