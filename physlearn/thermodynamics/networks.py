"""Many small networks, one per row, taken from one ensemble to another by minibatches that are the protocol."""

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
class Ensemble:
    """exp(-s L_n(W)/T) N(W; 0, sigma^2), L_n the mean loss of the first n training examples.

    s = 0 is the prior, s = 1 the posterior of temperature T (family=likelihood); tau = n T.

    Args:
        temperature: T. examples: n. share: s.
    """

    temperature: float
    examples: int
    share: float = 1.0

    @property
    def seen(self) -> slice:
        return slice(self.examples)


def between(start: Ensemble, end: Ensemble, steps: int) -> list[Ensemble]:
    """So many ensembles on the way, the last one `end`: s rises from the prior, else 1/T and n change linearly."""
    found = []
    for f in ((k + 1) / steps for k in range(steps)):
        if start.share < 1:
            found.append(replace(end, share=start.share + f * (end.share - start.share)))
            continue
        beta = (1 - f) / start.temperature + f / end.temperature
        found.append(Ensemble(1 / beta, round((1 - f) * start.examples + f * end.examples)))
    return found


@dataclass(frozen=True)
class Networks:
    """Networks of one tanh layer with a Gaussian prior; which data they have seen at what T says an `Ensemble`.

    Args:
        x: (example, input). y: classes, (example,).
        hidden: neurons. classes: outputs.
        variance: sigma^2 of the prior.
        rows: how many networks.
    """

    x: Tensor
    y: Tensor
    hidden: int
    classes: int
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

    def reduced(self, weights: Sequence[Tensor], ensemble: Ensemble) -> Tensor:
        """s L_n/T of every network, what the prior is weighted by: (row,), differentiable."""
        return ensemble.share / ensemble.temperature * self.loss(weights, ensemble.seen)

    def equilibrate(
        self,
        weights: Weights,
        mixture: Sequence[tuple[float, Ensemble]],
        pace: float,
        steps: int,
        generator: torch.Generator,
    ) -> float:
        """So many Metropolis-adjusted steps, which are exact; returns the acceptance.

        Args:
            mixture: (f, ensemble): u = sum of f s L_n/T, and the prior.
            pace: h lambda of a step.
        """

        def energy() -> Tensor:
            values = sum((f * self.reduced(weights, e) for f, e in mixture), torch.zeros(self.rows).to(self.x))
            for w, g in zip(weights, torch.autograd.grad(values.sum(), weights), strict=True):
                w.grad = g
            return values.detach()

        mover = MALA(weights, pace * self.variance, 1.0, 1 / self.variance, generator)
        for _ in range(steps):
            mover.step(energy)
        return float(mover.acceptance().mean())

    def work(
        self,
        weights: Weights,
        start: Ensemble,
        end: Ensemble,
        stages: Sequence[tuple[Ensemble, Tensor]],
        pace: float,
        generator: torch.Generator,
        backward: bool = False,
    ) -> Ledger:
        """The books of a training from one ensemble to another, U_k = s_k L(batch k) + (T_k/2 sigma^2)|W|^2 at T_k.

        Backwards: from `end` through the same stages in reverse to `start`. `weights` must be in equilibrium at the
        start, and are moved. The last switch, to the examples of the ensemble or to none, is work too.

        Args:
            stages: T_k and s_k of every step, and the indices of its examples, chosen independently of the weights.
            pace: h lambda of Euler's steps, lambda = T_k/sigma^2.
        """
        optimizer = with_ledger(Langevin(weights, 1.0, start.temperature, generator=generator))
        books: Ledger = optimizer.ledger

        def put(ensemble: Ensemble) -> None:
            decay = ensemble.temperature / self.variance
            optimizer.param_groups[0].update(lr=pace / decay, temperature=ensemble.temperature, weight_decay=decay)

        first, last = (end, start) if backward else (start, end)
        self.closure(weights, 0.0)()  # so that every weight has a gradient
        put(first)
        books.begin(self.closure(weights, first.share, first.seen))
        for ensemble, batch in reversed(stages) if backward else stages:
            put(ensemble)
            optimizer.step(self.closure(weights, ensemble.share, batch))
        put(last)
        books.close(self.closure(weights, last.share, last.seen), switch=True)
        return books
