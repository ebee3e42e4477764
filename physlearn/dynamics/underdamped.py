"""The underdamped Langevin equation: weights with inertia, friction and thermal noise, one gradient per step."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics.momenta import MomentumOptimizer, damped_relaxation
from physlearn.dynamics.thermal import Generators, Temperature, add_scaled, evaluate, root


class UnderdampedLangevin(MomentumOptimizer):
    r"""dW = p/m dt, dp = -grad E dt - gamma p dt + sqrt(2 gamma m T) dB, split as B A O A with one gradient per step.

    With h = `lr`, T = `temperature`, m = `mass`, gamma = `friction`, c = exp(-gamma h), g = dE/dW, xi normal:

        B   p <- p - h g
        A   W <- W + h p / 2m
        O   p <- c p + sqrt((1 - c^2) m T) xi
        A   W <- W + h p / 2m

    On a well E = k x^2/2 with gradient noise of variance C (stable for h^2 k < 4m):
    <x^2> = T/k + C h^2 (1+c) / (k (1-c) (4m - h^2 k)) and <p^2> = mT + 4 C c^2 h^2 m / ((1-c^2)(4m - h^2 k)): without
    gradient noise they are T/k and mT, but <x p> = hT/2: replica exchange swaps in the middle of B, where positions and
    momenta are independent (`MomentumOptimizer.change_temperature`). The momenta start with variance m T. The map to
    SGD with momentum mu and rate eta, to leading order: mu = c, h^2/m = eta. At T = 0 it is a damped descent and
    nothing is drawn.

    Args:
        params: parameters or groups; with a vector temperature the leading dimension of each is the replica.
        lr: h, the time step (not the learning rate of SGD: see the map above).
        temperature: T, a number or a vector with one value per replica.
        friction: gamma >= 0, per unit of time; 0 leaves Hamilton's equations.
        mass: m > 0.
        weight_decay: the prior's curvature.
        generator: stream of the noise; None: a new one, seeded from torch's global generator. One a replica is allowed.

    Raises:
        ValueError: a value out of its range.

    Source: Leimkuhler & Matthews, Molecular Dynamics (2015), ch. 7, for the splittings.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        temperature: Temperature,
        friction: float,
        mass: float = 1.0,
        weight_decay: float = 0.0,
        generator: Generators = None,
    ) -> None:
        defaults = dict(lr=lr, temperature=temperature, friction=friction, mass=mass, weight_decay=weight_decay)
        super().__init__(params, defaults, generator)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One B A O A of every group; returns the closure's value."""
        loss = evaluate(closure)
        for group, weights, gradients in self.forces():
            h, half_drift = group["lr"], group["lr"] / (2 * group["mass"])
            momenta = self.momenta(group, weights)
            add_scaled(momenta, gradients, -h)  # B
            add_scaled(weights, momenta, half_drift)  # A
            self._exchange_heat(group, weights, momenta)  # O
            add_scaled(weights, momenta, half_drift)  # A
        return loss

    def noise_step(self, group: dict[str, Any]) -> float | None:
        """h^2 (1 + c)/(2m(1 - c)), c = exp(-gamma h): what <x^2> of the law above holds to leading order in h.

        None without friction, where gradient noise raises the temperature without end.
        """
        c = math.exp(-group["friction"] * group["lr"])
        return group["lr"] ** 2 * (1 + c) / (2 * group["mass"] * (1 - c)) if c < 1 else None

    def relaxation(self, group: dict[str, Any], curvature: float) -> float:
        """1/(h r), r the slower rate of s^2 - gamma s + k/m = 0: k/(gamma m) at strong friction, gamma/2 at weak."""
        return damped_relaxation(group["lr"], group["friction"], curvature / group["mass"])

    def path_ratio(self) -> str:
        return "baoa"

    def _exchange_heat(self, group: dict[str, Any], weights: list[Tensor], momenta: list[Tensor]) -> None:
        c = math.exp(-group["friction"] * group["lr"])
        torch._foreach_mul_(momenta, c)
        noise = self.noise(group, weights)
        if noise is not None:
            add_scaled(momenta, noise, root((1 - c * c) * group["mass"] * group["temperature"]))
