"""Rows of networks under an equation of motion on minibatches: what they predict, and what their thermometers read."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from physlearn.dynamics.thermal import ThermalOptimizer
from physlearn.sampling.perceptrons import Perceptrons

READ = 10  # steps between two readings of the thermometers
Make = Callable[[list[Tensor], Tensor], ThermalOptimizer]


@dataclass(frozen=True)
class Samples:
    """What a motion leaves of every row.

    Args:
        predicted: the average of softmax(f) over the samples, (row, example, class).
        right: p of the label, sample by sample, (sample, row, example).
        losses: L of all training examples, (sample, row).
        measured: <W.g>/d of each layer, its configurational temperature, (row, layer).
        expected: what it should be at this T, h and gradient noise, (row, layer); NaN where no number says it.
        last: W at the end, (row, D).
    """

    predicted: Tensor
    right: Tensor
    losses: Tensor
    measured: Tensor
    expected: Tensor
    last: Tensor


@dataclass(frozen=True)
class Motion:
    """E(W) = L(W) + (lambda/2)|W|^2 of every row at its own T and lambda, on minibatches of its own.

    Args:
        perceptrons: whose L it is.
        make: [weights (row, D)], temperatures (row,) -> an optimizer, with weight_decay 0.
        temperatures: T of each row, (row,), nats per example.
        decay: lambda of each row, (row,).
        batch_size: examples in a step, drawn with replacement; 0: all of them.
        rate: p at which hidden units are dropped, with masks of their own for each example; 0: none.
    """

    perceptrons: Perceptrons
    make: Make
    temperatures: Tensor
    decay: Tensor
    batch_size: int
    rate: float = 0.0

    def sample(
        self, start: Tensor, steps: int, burn_in: int, keep: int, inputs: Tensor, labels: Tensor, draw: torch.Generator
    ) -> Samples:
        """So many steps from `start` (row, D); `keep` samples, evenly spaced after the burn-in, predict `inputs`."""
        weights = nn.Parameter(start.clone())
        optimizer = self.make([weights], self.temperatures)
        kept: list[tuple[Tensor, Tensor]] = []  # p of the labels and L
        predicted, readings, reads = 0.0, torch.zeros(2, len(start), len(self.perceptrons.layers)), 0
        for step in range(steps):
            if step == burn_in:
                optimizer.settle()
            weights.grad = self.gradient(weights.data, draw)
            if step >= burn_in and step % READ == 0:
                readings, reads = readings + self.read(optimizer, weights, draw).cpu(), reads + 1
            optimizer.step()
            if step + 1 - burn_in >= (len(kept) + 1) * (steps - burn_in) / keep:
                p = self.perceptrons.outputs(weights.data, inputs).softmax(1)  # (row, class, example)
                predicted = predicted + p.double()
                right = p.gather(1, labels.expand(len(p), -1)[:, None])[:, 0]
                kept.append((right, self.perceptrons.losses(weights.data)))
        right, losses = (torch.stack(values) for values in zip(*kept, strict=True))
        return Samples((predicted / len(kept)).mT, right, losses, *(readings / max(1, reads)), weights.data)

    def gradient(self, states: Tensor, draw: torch.Generator) -> Tensor:
        """dE/dW of every row on a fresh minibatch, (row, D)."""
        rows, count = len(states), self.batch_size or len(self.perceptrons.labels)
        batch = self.perceptrons.fresh(rows, count, draw) if self.batch_size else None
        masks = self.perceptrons.masks(rows, count, self.rate, draw)
        return self.perceptrons.loss_and_gradient(states, batch, masks)[1].addcmul_(self.decay[:, None], states)

    def read(self, optimizer: ThermalOptimizer, weights: nn.Parameter, draw: torch.Generator) -> Tensor:
        """W.g/d of the gradient that stands, and what it should be, layer by layer: (2, row, layer).

        The gradient is independent of the weights; a second one, on another minibatch, says how much noise it has.
        """
        W, g = weights.data, weights.grad
        noise = self.gradient(W, draw) - g

        def by_layer(products: Tensor) -> Tensor:
            parts = products.split(self.perceptrons.layers, dim=1)
            return torch.stack([part.mean(1) for part in parts], 1)  # (row, layer)

        group = optimizer.param_groups[0]
        measured, force, step = by_layer(W * g), by_layer(g * g), optimizer.noise_step(group)
        heat = step / 2 * by_layer(noise * noise) / 2 if step is not None else torch.full_like(measured, torch.nan)
        by_row = group | {"temperature": self.temperatures[:, None]}
        expected = optimizer.configurational(by_row, heat, force)
        return torch.stack([measured, torch.full_like(measured, torch.nan) if expected is None else expected])
