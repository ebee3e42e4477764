"""Pruning a memory: a fraction f of the couplings stays, symmetric, either the largest or any.

A Hebb network diluted by magnitude to f behaves as one diluted at random to c(f) = `theory.signal_kept(f)`.
"""

import torch
from torch import Tensor

from physlearn.hopfield.choices import DILUTIONS


def diluted(weights: Tensor, fraction: float, by: str, generator: torch.Generator) -> Tensor:
    """Exactly round(f N(N-1)/2) of the pairs i < j keep J_ij / f, the others get 0: (neuron, neuron) -> the same.

    The factor 1/f keeps the mean field of a random dilution; one by magnitude keeps more of the signal, c(f)/f times
    the undiluted field, so at T > 0 its temperature is lower by that factor.

    Args:
        weights: (neuron, neuron), symmetric, zero diagonal.
        fraction: f in (0, 1].
        by: "magnitude" keeps the largest |J_ij|, equal ones at random; "random" keeps any.
        generator: draws which couplings stay.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must lie in (0, 1], got {fraction}")
    if by not in DILUTIONS:
        raise ValueError(f"dilution is by {' or '.join(DILUTIONS)}, got {by!r}")
    upper = torch.ones_like(weights, dtype=torch.bool).triu_(1)
    values = weights[upper].abs()  # (pair,)
    count = round(fraction * len(values))
    if count == 0:
        return torch.zeros_like(weights)
    if by == "random":
        values = torch.zeros_like(values)
    smallest = values.kthvalue(len(values) - count + 1).values
    keep = values > smallest
    tied = (values == smallest).nonzero()[:, 0]
    order = torch.randperm(len(tied), generator=generator, device=generator.device).to(weights.device)
    keep[tied[order[: count - int(keep.sum())]]] = True
    kept = torch.zeros_like(upper)
    kept[upper] = keep
    return torch.where(kept | kept.T, weights / fraction, torch.zeros_like(weights))
