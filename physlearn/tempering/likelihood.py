"""Exchange where the temperature tempers the likelihood and the prior stays: family=likelihood, the power posterior.

    exp(-E_T/T) = exp(-L(W)/T) N(W; 0, sigma^2),    E_T = L + sum_i lambda_i W_i^2 / 2,    lambda_i = T/sigma_i^2

The energy depends on T, so a level has a lambda of its own and a replica takes over that of the level it moves to. The
prior is the same at both levels and drops out of the ratio: swaps accept by (beta_1 - beta_2)(L_1 - L_2), L alone. So
what `measure` reads here is L, which `exact_statistic` compares; with minibatches it is their losses, and a prior of 0
in `MinibatchLosses`. Energies that a run records are then L, and the heat capacity is Var(L)/T^2.

Momenta stay with their level, whose lambda says how wide they are in the middle of B: rows exchange their p'.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from physlearn.dynamics.thermal import ThermalOptimizer
from physlearn.tempering.movers import WeightMover


@dataclass(frozen=True)
class Likelihood:
    """L of every row and a Gaussian prior of fixed variance.

    Args:
        loss_and_gradient: states (row, D) -> L (row,), nats per example, and dL/dW (row, D), without the prior, e.g.
            `Network.loss_and_gradient`. Where it draws a minibatch, that of the mover's step.
        variance: sigma^2 of every weight, a positive number or (D,).

    Raises:
        ValueError: a variance that is not positive.
    """

    loss_and_gradient: Callable[[Tensor], tuple[Tensor, Tensor]]
    variance: float | Tensor

    def __post_init__(self) -> None:
        if not bool((torch.as_tensor(self.variance) > 0).all()):
            raise ValueError(f"variance must be positive, got {self.variance}")

    def decay(self, temperatures: Tensor) -> Tensor:
        """lambda = T/sigma^2 of every row: (row,) -> (row, 1) or (row, D)."""
        T = temperatures[:, None]
        return T / torch.as_tensor(self.variance, dtype=T.dtype, device=T.device)


class LikelihoodMover(WeightMover):
    """`explore` and `follow` for `exchange` with family=likelihood: every row under the lambda of its temperature.

    Args:
        optimizer: of physlearn.dynamics, on `states` alone and with weight_decay 0.
        states: (row, D).
        likelihood: L, and the prior's variance.
        every: steps between two rounds of swaps.

    Raises:
        ValueError: every < 1.
    """

    def __init__(
        self, optimizer: ThermalOptimizer, states: nn.Parameter, likelihood: Likelihood, every: int = 1
    ) -> None:
        super().__init__(optimizer, states, self._energy_and_gradient, every)
        self.likelihood = likelihood
        self._decay: Tensor | None = None  # lambda of every row: (row, 1) or (row, D)
        self._loss: tuple[int, Tensor, Tensor] | None = None  # L and dL/dW of the states of this version

    def __call__(self, temperatures: Tensor) -> None:
        """`every` steps of every row at its temperature, (row,)."""
        self._at(temperatures)
        super().__call__(temperatures)

    def leave(self) -> list[Tensor]:
        """What stays with the levels, (row, ...) each: p' under the present lambda; empty without momenta."""
        return self.optimizer.leave_levels(self._closure)

    def enter(self, found: list[Tensor], temperatures: Tensor) -> None:
        """Rows take over what stood at the levels that they are at now, at their new temperatures, (row,)."""
        self._at(temperatures)
        if found:
            self.optimizer.enter_levels(found, self._closure)

    def follow(self, source: Tensor, temperatures: Tensor) -> None:
        """After a round of swaps: row r takes over the level of row source[r]; temperatures are the new ones."""
        self.enter([values[source.to(values.device)] for values in self.leave()], temperatures)

    def _at(self, temperatures: Tensor) -> None:
        decay = self.likelihood.decay(temperatures.to(self.states))
        if self._decay is None or not torch.equal(decay, self._decay):
            self._decay, self._found = decay, None  # energies and gradients found before were under another lambda

    def _energy_and_gradient(self, states: Tensor) -> tuple[Tensor, Tensor]:
        if self._loss is None or self._loss[0] != states._version:
            self._loss = (states._version, *self.likelihood.loss_and_gradient(states))
        loss, slope = self._loss[1:]
        pull = self._decay * states
        return loss + (pull * states).sum(1) / 2, slope + pull
