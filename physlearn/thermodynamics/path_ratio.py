"""The ratio of the probabilities of a step and of its reverse, for each equation of motion that has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics.thermal import ThermalOptimizer, rows

Groups = Sequence[tuple[dict[str, Any], list[Tensor], list[Tensor]]]


@dataclass
class Step:
    """A step between its first gradient and its end.

    Args:
        before: the weights W, copies; empty where the ratio does not need them.
        gradients: dU_k/dW at W, prior included.
        settings: one for each of them: (h, T, mass or 1).
        decays: lambda of each parameter group.
        kinetic: kinetic energy once the force has acted (B), which the heat bath (O) then changes: () or (row,).
    """

    before: list[Tensor]
    gradients: list[Tensor]
    settings: list[tuple[float, Any, float]]
    decays: list[float]
    kinetic: Tensor

    @classmethod
    def begin(
        cls, optimizer: ThermalOptimizer, ratio: str, groups: Groups, energy: Tensor, temperature: Any
    ) -> tuple["Step", Tensor]:
        """The step that starts at the present weights, and the kinetic energy there; `energy` gives the shape."""
        settings, before, kept = [], [], []
        kinetic, kicked = torch.zeros_like(energy), torch.zeros_like(energy)
        for group, weights, gradients in groups:
            settings += [(group["lr"], temperature, group.get("mass", 1.0))] * len(weights)
            if ratio == "baoa":
                for p, g in zip(optimizer.momenta(group, weights), gradients, strict=True):
                    kinetic = kinetic + total(p.square(), energy) / (2 * group["mass"])
                    kicked = kicked + total((p - group["lr"] * g).square(), energy) / (2 * group["mass"])
                continue
            before += [w.clone() for w in weights]
            if ratio == "euler":
                kept += [g.clone() for g in gradients]
        decays = [group["weight_decay"] for group in optimizer.param_groups]
        return cls(before, kept, settings, decays, kicked), kinetic

    def end(self, optimizer: ThermalOptimizer, ratio: str) -> dict[str, Any]:
        """What `entropy` needs beside the energy and the gradient at W'; `kinetic` is that of the end."""
        found = {"kinetic": self.kinetic, "decays": self.decays, "settings": self.settings}
        if ratio == "euler":
            return found | {"before": self.before, "gradients": self.gradients}
        temperature = self.settings[0][1]
        if ratio == "heat_bath":
            now = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
            moved = [total((w != old).double(), self.kinetic) for w, old in zip(now, self.before, strict=True)]
            return found | {"moved": sum(moved) > 0, "temperature": temperature}
        kinetic = torch.zeros_like(self.kinetic)
        for group in optimizer.param_groups:
            for w in group["params"]:
                if "momentum" in optimizer.state[w]:
                    kinetic = kinetic + total(optimizer.state[w]["momentum"].square(), kinetic) / (2 * group["mass"])
        return found | {"kinetic": kinetic, "entropy": (self.kinetic - kinetic) / temperature}


def entropy(
    ratio: str, step: dict[str, Any], weights: Sequence[Tensor], gradients: Sequence[Tensor], heat: Tensor
) -> Tensor:
    r"""s = ln p(W -> W')/p(W' -> W), what the step gives to the bath: float64, () or (row,).

        euler:      -D.(g + g')/(2T) + h (|g'|^2 - |g|^2)/(4T),   D = W' - W, g' = dU_k/dW at W'
        baoa:       -(change of the kinetic energy in O)/T; A and B conserve volume and give nothing
        heat_bath:  -(U' - U)/T, by detailed balance (a Metropolis step)

    Args:
        ratio: which of them.
        step: of `Step.end`.
        weights: W'.
        gradients: g', in their order.
        heat: H_k(W') - H_k(W).
    """
    if ratio == "heat_bath":
        return -heat / step["temperature"]
    if ratio == "baoa":
        return step["entropy"]
    released = torch.zeros_like(heat)
    parts = zip(weights, step["before"], step["gradients"], gradients, step["settings"], strict=True)
    for w, old, g, new, (h, temperature, _) in parts:
        # -D.(g + g')/2 + h (g' - g).(g' + g)/4 in one product
        product = (g + new) * (h / 4 * (new - g) - (w - old) / 2)
        released = released + total(product / rows(temperature, product), heat)
    return released


def total(values: Tensor, like: Tensor) -> Tensor:
    """The sum over all entries, or over those of each row: float64, in the shape of `like`."""
    return values.reshape(len(like), -1).sum(1, dtype=torch.float64) if like.dim() else values.sum(dtype=torch.float64)
