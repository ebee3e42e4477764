"""Exact samples of the posterior of small perceptrons: Hamiltonian Monte Carlo, accepted by Metropolis."""

from collections.abc import Sequence

import torch
from torch import Tensor

from physlearn.sampling.perceptrons import Perceptrons
from physlearn.thermodynamics.hamiltonian import HamiltonianMonteCarlo


class ExactChains(HamiltonianMonteCarlo):
    """exp(-L(W)/T) N(W; 0, sigma^2), one chain a row; W = sigma v, v as in `HamiltonianMonteCarlo`.

    Chains begin as samples of the prior.

    Args:
        perceptrons: whose L it is, of all training examples.
        temperature: T, nats per example. variance: sigma^2.
        chains: rows.
        generator: of the start, the momenta, the angles and the acceptance.
        kicks: gradients in a move of a quarter turn.
    """

    def __init__(
        self,
        perceptrons: Perceptrons,
        temperature: float,
        variance: float,
        chains: int,
        generator: torch.Generator,
        kicks: int,
    ) -> None:
        self.perceptrons, self.temperature, self.width = perceptrons, temperature, variance**0.5
        like = dict(dtype=perceptrons.inputs.dtype, device=perceptrons.inputs.device)
        start = torch.randn(chains, perceptrons.dimension, generator=generator, **like)
        super().__init__(self._potential, [start], generator, kicks=kicks)

    @property
    def states(self) -> Tensor:
        """W, (row, D)."""
        return self.width * self.positions[0]

    @property
    def losses(self) -> Tensor:
        """L of the present weights, (row,)."""
        return self.phi * self.temperature

    def _potential(self, positions: Sequence[Tensor], part: slice) -> Tensor:
        return self.perceptrons.loss_and_gradient(self.width * positions[0])[0] / self.temperature

    def _evaluate(self, positions: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        loss, slope = self.perceptrons.loss_and_gradient(self.width * positions[0])
        return loss / self.temperature, [slope.mul_(self.width / self.temperature)]
