"""The stochastic gradient Nose-Hoover thermostat: friction that finds by itself what the gradient noise needs."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics.momenta import MomentumOptimizer
from physlearn.dynamics.thermal import Generators, Temperature, add_scaled, evaluate, root, rows


class NoseHoover(MomentumOptimizer):
    r"""dp = -grad E dt - xi p dt + sqrt(2AT) dB, dW = p dt, d xi = (|p|^2/d - T)/q dt.

    With h = `lr`, T = `temperature`, A = `diffusion`, q = `inertia`, d weights in a group, xi the friction that adapts,
    g = dE/dW, zeta normal, in this order:

        p  <- p - h g - h xi p + sqrt(2 A T h) zeta
        W  <- W + h p
        xi <- xi + h (|p|^2/d - T)/q

    In the stationary state <|p|^2>/d = T whatever the variance C of the gradient noise, because xi rises to
    <xi> = A + hC/(2T) + h<xi>^2/2 (flat energy, large d); Var xi = T/(qd) for small h, so Q = qd in the usual notation
    and q = 1 is the choice of the paper. The thermostat holds the *mean* temperature of a group: when C differs between
    weights, weight i sits at T_i ~ (AT + hC_i/2)/<xi>, which a group for each layer lessens. The weights follow to
    first order in h: on a well <x^2> = (T/k)(1 - h<xi>/2), so keep h<xi> small. Mass 1. The momenta start with
    variance T, xi at A.

    Args:
        params: parameters or groups; a group has one thermostat, or one a replica when the temperature is a vector.
        lr: h, the time step.
        temperature: T, a number or a vector with one value a replica.
        diffusion: A >= 0, the noise injected and the friction that pays for it.
        inertia: q > 0, of the thermostat, for each degree of freedom.
        weight_decay: the prior's curvature.
        generator: stream of the noise; None: a new one, seeded from torch's global generator. One a replica is allowed.

    Raises:
        ValueError: a value out of its range.

    Source: Ding et al., NeurIPS 2014, algorithm 2 (T = 1, q = 1 there).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        temperature: Temperature,
        diffusion: float = 1.0,
        inertia: float = 1.0,
        weight_decay: float = 0.0,
        generator: Generators = None,
    ) -> None:
        defaults = dict(lr=lr, temperature=temperature, diffusion=diffusion, inertia=inertia, weight_decay=weight_decay)
        super().__init__(params, defaults | {"mass": 1.0}, generator)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        replicas = group["temperature"].shape if isinstance(group["temperature"], Tensor) else ()
        xi = group["params"][0].detach().new_full(replicas, group["diffusion"])  # () or (replica,)
        group.setdefault("thermostat", xi)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of every group; returns the closure's value."""
        loss = evaluate(closure)
        for group, weights, gradients in self.forces():
            h, xi, T = group["lr"], group["thermostat"].to(weights[0]), group["temperature"]
            momenta = self.momenta(group, weights)
            noise = self.noise(group, weights)
            torch._foreach_mul_(momenta, [rows(1 - h * xi, p) for p in momenta])
            add_scaled(momenta, gradients, -h)
            if noise is not None:
                add_scaled(momenta, noise, root(2 * group["diffusion"] * h * T))
            add_scaled(weights, momenta, h)
            T = T.to(xi) if isinstance(T, Tensor) else T
            group["thermostat"] = xi + h * (_mean_square(momenta, xi.dim() > 0) - T) / group["inertia"]
        return loss


def _mean_square(momenta: list[Tensor], by_replica: bool) -> Tensor:
    """|p|^2 / d: () or (replica,)."""
    if not by_replica:
        return sum(p.square().sum() for p in momenta) / sum(p.numel() for p in momenta)
    return sum(p.view(len(p), -1).square().sum(1) for p in momenta) / sum(p[0].numel() for p in momenta)
