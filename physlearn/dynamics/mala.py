"""The Metropolis-adjusted Langevin algorithm: a Langevin step as a proposal, and a test that removes its bias."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor

from physlearn.dynamics.thermal import Generators, Temperature, ThermalOptimizer, add_scaled, evaluate, root, rows


class MALA(ThermalOptimizer):
    r"""W' = W - h g + sqrt(2hT) xi, accepted with probability min(1, A): samples exp(-E/T)/Z exactly.

    With h = `lr`, T = `temperature`, g = dE/dW, E = closure() + (weight_decay/2) |W|^2, D = W' - W:

        ln A = -(E' - E)/T + [ln q(W|W') - ln q(W'|W)],   ln q(W'|W) = -|W' - W + h g|^2/(4hT)
             = -(E' - E)/T + D.(g + g')/(2T) - h(|g'|^2 - |g|^2)/(4T)

    Full batch only: the energies compared must be those of all the training examples, without dropout; a minibatch's
    energies accept by their noise. On d equal wells of curvature k the mean acceptance is 2 I_q(d/2, d/2) with
    q = (1/2)(1 - (hk)^{3/2}/sqrt((hk)^3 + 8)).

    ``step(closure)`` calls the closure twice, at W and at W'; nothing is remembered, so the weights may be changed
    between steps. The closure clears the gradients, computes the energy, calls backward (on its sum) and returns it: a
    scalar, or one energy for each replica, (replica,), when the leading dimension of every parameter is the replica;
    replicas are accepted one by one. After the step ``.grad`` is the closure's gradient at the state that was kept. At
    T = 0 every proposal is accepted, nothing is drawn and the step equals ``torch.optim.SGD`` bit for bit.

    Args:
        params: parameters or groups; the step may differ between groups, the temperature may not.
        lr: h, the time step of the proposal.
        temperature: T, a number or a vector with one value per replica.
        weight_decay: the prior's curvature.
        generator: stream of the noise; None: a new one, seeded from torch's global generator. One a replica is allowed.

    Raises:
        ValueError: a value out of its range, groups at different temperatures, no closure, energies of a wrong shape.

    Source: Besag, J. R. Stat. Soc. B 56 (1994) 591; Roberts & Tweedie, Bernoulli 2 (1996) 341.
    """

    exact_energy: ClassVar = True
    ends_with_gradient: ClassVar = True

    def noise_step(self, group: dict[str, Any]) -> None:
        """There is no gradient noise: the batch is full."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        temperature: Temperature = 0.0,
        weight_decay: float = 0.0,
        generator: Generators = None,
    ) -> None:
        super().__init__(params, dict(lr=lr, temperature=temperature, weight_decay=weight_decay), generator)
        self.param_groups[0].update(proposed=0, accepted=torch.zeros((), dtype=torch.float64))

    def acceptance(self) -> Tensor:
        """Accepted proposals / proposals since the start: () or (replica,).

        Raises:
            ValueError: before the first step.
        """
        if not self.param_groups[0]["proposed"]:
            raise ValueError("there is no acceptance before the first step")
        return self.param_groups[0]["accepted"] / self.param_groups[0]["proposed"]

    def path_ratio(self) -> str:
        return "heat_bath"

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:
        """Propose, accept or reject; returns the energy of the state that was kept, prior included."""
        if closure is None:
            raise ValueError("MALA needs a closure that returns the energy")
        energy, temperature = self._energy(closure), self._temperature()
        before = [
            (group, w, w.clone(), w.grad.clone(), g if group["weight_decay"] else g.clone())
            for group, weights, gradients in self.forces()
            for w, g in zip(weights, gradients, strict=True)
        ]
        self._propose()
        new_energy = self._energy(closure)
        after = [g for _, _, gradients in self.forces() for g in gradients]

        scaled_ratio = energy - new_energy  # T ln A: () or (replica,)
        for (group, w, old, _, g), new_g in zip(before, after, strict=True):
            work = (w - old) * (g + new_g) / 2 - group["lr"] / 4 * (new_g.square() - g.square())
            scaled_ratio = scaled_ratio + (work.reshape(len(energy), -1).sum(1) if energy.dim() else work.sum())
        accept = self._accept(scaled_ratio, temperature.to(energy))

        for _, w, old, old_grad, _ in before:
            keep = rows(accept, w).bool() if accept.dim() else accept
            w.copy_(torch.where(keep, w, old))
            w.grad.copy_(torch.where(keep, w.grad, old_grad))
        first = self.param_groups[0]
        first.update(proposed=first["proposed"] + 1, accepted=first["accepted"].to(accept.device) + accept.double())
        return torch.where(accept, new_energy, energy)

    def _propose(self) -> None:
        for group, weights, gradients in self.forces():
            torch._foreach_add_(weights, gradients, alpha=-group["lr"])
            noise = self.noise(group, weights)
            if noise is not None:
                add_scaled(weights, noise, root(2 * group["lr"] * group["temperature"]))

    def _accept(self, scaled_ratio: Tensor, temperature: Tensor) -> Tensor:
        if not bool((temperature > 0).any()):
            return torch.ones_like(scaled_ratio, dtype=torch.bool)
        shape, like = scaled_ratio.shape, dict(dtype=scaled_ratio.dtype, device=scaled_ratio.device)
        if len(self.generators) == 1:
            uniform = torch.rand(shape, generator=self.generators[0], **like)
        else:
            uniform = torch.cat([torch.rand(1, generator=generator, **like) for generator in self.generators])
        return (uniform.log() * temperature < scaled_ratio) | (temperature == 0)

    def _temperature(self) -> Tensor:
        """The one temperature of all groups: () or (replica,)."""
        first, *others = (torch.as_tensor(group["temperature"]) for group in self.param_groups)
        if any(not torch.equal(first, other) for other in others):
            raise ValueError("the groups of MALA must have one temperature: its test compares whole states")
        return first

    def _energy(self, closure: Callable[[], Tensor]) -> Tensor:
        """The closure's energy and the prior's: () or (replica,)."""
        energy = evaluate(closure)
        if not isinstance(energy, Tensor) or energy.dim() > 1:
            raise ValueError(f"the closure must return a scalar or one energy per replica, got {energy!r}")
        energy = energy.detach().clone()
        for group in self.param_groups:
            for w in group["params"]:
                if energy.dim() and len(w) != len(energy):
                    raise ValueError(f"{len(energy)} energies need parameters with as many rows, got {len(w)}")
                if group["weight_decay"] and w.grad is not None:
                    square = w.reshape(len(energy), -1).square().sum(1) if energy.dim() else w.square().sum()
                    energy = energy + group["weight_decay"] / 2 * square
        return energy
