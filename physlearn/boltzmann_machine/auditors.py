"""Chains that follow ln Z through a training and do not drive it.

At update k the energy function changes under a chain that stands at v, which is work; then a Gibbs step is made:

    W_k = F_k(v) - F_(k-1)(v),      <exp(-sum_k W_k)> = Z_K/Z_0      exactly, for chains that theta does not depend on

Chains from which the gradient is measured are correlated with the change of theta: their ln Z is too small by about
lr tr Cov(dF/dtheta)/M at each update, M chains (physlearn.boltzmann_machine.training.spread).

Weights degenerate. Where a group's effective fraction falls below a half its chains are resampled in proportion to
their weights, which leaves <exp(-sum W)> of the group unbiased; groups never mix, so that their scatter is the error.

Sources: Jarzynski, Phys. Rev. Lett. 78 (1997) 2690; Carbone et al., arXiv 2305.19414; Del Moral,
Doucet and Jasra, J. R. Stat. Soc. B 68 (2006) 411.
"""

import math
from typing import Any

import torch
from torch import Tensor

from physlearn.boltzmann_machine.ais import LogZ, log_mean
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine

LEAST = 0.5  # effective fraction of a group below which it is resampled


class Auditors:
    """Chains in independent groups, and the work done on each.

    Args:
        machine: at which they begin; its parameters are copied.
        v: samples of its p(v), (chain, visible).
        log_z: its ln Z.
        groups: how many, of equal size; one: no error can be given.
        generator: of Gibbs steps and resampling.

    Raises:
        ValueError: the chains do not divide into groups of at least two.
    """

    def __init__(
        self, machine: RestrictedBoltzmannMachine, v: Tensor, log_z: float, groups: int, generator: torch.Generator
    ) -> None:
        if groups < 1 or len(v) % groups or len(v) < 2 * groups:
            raise ValueError(f"{len(v)} chains do not make {groups} groups of equal size, two chains each at least")
        self.machine, self.v, self.generator = machine.clone(), v, generator
        # -sum W since a group was resampled, (group, chain)
        self.logs = torch.zeros(groups, len(v) // groups, dtype=torch.float64, device=v.device)
        self.log_z = torch.full((groups,), log_z, dtype=torch.float64, device=v.device)  # up to then
        self.resampled = 0

    @torch.no_grad()
    def follow(self, machine: RestrictedBoltzmannMachine, steps: int = 1) -> None:
        """Books the work of the change from the machine of the last call to this one; resamples; makes Gibbs steps."""
        self.book(machine, self.v)
        self.resample()
        self.v = machine.gibbs(self.v, steps, self.generator)

    @torch.no_grad()
    def book(self, machine: RestrictedBoltzmannMachine, v: Tensor) -> None:
        """The work of the change of parameters on chains that stand at v, (chain, visible)."""
        work = machine.free_energy(v).double() - self.machine.free_energy(v).double()
        self.logs -= work.view_as(self.logs)
        for mine, theirs in zip(self.machine.parameters, machine.parameters, strict=True):
            mine.copy_(theirs)

    def resample(self) -> None:
        """Systematic resampling within each group whose effective fraction is below a half."""
        weights = self.logs.softmax(1)  # (group, chain)
        size = weights.shape[1]
        for group in (1 / weights.square().sum(1) < LEAST * size).nonzero()[:, 0].tolist():
            offset = torch.rand(1, generator=self.generator, dtype=torch.float64, device=weights.device)
            ticks = (torch.arange(size, device=weights.device) + offset) / size
            chosen = torch.searchsorted(weights[group].cumsum(0), ticks).clamp_max(size - 1)
            rows = slice(group * size, (group + 1) * size)
            self.v[rows] = self.v[rows][chosen]
            self.log_z[group] += self.logs[group].logsumexp(0) - math.log(size)
            self.logs[group] = 0
            self.resampled += 1

    def estimate(self) -> LogZ:
        """ln of the mean of the groups' Z, its standard error from their scatter (NaN for one group), and the ESS.

        The effective fraction is that of all chains under their weights of now.
        """
        groups, size = self.logs.shape
        logs = self.log_z + self.logs.logsumexp(1) - math.log(size)  # (group,)
        effective = log_mean((self.logs + self.log_z[:, None]).flatten())[2]
        if groups == 1:
            return LogZ(float(logs[0]), math.nan, effective)
        return LogZ(*log_mean(logs)[:2], effective)

    def state_dict(self) -> dict[str, Any]:
        """Enough to go on bit for bit."""
        tensors = {"v": self.v, "logs": self.logs, "log_z": self.log_z, "machine": list(self.machine.parameters)}
        return tensors | {"generator": self.generator.get_state(), "resampled": self.resampled}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.v, self.logs, self.log_z = (state[name].to(self.v.device).clone() for name in ("v", "logs", "log_z"))
        self.machine = RestrictedBoltzmannMachine(*(value.to(self.v).clone() for value in state["machine"]))
        self.generator.set_state(state["generator"].cpu())
        self.resampled = state["resampled"]
