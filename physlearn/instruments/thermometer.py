"""Thermometers: what temperature the weights are really at, and how much of it the gradient noise brings.

All work on lists of tensors, the weights of a network and gradients of the same shapes; k_B = 1, energies in nats per
example. A training loop draws three gradients at one state of the weights:

    g11 = gradient(batch 1, mask 1)    g12 = gradient(batch 1, mask 2)    g23 = gradient(batch 2, mask 3)

and reads `configurational_temperature(weights, g23)` and `gradient_noise(g11, g12, g23)`. "Batch" is a fresh minibatch,
"mask" a draw of the dropout. The step that led to the weights must not have used any of them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class GradientNoise(NamedTuple):
    """Traces of the covariance of one step's gradient noise; `masks` + `minibatch` = `total`."""

    total: float
    masks: float
    minibatch: float


@torch.no_grad()
def configurational_temperature(weights: Sequence[Tensor], gradients: Sequence[Tensor], weight_decay: float) -> float:
    """W.(dL/dW + lambda W)/d, whose mean is the temperature: <W.grad E> = dT in equilibrium (the virial theorem).

    Without a bias of the integrator; SGLD on a well reads (T + hC/2)/(1 - hk/2).

    Args:
        weights: W.
        gradients: dL/dW of the loss *without* the prior, on data and masks drawn independently of W: not those
            that made the last step.
        weight_decay: lambda, the prior's curvature. Leaving the prior out reads low; with lambda = 0 a network has no
            normalisable law, and no temperature to read.
    """
    wide = [(w.double(), g.double()) for w, g in zip(weights, gradients, strict=True)]
    return sum(float((w * (g + weight_decay * w)).sum()) for w, g in wide) / _dimension(weights)


@torch.no_grad()
def kinetic_temperature(momenta: Sequence[Tensor], mass: float = 1.0) -> float:
    """p.M^-1 p/d, whose mean is the temperature in equilibrium; `mass` is m, M = m 1."""
    return sum(float(p.double().square().sum()) for p in momenta) / mass / _dimension(momenta)


@torch.no_grad()
def gradient_variance(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """|g - g'|^2/2 for two independent draws of the gradient at one W: an unbiased tr C."""
    return sum(float((a.double() - b.double()).square().sum()) for a, b in zip(first, second, strict=True)) / 2


def gradient_noise(g11: Sequence[Tensor], g12: Sequence[Tensor], g23: Sequence[Tensor]) -> GradientNoise:
    """tr C of a step and its two sources, each unbiased, from (batch 1, mask 1), (batch 1, mask 2), (batch 2, mask 3).

    total = |g11 - g23|^2/2; masks = |g11 - g12|^2/2, the variance over masks on one batch; minibatch = total - masks,
    the variance over batches of the mask-averaged gradient (the law of total variance; one reading can be negative).
    """
    total, masks = gradient_variance(g11, g23), gradient_variance(g11, g12)
    return GradientNoise(total, masks, total - masks)


def heating(trace: float, step: float, dimension: int, momentum: float = 0.0) -> float:
    """Temperature h tr(C)/(2d(1 - mu)) that gradient noise adds, to leading order in h = `step`; mu = `momentum`.

    For noise independent from step to step (fresh minibatches). Reshuffled epochs heat less: there an upper bound.
    """
    return step * trace / (2 * dimension * (1 - momentum))


def _dimension(tensors: Sequence[Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors)
