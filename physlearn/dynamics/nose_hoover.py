"""The stochastic gradient Nose-Hoover thermostat: friction that finds by itself what the gradient noise needs."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics.momenta import MomentumOptimizer, damped_relaxation
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

    Under replica exchange a swap scales the momenta in the middle of the kick -h g, and xi - A, by sqrt(T_new/T_old)
    both: for h -> 0 and without gradient noise x, p and xi are independent with variances proportional to T, which this
    keeps. At a finite step it is biased at first order in h, as the thermostat is without exchange. Simulated at T = 1
    and 2 (d = 4 wells of k = 1, A = .5, q = 1, a swap every step): k<x^2>/T = .953(1), .977(2) at h = .2 and .977(1),
    .990(2) at h = .1 (without swaps .956(1), .974(2) and .980(1), .990(2)); <p^2>/T = .986(1), 1.010(1) and .993(1),
    1.005(1). Gradient noise moves <xi> away from A by hC/(2T), by another amount at each T: the scaling misses that,
    until the thermostat has relaxed. Where swaps should be exact, use MALA or UnderdampedLangevin.

    Args:
        params: parameters or groups; a group has one thermostat, or one per replica when the temperature is a vector.
        lr: h, the time step.
        temperature: T, a number or a vector with one value per replica.
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

    def noise_step(self, group: dict[str, Any]) -> float | None:
        """h/A: what the thermostat has to take up; with A = 0 no number says it."""
        return group["lr"] / group["diffusion"] if group["diffusion"] > 0 else None

    def relaxation(self, group: dict[str, Any], curvature: float) -> float:
        """As at the friction A, which gradient noise only raises."""
        return damped_relaxation(group["lr"], group["diffusion"], curvature)

    def configurational(self, group: dict[str, Any], heat: float, force: float) -> float:
        """T (1 - h xi/2), to first order in h, whatever the gradient noise is; xi is the friction as it stands."""
        return group["temperature"] * (1 - group["lr"] * float(group["thermostat"].mean()) / 2)

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

    @torch.no_grad()
    def change_temperature(self, factor: Temperature, closure: Callable[[], Any] | None) -> None:
        """p' <- factor p' in the middle of the kick, and xi <- A + factor (xi - A): right for h -> 0 (see above)."""
        super().change_temperature(factor, closure)
        for group in self.param_groups:
            xi, diffusion = group["thermostat"], group["diffusion"]
            scale = factor.to(xi) if isinstance(factor, Tensor) else factor
            group["thermostat"] = diffusion + scale * (xi - diffusion)

    def leave_levels(self, closure: Callable[[], Any] | None) -> list[Tensor]:
        """p' and the thermostats, one per replica, both of which stay with their levels."""
        found = super().leave_levels(closure)
        return found + [group["thermostat"].clone() for group in self.param_groups] if found else []

    def enter_levels(self, found: list[Tensor], closure: Callable[[], Any] | None) -> None:
        """p = p' + h g/2, and the thermostat of the level."""
        momenta, thermostats = found[: -len(self.param_groups)], found[-len(self.param_groups) :]
        super().enter_levels(momenta, closure)
        for group, thermostat in zip(self.param_groups, thermostats, strict=True):
            group["thermostat"] = thermostat


def _mean_square(momenta: list[Tensor], by_replica: bool) -> Tensor:
    """|p|^2 / d: () or (replica,)."""
    if not by_replica:
        return sum(p.square().sum() for p in momenta) / sum(p.numel() for p in momenta)
    return sum(p.view(len(p), -1).square().sum(1) for p in momenta) / sum(p[0].numel() for p in momenta)
