"""Langevin steps with Box-Muller noise in one pass, which is never stored: float32 weights on the CPU.

The numbers are those that `box_muller.box_muller_` would put into the noise buffer; other tensors take that way.
"""

import numpy as np
import torch
from numba import njit
from torch import Tensor

from physlearn.dynamics.box_muller import BLOCK, PAIRS, draw_key, fill_block
from physlearn.dynamics.sign_kernel import can_step_with_signs
from physlearn.dynamics.threads import share_out


def can_step_with_box_muller(tensors: list[Tensor]) -> bool:
    """Tensors on the CPU, in one piece each, of float32."""
    return tensors[0].dtype == torch.float32 and can_step_with_signs(tensors)


def step_with_box_muller(
    weights: list[Tensor],
    gradients: list[Tensor],
    last: list[Tensor] | None,
    step: float,
    generator: torch.Generator,
    scale: float,
) -> None:
    """W <- W - step g + scale xi, in place; with `last`: W <- W - step g + scale (last + xi)/2 and last <- xi.

    Args:
        weights, gradients, last: W, g and the noise of the step before; tensors that `can_step_with_box_muller`.
        step: h. scale: of the noise. generator: gives the key of the draw.
    """
    key, first, h = draw_key(generator), 0, np.float32(step)
    for i, (w, g) in enumerate(zip(weights, gradients, strict=True)):
        flat, slope = w.detach().numpy().reshape(-1), g.numpy().reshape(-1)
        if last is None:
            share_out(_euler, flat, slope, first, key, h, np.float32(scale))
        else:
            share_out(_averaged, flat, slope, last[i].numpy().reshape(-1), first, key, h, np.float32(scale / 2))
        first += flat.size


@njit(nogil=True, cache=True)
def _euler(start, stop, flat, slope, first, key, step, scale):
    """Number first + i belongs to flat[i]."""
    words, room, made = np.empty(PAIRS, np.uint64), np.empty((4, PAIRS), np.float32), np.empty(BLOCK, np.float32)
    for number in range((first + start) // BLOCK, (first + stop + BLOCK - 1) // BLOCK):
        fill_block(made, number, key, words, room)
        low, high = max(first + start, number * BLOCK), min(first + stop, (number + 1) * BLOCK)
        values, slopes = flat[low - first : high - first], slope[low - first : high - first]
        noise = made[low - number * BLOCK : high - number * BLOCK]
        for i in range(len(values)):
            values[i] = values[i] - step * slopes[i] + scale * noise[i]


@njit(nogil=True, cache=True)
def _averaged(start, stop, flat, slope, last, first, key, step, half):
    words, room, made = np.empty(PAIRS, np.uint64), np.empty((4, PAIRS), np.float32), np.empty(BLOCK, np.float32)
    for number in range((first + start) // BLOCK, (first + stop + BLOCK - 1) // BLOCK):
        fill_block(made, number, key, words, room)
        low, high = max(first + start, number * BLOCK), min(first + stop, (number + 1) * BLOCK)
        begin, end = low - first, high - first
        values, slopes, old = flat[begin:end], slope[begin:end], last[begin:end]
        noise = made[low - number * BLOCK : high - number * BLOCK]
        for i in range(len(values)):
            values[i] = values[i] - step * slopes[i] + half * (old[i] + noise[i])
            old[i] = noise[i]
