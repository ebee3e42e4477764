"""A Langevin step with random signs in one pass: drift and noise together, and the noise itself is never stored.

On the CPU a step of a quarter of a million weights is bound by memory: writing the signs, reading them back and reading
the weights twice costs more than all the rest. The signs are the very ones that `noise.signs_` makes.
"""

import numpy as np
import torch
from numba import njit
from torch import Tensor


def can_step_with_signs(tensors: list[Tensor]) -> bool:
    """The kernel takes tensors on the CPU, in one piece each, all of float32 or all of float64."""
    dtype = tensors[0].dtype
    known = dtype in (torch.float32, torch.float64)
    return known and all(t.dtype == dtype and t.is_cpu and t.is_contiguous() for t in tensors)


def step_with_signs(weights: list[Tensor], gradients: list[Tensor], step: float, words: Tensor, scale: float) -> None:
    """W <- W - step g + scale xi, in place, with the signs xi = +-1 that `noise.signs_` makes of `words`.

    Args:
        weights, gradients: W and g; tensors that `can_step_with_signs`, together at most 64 weights per word.
        step: h.
        words: int64 (word,), random in every bit.
        scale: what each sign is multiplied with.
    """
    bits, first = words.numpy().view(np.uint8), 0
    for w, g in zip(weights, gradients, strict=True):
        flat, slope = w.detach().numpy().reshape(-1), g.numpy().reshape(-1)
        _step(flat, slope, flat.dtype.type(step), bits, first, flat.dtype.type(scale))
        first += flat.size


@njit(nogil=True, cache=True)
def _step(flat, slope, step, bits, first, scale):
    """Sign first + i belongs to flat[i]: bit 7 - place of byte b where first + i = place * bytes + b."""
    width = len(bits)
    for place in range(8):
        low, high = max(first, place * width), min(first + len(flat), (place + 1) * width)
        if low < high:
            chosen = 0x80 >> place
            signs, values = bits[low - place * width : high - place * width], flat[low - first : high - first]
            slopes = slope[low - first : high - first]
            for i in range(len(values)):
                values[i] = values[i] - step * slopes[i] + (-scale if signs[i] & chosen else scale)
