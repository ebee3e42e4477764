"""The temperatures that gradient noise adds, layer by layer, with random streams that the training does not share."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from physlearn.instruments.layers import by_layer
from physlearn.instruments.thermometer import gradient_noise, heating
from physlearn.models.dropout import dropout_layers, set_generator
from physlearn.models.trial import same_buffers
from physlearn.randomness import untouched

Loss = Callable[[nn.Module, Tensor], Tensor]  # (model, indices of examples) -> mean loss, nats per example


class NoiseTemperatures(NamedTuple):
    """s tr(C)/(2d) of every layer (layer,), nats per example, C the covariance of the gradient over one of the two."""

    minibatch: list[float]
    masks: list[float]

    def whole(self, dimensions: tuple[int, ...]) -> tuple[float, float]:
        """The same of all weights together: means over the layers weighted with their d."""
        total = sum(dimensions)
        return tuple(sum(t * d for t, d in zip(part, dimensions, strict=True)) / total for part in self)


def read_noise(
    model: nn.Module,
    loss: Loss,
    fresh: Callable[[], Tensor],
    own: torch.Generator,
    training: torch.Generator,
    step: float,
) -> NoiseTemperatures:
    """What minibatches and dropout masks add to the temperature at the weights as they are, from three gradients.

    Args:
        model: in training mode; its dropout layers draw from `own` while this reads, from `training` afterwards.
        loss: the mean loss on the examples of an index tensor.
        fresh: draws a minibatch's indices, independent of every other draw.
        own, training: generators of the masks, of this instrument and of the training.
        step: s, see `noise_step`.
    """
    layers = by_layer(model)
    parameters = [p for layer in layers.values() for _, p in layer]

    def gradient(batch: Tensor) -> list[Tensor]:
        return list(torch.autograd.grad(loss(model, batch), parameters))

    set_generator(model, own)
    first, second = fresh(), fresh()
    with untouched(parameters[0].device), same_buffers(model):
        g11 = gradient(first)
        g12 = gradient(first) if any(layer.rate > 0 for layer in dropout_layers(model)) else g11  # else the same
        g23 = gradient(second)
    set_generator(model, training)

    minibatch, masks, i = [], [], 0
    for layer in layers.values():
        part, dimension = slice(i, i := i + len(layer)), sum(p.numel() for _, p in layer)
        noise = gradient_noise(g11[part], g12[part], g23[part])
        minibatch.append(heating(noise.minibatch, step, dimension))
        masks.append(heating(noise.masks, step, dimension))
    return NoiseTemperatures(minibatch, masks)


def noise_step(optimizer: torch.optim.Optimizer) -> float | None:
    """The s with which gradient noise of covariance C adds the temperature s tr(C)/(2d), to leading order in h.

    An equation of motion says it itself (`ThermalOptimizer.noise_step`); SGD with momentum mu: h/(1 - mu). None where
    no one number says it, as for Adam.
    """
    group = optimizer.param_groups[0]
    if hasattr(optimizer, "noise_step"):
        return optimizer.noise_step(group)
    if isinstance(optimizer, torch.optim.SGD):
        return group["lr"] / (1 - group["momentum"])
    return None
