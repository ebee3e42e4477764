"""Many independent chains in one tensor: how the exact laws of an equation of motion are measured."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Optimizer

from physlearn.dynamics.harmonic_wells import Harmonic


def noisy_gradient(well: Harmonic, noise: float | Tensor, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
    """x -> k x + sqrt(C) normal, fresh at each call; `noise` is C, a number or one for each dimension."""
    scale = torch.as_tensor(noise, dtype=well.stiffness.dtype, device=well.stiffness.device).sqrt()

    def gradient(states: Tensor) -> Tensor:  # (chain, dimension)
        exact = well.gradient(states)
        if not bool(scale.any()):
            return exact
        return exact + scale * torch.randn(states.shape, generator=generator, dtype=states.dtype, device=states.device)

    return gradient


def time_average(
    make: Callable[[list[Tensor]], Optimizer],
    start: Tensor,
    gradient: Callable[[Tensor], Tensor],
    observe: Callable[[Tensor, Optimizer], Tensor],
    burn_in: int,
    steps: int,
) -> Tensor:
    """Time average of an observable in each chain, after `burn_in` steps: (chain, ...) as `observe` gives it.

    Args:
        make: weights -> optimizer.
        start: (chain, dimension), the weights before the first step.
        gradient: weights -> what is put into ``.grad``; drawn at the old state, like any gradient.
        observe: (weights, optimizer) -> (chain, ...), read after each step.
        burn_in: steps that are not averaged.
        steps: steps that are.
    """
    weights = start.clone().requires_grad_()
    optimizer = make([weights])
    total = torch.zeros((), dtype=start.dtype, device=start.device)
    for step in range(burn_in + steps):
        weights.grad = gradient(weights.detach())
        optimizer.step()
        if step >= burn_in:
            total = total + observe(weights.detach(), optimizer)
    return total / steps
