"""All thermometers read at once on a network in training, with random streams that the training does not share."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from physlearn.instruments.thermometer import configurational_temperature, gradient_noise, heating
from physlearn.models.dropout import set_generator

Loss = Callable[[nn.Module, Tensor], Tensor]  # (model, indices of examples) -> mean loss, nats per example


def read_thermometers(
    model: nn.Module,
    loss: Loss,
    fresh: Callable[[], Tensor],
    own: torch.Generator,
    training: torch.Generator,
    lr: float,
    weight_decay: float,
    momentum: float = 0.0,
) -> dict[str, float]:
    """Temperatures at the weights as they are, in nats per example, from three gradients drawn independently of them.

    temperature_configurational = W.(grad L + lambda W)/d; temperature_minibatch and temperature_dropout =
    h tr(C)/(2 d (1 - mu)), C the covariance of the gradient over minibatches and over dropout masks.

    Args:
        model: in training mode; its dropout layers draw from `own` while this reads, from `training` afterwards.
        loss: the mean loss on the examples of an index tensor.
        fresh: draws a minibatch's indices, independent of every other draw.
        own, training: generators of the masks, of this instrument and of the training.
        lr: h. weight_decay: lambda. momentum: mu, where the equation of motion has one.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]

    def gradient(batch: Tensor) -> list[Tensor]:
        return list(torch.autograd.grad(loss(model, batch), parameters))

    set_generator(model, own)
    first, second = fresh(), fresh()
    g11, g12, g23 = gradient(first), gradient(first), gradient(second)
    set_generator(model, training)

    dimension = sum(p.numel() for p in parameters)
    noise = gradient_noise(g11, g12, g23)
    return {
        "temperature_configurational": configurational_temperature(parameters, g23, weight_decay),
        "temperature_minibatch": heating(noise.minibatch, lr, dimension, momentum),
        "temperature_dropout": heating(noise.masks, lr, dimension, momentum),
    }
