"""Ising students: weights +-1 that move by heat bath over E, the number of examples that they get wrong."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from physlearn.dynamics.choices import SpinRule
from physlearn.dynamics.spins import OFFSET, check_sweep, random_spins
from physlearn.dynamics.threads import share_out
from physlearn.learning import bit_kernels, kernels
from physlearn.learning.examples import Examples
from physlearn.streams import Streams
from physlearn.systems.spin_glass import samples_of

MOST_SIGNS = 10_000  # weights, for which fields of +-1 inputs fit into 16 bits


@dataclass(frozen=True)
class IsingPerceptron:
    """E(w) = sum over the examples of [sign(w.x) != y]: totals; states are (replica, N) int8 on the CPU.

    Rows i R/S to (i+1) R/S - 1 of R replicas belong to sample i of S. It is a system for `tempering.spin_replicas`.

    Args:
        examples: of every sample.
    """

    examples: Examples

    def __post_init__(self) -> None:
        if self.examples.weights > MOST_SIGNS:
            raise ValueError(f"an Ising student has at most {MOST_SIGNS:,} weights here, got {self.examples.weights:,}")

    @property
    def spins(self) -> int:
        """N."""
        return self.examples.weights

    @cached_property
    def columns(self) -> np.ndarray:
        """What weight i adds to the fields: y x, times 2 where inputs are +-1: (sample, N, P)."""
        x, y = self.examples.inputs, self.examples.labels[..., None]
        doubled = x * (2 * y).to(x.dtype) if x.dtype == torch.int8 else x * y
        return doubled.transpose(1, 2).contiguous().numpy()

    @cached_property
    def bias(self) -> np.ndarray:
        """The fields at w = 0: y where inputs are +-1 (the sign of 0 is +1: no ties), else 0: (sample, P)."""
        y = self.examples.labels
        return (y.to(torch.int16) if self.examples.inputs.dtype == torch.int8 else torch.zeros(y.shape)).numpy()

    @cached_property
    def agree(self) -> np.ndarray:
        """Of +-1 inputs, where y x > 0, 64 examples in a word: (sample, N, word) uint64."""
        return bit_kernels.packed(self.columns > 0)

    def of_rows(self, rows: range, each: int) -> "IsingPerceptron":
        """The samples that some of the rows belong to, where every sample has `each` rows."""
        return IsingPerceptron(self.examples.of_samples(samples_of(rows, each)))

    def start(self, streams: Streams) -> Tensor:
        """Random weights: (replica, N) int8."""
        return random_spins(self.spins, streams)

    def fields(self, states: Tensor) -> np.ndarray:
        """Of every row and example, negative where the student is wrong: (replica, P) int16 or float32."""
        found = np.empty((len(states), self.examples.count), self.bias.dtype)
        share_out(kernels.local_fields, states.numpy(), self.columns, self.bias, found, sweeps=self.examples.count)
        return found

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, N) -> (replica,) float64."""
        return torch.from_numpy((self.fields(states) < 0).sum(1).astype(np.float64))

    def sweep(
        self, states: Tensor, temperatures: Tensor, streams: Streams, rule: SpinRule = "heat_bath", sweeps: int = 1
    ) -> None:
        """N attempted flips of every row, one weight after another, in place; a sweep draws N numbers of each stream.

        heat_bath: w_i turns over with probability 1/(1 + exp(dE/T)); metropolis: min(1, exp(-dE/T)).

        Args:
            states: (replica, N) int8.
            temperatures: (replica,), T > 0 in units of one error.
            streams: one per row.
            rule: ``heat_bath`` or ``metropolis``.
            sweeps: how many.

        Raises:
            ValueError: a temperature that is not positive, an unknown rule, rows that do not divide into samples.
        """
        check_sweep(states, temperatures, rule, self.examples.samples)
        first, fields = streams.advance(self.spins * sweeps), self.fields(states)
        keys, betas = streams.keys.numpy().view("u8"), (1 / temperatures.double()).numpy()
        signs = self.examples.inputs.dtype == torch.int8
        kernel, inputs = (bit_kernels.heat_bath, self.agree) if signs else (kernels.heat_bath, self.columns)
        fixed = (inputs, fields, betas, keys, np.uint64(first), sweeps, OFFSET[rule])
        share_out(kernel, states.numpy(), *fixed, sweeps=sweeps * self.examples.count)

    def overlap(self, states: Tensor) -> Tensor:
        """R with the sample's teacher, of every row: (replica,)."""
        return self.examples.overlap(states)
