"""Examples from a teacher: inputs x and labels sign(w0.x), in the form that students want.

The sign of 0 is +1, for the teacher and for every student. With inputs +-1 sums are whole, so that a student is wrong
exactly where y (2 w.x + 1) < 0: the half by which the threshold is shifted leaves no ties and changes no answer.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.learning.choices import WEIGHTS
from physlearn.systems.choices import INPUTS


@dataclass(frozen=True)
class Examples:
    """Several samples of one size: inputs and labels of a teacher of each sample.

    Args:
        inputs: x, (sample, example, weight): int8 of +-1, or float32.
        labels: y = sign(w0.x) = +-1, (sample, example) int8.
        teacher: w0, (sample, weight): +-1, or on the sphere |w0|^2 = N.
    """

    inputs: Tensor
    labels: Tensor
    teacher: Tensor

    @property
    def samples(self) -> int:
        return self.inputs.shape[0]

    @property
    def count(self) -> int:
        """P."""
        return self.inputs.shape[1]

    @property
    def weights(self) -> int:
        """N."""
        return self.inputs.shape[2]

    def between(self, start: int, stop: int) -> "Examples":
        """The examples start ... stop - 1 of every sample."""
        return Examples(self.inputs[:, start:stop], self.labels[:, start:stop], self.teacher)

    def of_samples(self, samples: Tensor) -> "Examples":
        """Those of some samples, (sample,) indices, which may be repeated."""
        return Examples(self.inputs[samples], self.labels[samples], self.teacher[samples])

    def overlap(self, states: Tensor) -> Tensor:
        """R = w.w0/N of every row; rows i R/S to (i+1) R/S - 1 of R belong to sample i of S: (row, N) -> (row,)."""
        rows = states.view(self.samples, -1, self.weights).double()
        return (rows * self.teacher[:, None].double()).mean(2).flatten()


def draw(
    weights: int, count: int, generator: torch.Generator, samples: int = 1, law: str = "ising", inputs: str = "signs"
) -> Examples:
    """Random inputs and a random teacher for each sample.

    Args:
        weights: N >= 1.
        count: P >= 1.
        generator: of all randomness.
        samples: how many teachers, each with inputs of its own.
        law: of the teacher, "ising" or "spherical".
        inputs: "signs" (+-1) or "gaussian".

    Raises:
        ValueError: an argument out of its range.
    """
    if law not in WEIGHTS or inputs not in INPUTS:
        raise ValueError(f"law must be one of {WEIGHTS}, inputs one of {INPUTS}, got {law!r}, {inputs!r}")
    if min(weights, count, samples) < 1:
        raise ValueError(f"weights, count and samples must be >= 1, got {weights}, {count}, {samples}")
    if law == "ising":
        teacher = _signs((samples, weights), generator).double()
    else:
        teacher = on_sphere(torch.randn(samples, weights, generator=generator, dtype=torch.float64))
    shape = (samples, count, weights)
    x = _signs(shape, generator) if inputs == "signs" else torch.randn(shape, generator=generator)
    products = torch.stack([part.double() @ w for part, w in zip(x, teacher, strict=True)])  # (sample, example)
    labels = torch.where(products >= 0, 1, -1).to(torch.int8)
    return Examples(x, labels, teacher)


def on_sphere(states: Tensor) -> Tensor:
    """Rows scaled to |w|^2 = N: (..., N)."""
    return states * (states.shape[-1] / states.square().sum(-1, keepdim=True)).sqrt()


def _signs(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return (2 * torch.randint(2, shape, generator=generator, dtype=torch.int8) - 1).to(torch.int8)
