"""Momenta: how they start, what temperature they read, and how they follow a change of temperature."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics.thermal import Temperature, ThermalOptimizer, evaluate, root, rows


class MomentumOptimizer(ThermalOptimizer):
    """A thermal optimizer whose weights have momenta p = ``state[W]["momentum"]`` of mass m = ``group["mass"]``.

    Between two steps p and W are correlated: the last drift moved W along p. On a well E = k x^2/2 at temperature T,
    after a B A O A of step h, <x p> = hT/2. Half of the next B takes the correlation away: with g = dE/dW at W,

        p' = p - h g / 2,    <x^2> = T/k,    <x p'> = 0,    <p'^2> = mT (1 - h^2 k/4m).

    Only there are positions and momenta independent and the positions in equilibrium, so that a swap of temperatures
    which is decided by E(W) alone, and scales p' by sqrt(T_new/T_old), keeps the law of both. It needs no gradient of
    its own: g is that of the next step.
    """

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
    def start_momenta(self, closure: Callable[[], Any] | None) -> None:
        """p = p' + h g/2 with p' normal, variance m T, for weights that have no momenta yet; else nothing.

        Independent of the weights in the middle of B, as they are in equilibrium; their variance there,
        m T (1 - h^2 k/4m), comes with the burn-in, a few 1/friction.

        Args:
            closure: clears the gradients, computes the energy and its gradient.
        """
        if all("momentum" in self.state[w] for group in self.param_groups for w in group["params"]):
            return
        evaluate(closure)
        for group, weights, gradients in self.forces():
            new = [(w, g) for w, g in zip(weights, gradients, strict=True) if "momentum" not in self.state[w]]
            momenta = self.momenta(group, [w for w, _ in new])
            for momentum, (_, g) in zip(momenta, new, strict=True):
                momentum.add_(g, alpha=group["lr"] / 2)

    @torch.no_grad()
    def change_temperature(self, factor: Temperature, closure: Callable[[], Any] | None) -> None:
        """p' <- factor p' in the middle of B, p' = p - h g/2: p <- factor p + (1 - factor) h g/2.

        Replica exchange swaps temperatures and leaves the weights where they are. With factor = sqrt(T_new/T_old) the
        momenta are then in the equilibrium of the new temperature. On a quadratic energy without gradient noise this
        is exact at any h that is stable (B A O A; covariances T K^-1 and T (m - h^2 K/4), both proportional to T).
        Otherwise the error is of order h^2; with gradient noise, which correlates W with p' as well, no point of the
        step is exact.

        Args:
            factor: a number, or one per row, (replica,).
            closure: computes energy and gradient at the present weights: those of the next step, which may reuse them
                (a minibatch: that of the next step). None: the gradients are in place.
        """
        evaluate(closure)
        for group, weights, gradients in self.forces():
            for w, g in zip(weights, gradients, strict=True):
                if (momentum := self.state[w].get("momentum")) is not None:
                    kick = rows((1 - factor) * group["lr"] / 2, momentum)
                    momentum.mul_(rows(factor, momentum)).add_(kick * g)

    @torch.no_grad()
    def leave_levels(self, closure: Callable[[], Any] | None) -> list[Tensor]:
        """p' = p - h g/2 of all weights that have momenta, g under the energy of the level that is left.

        Where levels do not share their energy, p' has another law at each, T (m - h^2 K_T/4), and stays there when the
        weights go: row r takes over that of the row whose level it is at now, by `enter_levels`.
        """
        return self._kicked(-0.5, closure)

    @torch.no_grad()
    def enter_levels(self, found: list[Tensor], closure: Callable[[], Any] | None) -> None:
        """p = p' + h g/2, g under the energy of the level that is entered; `found` is p' in the order it was left."""
        existing = [momentum for group in self.param_groups for momentum in self._existing(group)]
        for momentum, values in zip(existing, found, strict=True):
            momentum.copy_(values)
        for momentum, values in zip(existing, self._kicked(0.5, closure), strict=True):
            momentum.copy_(values)

    def _kicked(self, share: float, closure: Callable[[], Any] | None) -> list[Tensor]:
        """p + share h g of all weights that have momenta, in the order of the groups."""
        if not any(self._existing(group) for group in self.param_groups):
            return []
        evaluate(closure)
        return [
            self.state[w]["momentum"] + share * group["lr"] * g
            for group, weights, gradients in self.forces()
            for w, g in zip(weights, gradients, strict=True)
        ]

    @torch.no_grad()
    def rescale_momenta(self, factor: Temperature) -> None:
        """p <- factor p, a vector factor scaling rows; `change_temperature` is what a swap needs."""
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
