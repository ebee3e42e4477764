"""Couplings that are whole multiples of a unit, as Hebb's rule makes them: k/N with k whole.

Stored as 16-bit integers they are half the traffic of a flip, and fields kept as integers have no rounding error.
"""

import torch
from torch import Tensor

MOST = 2**15 - 1


def whole_couplings(weights: Tensor) -> tuple[Tensor, float] | None:
    """(k, unit) with J = unit k, k int16, where J is made so (to 1e-3 of the unit); else None.

    The unit tried is the smallest |J| there is. It takes a few passes over J, and memory for 16 bits a coupling.

    Args:
        weights: J, (neuron, neuron).
    """
    blocks = weights.split(max(1, 2**20 // len(weights)))  # of rows
    sizes = [block.abs()[block != 0].min() for block in blocks if bool(block.any())]
    if not sizes:
        return None
    unit, whole = float(torch.stack(sizes).min()), []
    for block in blocks:
        multiples = block.double() / unit
        rounded = multiples.round()
        if bool((multiples - rounded).abs().max() > 1e-3) or bool(rounded.abs().max() > MOST):
            return None
        whole.append(rounded.to(torch.int16))
    return torch.cat(whole), unit
