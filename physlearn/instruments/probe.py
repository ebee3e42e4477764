"""All thermometers read at once on a network in training, with random streams that the training does not share."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.thermometer import configurational_temperature, gradient_noise, heating
from physlearn.models.dropout import set_generator

Loss = Callable[[nn.Module, Tensor], Tensor]  # (model, indices of examples) -> mean loss, nats per example


def read_thermometers(
    model: nn.Module,
    loss: Loss,
    fresh: Callable[[], Tensor],
    own: torch.Generator,
    training: torch.Generator,
    step: float | None,
    weight_decay: float,
) -> dict[str, float]:
    """Temperatures at the weights as they are, in nats per example, from three gradients drawn independently of them.

    temperature_configurational = W.(grad L + lambda W)/d; temperature_minibatch and temperature_dropout = s tr(C)/(2d),
    C the covariance of the gradient over minibatches and over dropout masks.

    Args:
        model: in training mode; its dropout layers draw from `own` while this reads, from `training` afterwards.
        loss: the mean loss on the examples of an index tensor.
        fresh: draws a minibatch's indices, independent of every other draw.
        own, training: generators of the masks, of this instrument and of the training.
        step: s, see `noise_step`; None: the two temperatures of the noise are left out.
        weight_decay: lambda.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]

    def gradient(batch: Tensor) -> list[Tensor]:
        return list(torch.autograd.grad(loss(model, batch), parameters))

    set_generator(model, own)
    first, second = fresh(), fresh()
    g11, g12, g23 = gradient(first), gradient(first), gradient(second)
    set_generator(model, training)

    dimension = sum(p.numel() for p in parameters)
    readings = {"temperature_configurational": configurational_temperature(parameters, g23, weight_decay)}
    if step is not None:
        noise = gradient_noise(g11, g12, g23)
        readings["temperature_minibatch"] = heating(noise.minibatch, step, dimension)
        readings["temperature_dropout"] = heating(noise.masks, step, dimension)
    return readings


def noise_step(optimizer: torch.optim.Optimizer) -> float | None:
    """The s with which gradient noise of covariance C adds the temperature s tr(C)/(2d), to leading order in h.

    Langevin, and SGD without momentum: h. SGD with momentum mu: h/(1 - mu). BAOA with friction gamma and mass m:
    h^2 (1 + c)/(2m(1 - c)), c = exp(-gamma h). SGNHT: h/A is what its thermostat has to take up. None where no one
    number says it: without friction the temperature rises without end, a metric (pSGLD, Adam) heats each weight in its
    own way, and MALA has no gradient noise.
    """
    group = optimizer.param_groups[0]
    if isinstance(optimizer, UnderdampedLangevin):
        c = math.exp(-group["friction"] * group["lr"])
        if c == 1:
            return None
        return group["lr"] ** 2 * (1 + c) / (2 * group["mass"] * (1 - c))
    if isinstance(optimizer, NoseHoover):
        return group["lr"] / group["diffusion"] if group["diffusion"] > 0 else None
    if isinstance(optimizer, Langevin | torch.optim.SGD):
        return group["lr"] / (1 - group.get("momentum", 0.0))
    return None
