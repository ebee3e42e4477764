"""The restricted Boltzmann machine: binary visible and hidden units, no couplings within a layer.

    E(v, h) = -a.v - b.h - h.W v,     F(v) = -ln sum_h exp(-E(v, h)) = -a.v - sum_j ln(1 + exp(b_j + W_j.v))
    p(v) = exp(-F(v)) / Z,            p(h_j = 1 | v) = 1/(1 + exp(-b_j - W_j.v)),    and likewise p(v_i = 1 | h)

Energies are in nats at temperature 1. Source: Smolensky (1986); Hinton, Neural Computation 14 (2002) 1771.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass
class RestrictedBoltzmannMachine:
    """The parameters (W, a, b) of a machine, and what follows from them at once; see the equations above.

    Units are numbers 0 and 1 in the dtype of the parameters.

    Args:
        weights: W, (hidden, visible).
        visible: a, (visible,).
        hidden: b, (hidden,).

    Raises:
        ValueError: shapes that do not fit.
    """

    weights: Tensor
    visible: Tensor
    hidden: Tensor

    def __post_init__(self) -> None:
        if self.weights.shape != (*self.hidden.shape, *self.visible.shape):
            raise ValueError(f"weights must be (hidden, visible) = {(*self.hidden.shape, *self.visible.shape)}, "
                             f"got {tuple(self.weights.shape)}")  # fmt: skip

    @property
    def parameters(self) -> tuple[Tensor, Tensor, Tensor]:
        """W, a, b."""
        return self.weights, self.visible, self.hidden

    def hidden_fields(self, v: Tensor) -> Tensor:
        """b + W v: (row, visible) -> (row, hidden)."""
        return torch.addmm(self.hidden, v, self.weights.T)

    def visible_fields(self, h: Tensor) -> Tensor:
        """a + h W: (row, hidden) -> (row, visible)."""
        return torch.addmm(self.visible, h, self.weights)

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """E(v, h) of every row: (row, visible), (row, hidden) -> (row,)."""
        return -(v @ self.visible) - (h * self.hidden_fields(v)).sum(1)

    def free_energy(self, v: Tensor) -> Tensor:
        """F(v) of every row: (row, visible) -> (row,)."""
        return -(v @ self.visible) - softplus(self.hidden_fields(v)).sum(1)

    def hidden_free_energy(self, h: Tensor) -> Tensor:
        """-ln sum_v exp(-E(v, h)) of every row: (row, hidden) -> (row,)."""
        return -(h @ self.hidden) - softplus(self.visible_fields(h)).sum(1)

    def gibbs(self, v: Tensor, steps: int, generator: torch.Generator) -> Tensor:
        """v after `steps` times h ~ p(h | v), v ~ p(v | h), which leaves p(v) as it is: (row, visible) -> the same."""
        for _ in range(steps):
            v = draw(self.visible_fields(draw(self.hidden_fields(v), generator)), generator)
        return v

    def to(self, device: torch.device) -> "RestrictedBoltzmannMachine":
        """The same machine on a device."""
        return RestrictedBoltzmannMachine(*(value.to(device) for value in self.parameters))

    def clone(self) -> "RestrictedBoltzmannMachine":
        """A copy that shares no memory."""
        return RestrictedBoltzmannMachine(*(value.clone() for value in self.parameters))


def draw(fields: Tensor, generator: torch.Generator) -> Tensor:
    """Units that are 1 with probability 1/(1 + exp(-field)): the shape and dtype of `fields`."""
    uniform = torch.rand(fields.shape, generator=generator, dtype=fields.dtype, device=fields.device)
    return (uniform < fields.sigmoid()).to(fields.dtype)


def base_rates(rows: Tensor) -> Tensor:
    """a_0 = ln(p/(1 - p)), p = (ones + 1)/(rows + 2), of independent pixels: (row, visible) -> (visible,)."""
    return ((rows.double().sum(0) + 1) / (len(rows) + 2)).logit().to(rows.dtype)
