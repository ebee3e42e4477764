"""Many small networks, one a row, trained from the prior by minibatches that are the protocol."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.thermodynamics.ledger import Ledger, with_ledger

Weights = list[torch.nn.Parameter]


@dataclass(frozen=True)
class Networks:
    """Networks of one tanh layer, E(W) = s L(W) + (T/2 sigma^2) |W|^2, L the mean loss of the training examples.

    At s = 0 that is the prior N(0, sigma^2), at s = 1 the posterior of temperature T (family=likelihood).

    Args:
        x: (example, input). y: classes, (example,).
        hidden: neurons. classes: outputs.
        temperature: T. variance: sigma^2.
        rows: how many networks.
    """

    x: Tensor
    y: Tensor
    hidden: int
    classes: int
    temperature: float
    variance: float
    rows: int

    def draw(self, generator: torch.Generator) -> Weights:
        """Samples of the prior: weights and biases of both layers, (row, in, out)."""
        inputs = self.x.shape[1]
        shapes = ((inputs, self.hidden), (1, self.hidden), (self.hidden, self.classes), (1, self.classes))
        kwargs = dict(generator=generator, dtype=self.x.dtype, device=self.x.device)
        return [
            torch.nn.Parameter(math.sqrt(self.variance) * torch.randn(self.rows, *shape, **kwargs)) for shape in shapes
        ]

    def loss(self, weights: Sequence[Tensor], batch: Tensor | slice = slice(None)) -> Tensor:
        """L of a batch, by network: (row,)."""
        first, bias, last, shift = weights
        x, y = self.x[batch], self.y[batch]
        hidden = (torch.einsum("ei,rih->reh", x, first) + bias).tanh()  # (row, example, neuron)
        outputs = hidden @ last + shift  # (row, example, class)
        each = cross_entropy(outputs.flatten(0, 1), y.repeat(len(outputs)), reduction="none")
        return each.view(len(outputs), -1).mean(1)

    def closure(self, weights: Weights, share: float, batch: Tensor | slice = slice(None)) -> Callable[[], Tensor]:
        """s L of a batch and its gradient, as optimizers call it; the prior is their `weight_decay`."""

        def energy() -> Tensor:
            values = share * self.loss(weights, batch)
            for w, g in zip(weights, torch.autograd.grad(values.sum(), weights), strict=True):
                w.grad = g
            return values.detach()

        return energy

    @property
    def decay(self) -> float:
        """lambda = T/sigma^2."""
        return self.temperature / self.variance

    def equilibrate(self, weights: Weights, share: float, step: float, steps: int, generator: torch.Generator) -> float:
        """So many Metropolis-adjusted steps at s = `share`, which are exact; returns the acceptance."""
        mover = MALA(weights, step, self.temperature, self.decay, generator)
        for _ in range(steps):
            mover.step(self.closure(weights, share))
        return float(mover.acceptance().mean())

    def work(
        self,
        weights: Weights,
        batches: Sequence[Tensor],
        step: float,
        generator: torch.Generator,
        backward: bool = False,
    ) -> Ledger:
        """The books of a training that switches the data on, U_k = (k/K) L of batch k: from the prior to s = 1.

        Backwards: from s = 1 through the same batches in reverse to the prior. `weights` must be in equilibrium at the
        start, and are moved. The last switch, to all the examples or to none, is work too.

        Args:
            batches: indices of the examples of every step, chosen independently of the weights.
            step: h of Euler's steps.
        """
        count = len(batches)
        stages = [((k + 1) / count, batch) for k, batch in enumerate(batches)]
        optimizer = with_ledger(Langevin(weights, step, self.temperature, weight_decay=self.decay, generator=generator))
        books: Ledger = optimizer.ledger
        nothing, everything = self.closure(weights, 0.0), self.closure(weights, 1.0)
        nothing()  # so that every weight has a gradient
        books.begin(everything if backward else nothing)
        for share, batch in reversed(stages) if backward else stages:
            optimizer.step(self.closure(weights, share, batch))
        books.close(nothing if backward else everything, switch=True)
        return books

    def at(self, temperature: float) -> "Networks":
        """The same networks at another temperature."""
        return replace(self, temperature=temperature)
