"""Regrowth: some kept weights change places with removed ones while a network learns, ever fewer as time goes on.

Pruning alone never takes a decision back: what was small early stays removed. Here the smallest of the kept weights
leave, and as many removed ones whose gradient is largest come, from zero: a search of places that cools down.
"""

import math

import torch
from torch import Tensor

from physlearn.pruning.masks import Masks

UNTIL = 0.75  # of the sparse part: afterwards the places stand still


def exchanged_fraction(start: float, step: int, steps: int) -> float:
    """r(t) = r_0/2 [1 + cos(pi t/t_end)] until t_end = 3/4 of the steps, then 0.

    Args:
        start: r_0, a fraction of the kept weights.
        step, steps: t, and the steps of the sparse part.

    Source: the decay of Dettmers and Zettlemoyer (2019), section 4, and Evci et al., RigL (2020), eq. 1.
    """
    end = UNTIL * steps
    return 0.5 * start * (1 + math.cos(math.pi * step / end)) if step < end else 0.0


def exchange(weights: dict[str, Tensor], masks: Masks, slope: dict[str, Tensor], fraction: float) -> Masks:
    """Masks of as many weights in each layer: the smallest |w| leave, the removed ones of the largest |dE/dw| come.

    In a layer of k kept and m removed weights min(floor(r k), floor(m / 2)) change places. A weight whose gradient
    is 0, as that of one that hangs on a dead neuron, does not come.

    Args:
        weights, masks: by parameter name; of the layers that take part.
        slope: dE/dw, of removed weights too.
        fraction: r.

    Source: Dettmers and Zettlemoyer, Sparse networks from scratch (2019), section 4; Evci et al., Rigging the lottery
    (2020), algorithm 1; while pruning goes on, Liu et al., GraNet (2021).
    """
    new: Masks = {}
    for name, mask in masks.items():
        kept, pull = mask.flatten(), slope[name].flatten().abs()
        number = min(int(fraction * int(kept.sum())), int((~kept).sum()) // 2, int(((pull > 0) & ~kept).sum()))
        size = weights[name].detach().flatten().abs()
        leave = torch.where(kept, size, torch.inf).topk(number, largest=False).indices
        come = torch.where(kept, -1.0, pull).topk(number).indices
        kept = kept.clone()
        kept[leave], kept[come] = False, True
        new[name] = kept.view_as(mask)
    return new
