"""A Leimkuhler-Matthews step in one pass: drift, the mean of two noises, and the newer one kept for the next step.

The step without it (tensors that are not in one piece, a GPU, a vector of temperatures) adds the same numbers in
another order: equal to a few units of rounding.
"""

import numpy as np
from numba import njit
from torch import Tensor


def step_with_averaged_noise(
    weights: list[Tensor], gradients: list[Tensor], last: list[Tensor], noise: list[Tensor], step: float, scale: float
) -> None:
    """W <- W - step g + scale (last + noise)/2 and last <- noise, in place.

    Args:
        weights, gradients, last, noise: W, g, xi_n and xi_(n+1); tensors that `sign_kernel.can_step_with_signs`.
        step: h. scale: of the noise.
    """
    for w, *others in zip(weights, gradients, last, noise, strict=True):
        flat = w.detach().numpy().reshape(-1)
        _noise(flat, *[t.numpy().reshape(-1) for t in others], flat.dtype.type(step), flat.dtype.type(scale / 2))


def step_with_averaged_signs(
    weights: list[Tensor], gradients: list[Tensor], last: list[Tensor], words: Tensor, step: float, scale: float
) -> None:
    """The same with the signs +-1 that `noise.signs_` makes of `words`, int64 (word,), as noise; see sign_kernel.py."""
    bits, first = words.numpy().view(np.uint8), 0
    for w, g, xi in zip(weights, gradients, last, strict=True):
        flat, slope, old = w.detach().numpy().reshape(-1), g.numpy().reshape(-1), xi.numpy().reshape(-1)
        _signs(flat, slope, old, bits, first, flat.dtype.type(step), flat.dtype.type(scale / 2))
        first += flat.size


@njit(nogil=True, cache=True)
def _noise(flat, slope, last, noise, step, half):
    for i in range(len(flat)):
        flat[i] = flat[i] - step * slope[i] + half * (last[i] + noise[i])
        last[i] = noise[i]


@njit(nogil=True, cache=True)
def _signs(flat, slope, last, bits, first, step, half):
    """Sign first + i belongs to flat[i]: bit 7 - place of byte b where first + i = place * bytes + b."""
    width = len(bits)
    for place in range(8):
        low, high = max(first, place * width), min(first + len(flat), (place + 1) * width)
        if low < high:
            chosen, signs = 0x80 >> place, bits[low - place * width : high - place * width]
            begin, end = low - first, high - first
            values, slopes, old = flat[begin:end], slope[begin:end], last[begin:end]
            for i in range(len(values)):
                sign = flat.dtype.type(-1 if signs[i] & chosen else 1)
                values[i] = values[i] - step * slopes[i] + half * (old[i] + sign)
                old[i] = sign
