"""The energy of a network as a function of one vector, all its weights."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

Energy = Callable[[Tensor], Tensor]


def flatten(weights: Mapping[str, Tensor]) -> Tensor:
    """All weights in one vector, (parameter,) or, of samples (sample, *shape), (sample, parameter) by `flatten_all`."""
    return torch.cat([weight.reshape(-1) for weight in weights.values()])


def flatten_all(samples: Mapping[str, Tensor]) -> Tensor:
    """Samples by name, (sample, *shape) each, as rows: (sample, parameter)."""
    return torch.cat([weight.flatten(1) for weight in samples.values()], dim=1)


def energy_of(
    model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], x: Tensor, y: Tensor, decay: Mapping[str, float]
) -> Energy:
    """E(W) = loss(f(x, W), y) + sum_w (lambda_w / 2) w^2 as a function of W, (parameter,) in the model's order.

    Args:
        model: f; it is put into evaluation mode, so that no dropout is drawn. Its own weights are not changed.
        loss: (outputs, targets) -> mean per example, nats.
        x, y: all examples that E is the mean over.
        decay: lambda by the names of the parameters; none for those that are missing.
    """
    model.eval()
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    lambdas = flatten({name: torch.full(shape, decay.get(name, 0.0), dtype=x.dtype) for name, shape in shapes.items()})
    sizes = [shape.numel() for shape in shapes.values()]

    def energy(weights: Tensor) -> Tensor:
        parts = zip(shapes.items(), weights.split(sizes), strict=True)
        named = {name: part.view(shape) for (name, shape), part in parts}
        return loss(functional_call(model, named, (x,)), y) + (lambdas.to(weights) * weights.square()).sum() / 2

    return energy
