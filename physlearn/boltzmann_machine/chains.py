"""Chains that measure the machine's side of the gradient: from the data (CD), persistent (PCD), or tempered.

- ``cd``: k Gibbs steps from the rows of the batch; biased, since k steps do not forget the data (Hinton 2002).
- ``pcd``: k Gibbs steps from where the chains were left at the last update (Younes 1989; Tieleman, ICML 2008).
- ``tempered``: persistent, and each chain is one of R replicas along the path from the base rates to the machine,
  beta = 1/T from 1 down, that exchange by physlearn.tempering (Desjardins et al., AISTATS 2010).

The exchange compares U = E(v, h) + a_0.v: along the path E_beta = -a_0.v + beta U, and the first part is common to all.
"""

from typing import Any, Protocol

import torch
from torch import Tensor

from physlearn.boltzmann_machine.path import Path
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange


class Chains(Protocol):
    """What a training loop needs of them."""

    def sample(self, machine: RestrictedBoltzmannMachine, batch: Tensor) -> Tensor:
        """Visible units on which the machine's moments are measured, after k steps: (row, visible)."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class FromData:
    """CD-k: chains that begin at the rows of each batch.

    Args:
        steps: k.
        generator: of all their draws.
    """

    def __init__(self, steps: int, generator: torch.Generator) -> None:
        self.steps, self.generator = steps, generator

    def sample(self, machine: RestrictedBoltzmannMachine, batch: Tensor) -> Tensor:
        return machine.gibbs(batch, self.steps, self.generator)

    def state_dict(self) -> dict[str, Any]:
        return {"generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.generator.set_state(state["generator"].cpu())


class Persistent(FromData):
    """PCD-k: chains that go on from where they were.

    Args:
        v: where they begin, (row, visible).
        steps: k.
        generator: of all their draws.
    """

    def __init__(self, v: Tensor, steps: int, generator: torch.Generator) -> None:
        super().__init__(steps, generator)
        self.v = v

    def sample(self, machine: RestrictedBoltzmannMachine, batch: Tensor) -> Tensor:
        self.v = machine.gibbs(self.v, self.steps, self.generator)
        return self.v

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"v": self.v}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.v = state["v"].to(self.v).clone()


class Tempered(FromData):
    """Persistent chains, each the coldest of R replicas at equal steps of beta, one round of exchange per Gibbs step.

    Args:
        base: a_0 of the base rates, (visible,).
        chains: ladders side by side.
        count: R >= 2.
        hottest: the smallest beta > 0.
        steps: k.
        generator: of the Gibbs steps.
        swaps: of the exchange, on the CPU.
    """

    def __init__(
        self,
        base: Tensor,
        chains: int,
        count: int,
        hottest: float,
        steps: int,
        generator: torch.Generator,
        swaps: torch.Generator,
    ) -> None:
        super().__init__(steps, generator)
        self.base, self.swaps = base, swaps
        betas = torch.linspace(1, hottest, count, dtype=torch.float64)
        self.replicas = replicas(1 / betas, chains)
        self.v = torch.zeros(chains * count, len(base), dtype=base.dtype, device=base.device)
        self.v += torch.rand(self.v.shape, generator=generator, dtype=base.dtype, device=base.device) < base.sigmoid()

    def sample(self, machine: RestrictedBoltzmannMachine, batch: Tensor) -> Tensor:
        path, h = Path(machine, self.base), torch.empty(0)

        def explore(temperatures: Tensor) -> None:
            nonlocal h
            beta = (1 / temperatures).to(self.v)[:, None]  # (row, 1)
            h = path.hidden(machine.hidden_fields(self.v), beta, self.generator)
            self.v = path.visible(h, beta, self.generator)

        def measure() -> Tensor:
            return machine.energy(self.v, h) + self.v @ self.base

        rounds = exchange(self.replicas, explore, measure, self.swaps)
        for _ in range(self.steps):
            next(rounds)
        return self.v[self.replicas.rows()[:, 0].to(self.v.device)]

    def acceptance(self) -> list[float]:
        """Mean probability of a swap of each pair, from the machine's own (beta = 1) outwards."""
        return (1 - self.replicas.rejection / max(1, self.replicas.rounds)).tolist()

    def state_dict(self) -> dict[str, Any]:
        more = {"v": self.v, "swaps": self.swaps.get_state(), "replicas": self.replicas.state_dict()}
        return super().state_dict() | more

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.v = state["v"].to(self.v).clone()
        self.swaps.set_state(state["swaps"].cpu())
        self.replicas.load_state_dict(state["replicas"])
