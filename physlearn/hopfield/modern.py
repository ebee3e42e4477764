"""Modern Hopfield memory: continuous states, retrieval by softmax, which is attention (Ramsauer et al., ICLR 2021).

In the notation of the paper N patterns x_i are the columns of X, M is the largest |x_i|, xi is the state:

    E(xi) = -(1/beta) ln sum_i exp(beta x_i . xi) + |xi|^2/2 + (1/beta) ln N + M^2/2,    xi' = X softmax(beta X^T xi).
"""

import math
from typing import ClassVar

import torch
from torch import Tensor, nn


class ModernHopfield:
    """A memory of real vectors with energy E and the update that never raises it (Ramsauer et al., eqs. 2, 3).

    Args:
        patterns: (pattern, neuron), any real numbers.
        beta: inverse temperature > 0; large values recall single patterns, small ones means of several.

    Raises:
        ValueError: patterns that are not a matrix, beta <= 0.
    """

    continuous: ClassVar[bool] = True
    thermal: ClassVar[bool] = False
    dynamics: ClassVar[tuple[str, ...]] = ("synchronous",)

    def __init__(self, patterns: Tensor, beta: float) -> None:
        if patterns.dim() != 2 or patterns.numel() == 0:
            raise ValueError(f"patterns must be (pattern, neuron), one of each at least, got {tuple(patterns.shape)}")
        if not beta > 0:
            raise ValueError(f"beta must be > 0, got {beta}")
        self.patterns, self.beta = patterns, beta

    def energy(self, states: Tensor) -> Tensor:
        """E >= 0, total, of every row: (row, neuron) -> (row,)."""
        self._check(states)
        lse = (self.beta * states @ self.patterns.T).logsumexp(1) / self.beta
        constant = math.log(len(self.patterns)) / self.beta + self.patterns.square().sum(1).max() / 2
        return -lse + states.square().sum(1) / 2 + constant

    def recall(self, states: Tensor, steps: int = 1, clamped: Tensor | None = None) -> Tensor:
        """`steps` updates xi' = X softmax(beta X^T xi) of every row: (row, neuron) -> (row, neuron).

        Args:
            clamped: neurons that keep their value, bool, (neuron,) or (row, neuron). E does not rise with them either.
        """
        self._check(states)
        start = states
        for _ in range(steps):
            states = (self.beta * states @ self.patterns.T).softmax(1) @ self.patterns
            if clamped is not None:
                states = torch.where(clamped, start, states)
        return states

    def fields(self, states: Tensor) -> Tensor:
        """X softmax(beta X^T xi), the state that one update gives: (row, neuron) -> (row, neuron)."""
        return self.recall(states)

    def sweep(
        self, states: Tensor, temperature: float, dynamics: str, clamped: Tensor | None, generator: torch.Generator
    ) -> Tensor:
        """One step of `recall`, synchronous whatever is given; nothing is drawn: (row, neuron) -> (row, neuron)."""
        return self.recall(states, 1, clamped)

    def separation(self) -> Tensor:
        """Delta_i = x_i . x_i - max_{j != i} x_i . x_j: (pattern,)."""
        products = self.patterns @ self.patterns.T
        own = products.diagonal().clone()
        return own - products.fill_diagonal_(-math.inf).max(1).values

    def error_bound(self, states: Tensor, targets: Tensor) -> Tensor:
        """2 (N - 1) M exp(-beta (Delta_i - 2 M |xi - x_i|)) >= |X softmax(beta X^T xi) - x_i|: (row,).

        Each wrong weight is at most exp(-beta (x_i - x_j) . xi), and (x_i - x_j) . xi >= Delta_i - 2 M |xi - x_i|. The
        paper (theorem 5) has the larger of |xi - x_i| and |x_i* - x_i| here, x_i* the fixed point near x_i: looser.

        Args:
            states: (row, neuron).
            targets: i of each row, (row,) int64.
        """
        largest = self.patterns.norm(dim=1).max()
        distance = (states - self.patterns[targets]).norm(dim=1)
        gap = self.separation()[targets] - 2 * largest * distance
        return 2 * (len(self.patterns) - 1) * largest * (-self.beta * gap).exp()

    def _check(self, states: Tensor) -> None:
        if states.dim() != 2 or states.shape[1] != self.patterns.shape[1]:
            raise ValueError(f"states must be (row, {self.patterns.shape[1]}), got {tuple(states.shape)}")


class HopfieldLayer(nn.Module):
    """Retrieval with learned projections: states R, stored Y -> (after `steps` updates) softmax(beta Q K^T) V.

    Q = R W_Q, K = Y W_K, V = Y W_V. Steps before the last update the states in the space of the keys,
    Q <- softmax(beta Q K^T) K. With one step and beta = 1/sqrt(width) this is the attention of a transformer
    (Ramsauer et al., eq. 10).

    Args:
        state_size: length of a state.
        stored_size: length of a stored pattern.
        width: length of queries and keys.
        output_size: length of the values that are returned.
        beta: inverse temperature; by default 1/sqrt(width).
        steps: updates, at least 1.
        generator: draws the weights, uniform in +-1/sqrt(inputs).
    """

    def __init__(
        self,
        state_size: int,
        stored_size: int,
        width: int,
        output_size: int,
        generator: torch.Generator,
        beta: float | None = None,
        steps: int = 1,
    ) -> None:
        super().__init__()
        if steps < 1:
            raise ValueError(f"steps must be at least 1, got {steps}")
        if beta is not None and not beta > 0:
            raise ValueError(f"beta must be > 0, got {beta}")
        self.beta, self.steps = beta or 1 / math.sqrt(width), steps
        self.query = nn.Linear(state_size, width, bias=False)
        self.key = nn.Linear(stored_size, width, bias=False)
        self.value = nn.Linear(stored_size, output_size, bias=False)
        for layer in (self.query, self.key, self.value):
            reach = 1 / math.sqrt(layer.in_features)
            nn.init.uniform_(layer.weight, -reach, reach, generator=generator)

    def forward(self, states: Tensor, stored: Tensor) -> Tensor:
        """(..., state, state_size), (..., pattern, stored_size) -> (..., state, output_size)."""
        query, keys = self.query(states), self.key(stored)
        for _ in range(self.steps - 1):
            query = self._weights(query, keys) @ keys
        return self._weights(query, keys) @ self.value(stored)

    def _weights(self, query: Tensor, keys: Tensor) -> Tensor:
        return (self.beta * query @ keys.transpose(-1, -2)).softmax(-1)  # (..., state, pattern)
