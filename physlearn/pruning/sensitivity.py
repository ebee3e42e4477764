"""What the data say about weights: how far each layer can be thinned alone, and what each weight matters."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from physlearn.pruning.masks import prunable

GRID = tuple(0.25 * k for k in range(1, 17))  # thresholds in standard deviations; a Gaussian layer keeps .006 % at 4


@torch.no_grad()
def scan(model: nn.Module, loss: Callable[[], float], grid: Sequence[float] = GRID) -> dict[str, list[float]]:
    """Each layer's sensitivity: the loss when in this layer alone |w| < s std(w) is dropped, for each s of a grid.

    Args:
        model: trained; it has its own weights back afterwards.
        loss: of the model as it stands, on the same training examples each time.
        grid: rising thresholds s.

    Returns:
        parameter name -> losses, one for each s.

    Source: Han, Pool, Tran and Dally (2015), figure 6, there against the fraction that is kept.
    """
    curves = {}
    for name, weight in prunable(model).items():
        own, deviation = weight.clone(), weight.std(correction=0)
        curves[name] = []
        for s in grid:
            weight.masked_fill_(own.abs() < s * deviation, 0)
            curves[name].append(loss())
        weight.copy_(own)
    return curves


def thresholds(
    curves: dict[str, list[float]], reference: float, tolerance: float, grid: Sequence[float] = GRID
) -> dict[str, float]:
    """s_l by parameter name: where layer l alone raises the loss from `reference` by `tolerance` (interpolated).

    A layer that never does gets the last s of the grid; the most sensitive one gets the smallest.
    """
    found = {}
    for name, losses in curves.items():
        below, before = 0.0, 0.0
        for s, loss in zip(grid, losses, strict=True):
            rise = loss - reference
            if rise >= tolerance:
                below += (s - below) * (tolerance - before) / (rise - before)
                break
            below, before = s, rise
        found[name] = below
    return found


def importance(model: nn.Module, losses: Iterable[Tensor]) -> dict[str, Tensor]:
    """sum over minibatches of (w dE/dw)^2 by parameter name: the change of E without w, squared, to first order.

    Args:
        model: its gradients are left alone.
        losses: E on one minibatch after another, each computed when it is asked for.
    """
    weights = prunable(model)
    sums = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    for loss in losses:
        for name, slope in zip(sums, torch.autograd.grad(loss, list(weights.values())), strict=True):
            sums[name] += (slope * weights[name].detach()).square()
    return sums
