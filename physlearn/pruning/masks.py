"""Which weights are there: boolean masks, and the guard that holds the others at exactly zero while a network learns.

A mask is True where a weight is kept. Masks are keyed by the parameter's name and cover the weights of linear and
convolution layers; biases and normalisations are never pruned.
"""

import torch
from torch import Tensor, nn

Masks = dict[str, Tensor]


def prunable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that can be pruned, by parameter name, in the order of the layers."""
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)}
    return {f"{name}.weight".lstrip("."): layer.weight for name, layer in layers.items()}


def everything(model: nn.Module) -> Masks:
    """The masks of a dense network: all True."""
    return {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in prunable(model).items()}


def count(masks: Masks) -> int:
    """How many weights are kept."""
    return sum(int(mask.count_nonzero()) for mask in masks.values())


def regrown(model: nn.Module, masks: Masks) -> int:
    """How many removed weights are not exactly zero: what a network that is truly sparse has none of."""
    weights = prunable(model)
    return sum(int((weights[name].detach() != 0).logical_and(~mask).count_nonzero()) for name, mask in masks.items())


@torch.no_grad()
def hold(model: nn.Module, masks: Masks, optimizer: torch.optim.Optimizer | None = None) -> None:
    """W <- m W, and the same for what the optimizer remembers of each weight (momentum, second moments).

    Called after every step: momentum, decay and thermal noise move removed weights, and a remembered velocity would
    move them again. Then it looks: the sum of the removed weights is a tenth of the price of counting them.

    Raises:
        ArithmeticError: a removed weight is not zero afterwards.
    """
    weights = prunable(model)
    for name, mask in masks.items():
        weight, factor = weights[name], mask.view(torch.uint8).to(weights[name].dtype)  # a tenth of a bool's time
        weight.mul_(factor)
        for remembered in optimizer.state[weight].values() if optimizer and weight in optimizer.state else ():
            if isinstance(remembered, Tensor) and remembered.shape == weight.shape:
                remembered.mul_(factor)
        left = torch.dot(weight.flatten(), 1 - factor.flatten())
        if left != 0 and left.isfinite():  # where weights diverge, the loss tells
            raise ArithmeticError(f"{name}: removed weights are not zero, {regrown(model, masks)} in all")
