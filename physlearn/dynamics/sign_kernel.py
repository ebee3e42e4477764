"""Random signs added to the weights straight from the bits, in one pass: the noise itself is never stored.

On the CPU a step of a quarter of a million weights is bound by memory: writing the signs and reading them back costs
more than all the rest of the step. What is added is the same, bit for bit, as `noise.signs_` followed by an addition.
"""

import numpy as np
import torch
from numba import njit
from torch import Tensor


def can_add_signs(weights: list[Tensor]) -> bool:
    """The kernel takes weights on the CPU, in one piece each, of float32 or float64."""
    return all(
        w.device.type == "cpu" and w.is_contiguous() and w.dtype in (torch.float32, torch.float64) for w in weights
    )


def add_signs(weights: list[Tensor], words: Tensor, scale: float) -> None:
    """W <- W + scale xi, in place, with the signs xi = +-1 that `noise.signs_` makes of `words`.

    Args:
        weights: tensors that `can_add_signs`; together at most 64 values a word.
        words: int64 (word,), random in every bit.
        scale: what each sign is multiplied with.
    """
    bits, first = words.numpy().view(np.uint8), 0
    for w in weights:
        flat = w.detach().numpy().reshape(-1)
        _add_signs(flat, bits, first, flat.dtype.type(scale))
        first += flat.size


@njit(nogil=True, cache=True)
def _add_signs(flat, bits, first, scale):
    """Sign first + i belongs to flat[i]: bit 7 - place of byte b where first + i = place * bytes + b."""
    width = len(bits)
    for place in range(8):
        low, high = max(first, place * width), min(first + len(flat), (place + 1) * width)
        if low < high:
            chosen = 0x80 >> place
            signs, values = bits[low - place * width : high - place * width], flat[low - first : high - first]
            for i in range(len(values)):
                values[i] += -scale if signs[i] & chosen else scale
