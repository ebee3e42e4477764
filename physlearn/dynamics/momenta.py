"""Momenta: how they start, what temperature they read, and how they follow a change of temperature."""

import math
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics.thermal import Temperature, ThermalOptimizer, root, rows


class MomentumOptimizer(ThermalOptimizer):
    """A thermal optimizer whose weights have momenta p = ``state[W]["momentum"]`` of mass m = ``group["mass"]``."""

    def momenta(self, group: dict[str, Any], weights: list[Tensor]) -> list[Tensor]:
        """The momenta of `weights`; drawn from their equilibrium, variance m T, where a weight has none yet."""
        new = [w for w in weights if "momentum" not in self.state[w]]
        if new:
            scale = root(group["mass"] * group["temperature"])
            noise = self.noise(group, new) or [torch.zeros_like(w) for w in new]
            for w, xi in zip(new, noise, strict=True):
                self.state[w]["momentum"] = (rows(scale, w) * xi).to(w.dtype).contiguous()
        return [self.state[w]["momentum"] for w in weights]

    @torch.no_grad()
    def kinetic_temperature(self) -> Tensor:
        """p.M^-1 p / d over the d weights that have moved: a scalar, or (replica,) when the temperature is a vector.

        Raises:
            ValueError: before the first step, when there are no momenta.
        """
        twice_energy, degrees = torch.zeros((), dtype=torch.float64), 0
        for group in self.param_groups:
            by_replica = isinstance(group["temperature"], Tensor)
            for momentum in self._existing(group):
                squares = momentum.square() / group["mass"]
                total = squares.flatten(1).sum(1) if by_replica and momentum.dim() > 1 else squares
                total = total if by_replica else total.sum()  # (replica,) or ()
                twice_energy = twice_energy + total.double().to(twice_energy.device)
                degrees += momentum.numel() // (len(momentum) if by_replica else 1)
        if not degrees:
            raise ValueError("there are no momenta before the first step")
        return twice_energy / degrees

    @torch.no_grad()
    def rescale_momenta(self, factor: Temperature) -> None:
        """p <- factor p, a vector factor scaling rows.

        Replica exchange swaps temperatures and leaves the weights where they are: sqrt(T_new/T_old) a replica keeps the
        momenta in the equilibrium of the new temperature and the swap's acceptance free of kinetic energy.
        """
        for group in self.param_groups:
            for momentum in self._existing(group):
                momentum.mul_(rows(factor, momentum))

    def _existing(self, group: dict[str, Any]) -> list[Tensor]:
        return [self.state[w]["momentum"] for w in group["params"] if "momentum" in self.state[w]]


def damped_relaxation(step: float, friction: float, frequency_squared: float) -> float:
    """Steps in which x'' = -gamma x' - (k/m) x forgets its start: 1/(h Re s), s the slower root of its characteristic.

    s = gamma/2 - sqrt(gamma^2/4 - k/m), gamma = `friction`, k/m = `frequency_squared`, h = `step`.
    """
    discriminant = friction**2 / 4 - frequency_squared
    half = friction / 2
    # the smaller root without the cancellation of gamma/2 against the square root
    rate = half if discriminant <= 0 else frequency_squared / (half + math.sqrt(discriminant))
    return 1 / (step * rate) if step * rate > 0 else math.inf
