"""The straight path from independent pixels to a machine, along which chains are tempered and ln Z is integrated.

    E_beta(v, h) = (1 - beta) (-a_0.v) + beta E(v, h),      0 <= beta <= 1

beta = 0 is the base-rate machine: W = 0, b = 0, visible fields a_0, with ln Z_0 = sum_i ln(1 + exp(a_0i)) + H ln 2. At
every beta it is a machine again, with W and b times beta. Source: Salakhutdinov and Murray, ICML (2008), eqs. 13 to 16.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine, draw


@dataclass(frozen=True)
class Path:
    """The machines between the base rates and a machine. A beta is a number, or one of each row, (row, 1).

    Args:
        machine: at beta = 1.
        base: a_0, (visible,).
    """

    machine: RestrictedBoltzmannMachine
    base: Tensor

    @property
    def log_z_base(self) -> float:
        """ln Z_0, in nats."""
        return float(softplus(self.base.double()).sum()) + len(self.machine.hidden) * math.log(2)

    def start(self, rows: int, generator: torch.Generator) -> Tensor:
        """Exact samples at beta = 0: (row, visible)."""
        return draw(self.base.expand(rows, -1), generator)

    def free_energy(self, v: Tensor, fields: Tensor, beta: float | Tensor) -> Tensor:
        """F_beta(v), given fields = b + W v: (row,)."""
        a = self.base + beta * (self.machine.visible - self.base)  # (visible,), or (row, visible)
        return -(v * a).sum(1) - softplus(beta * fields).sum(1)

    def work(self, v: Tensor, fields: Tensor, before: float, after: float) -> Tensor:
        """F_after(v) - F_before(v) in double precision, given fields = b + W v: (row,)."""
        linear = v @ (self.machine.visible - self.base)
        return ((before - after) * linear - (softplus(after * fields) - softplus(before * fields)).sum(1)).double()

    def hidden(self, fields: Tensor, beta: float | Tensor, generator: torch.Generator) -> Tensor:
        """h ~ p_beta(h | v), given fields = b + W v: (row, hidden)."""
        return draw(beta * fields, generator)

    def visible(self, h: Tensor, beta: float | Tensor, generator: torch.Generator) -> Tensor:
        """v ~ p_beta(v | h): (row, visible)."""
        return draw((1 - beta) * self.base + beta * self.machine.visible_fields(h), generator)

    def at(self, beta: float) -> RestrictedBoltzmannMachine:
        """The machine at beta."""
        visible = self.base + beta * (self.machine.visible - self.base)
        return RestrictedBoltzmannMachine(beta * self.machine.weights, visible, beta * self.machine.hidden)
