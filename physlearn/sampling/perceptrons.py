"""Many small perceptrons as rows of one matrix, with the gradients of all of them from a few products of matrices."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

TOGETHER = 16  # rows whose full-batch gradients are computed together: more of them leave the processor's cache


@dataclass(frozen=True)
class Perceptrons:
    """f(x) = W_L tanh(... tanh(W_1 x + b_1)) + b_L, and L = -(1/N) sum_i ln softmax(f(x_i))_{y_i}, nats per example.

    A row holds D numbers, layer by layer weights (out, in) and biases (out,), as torch.nn.Linear has them.

    Args:
        inputs: (example, input), the N training examples.
        labels: int64 (example,).
        sizes: of the layers, from the inputs to the classes.

    Raises:
        ValueError: fewer than two sizes, or a first one that is not the number of inputs.
    """

    inputs: Tensor
    labels: Tensor
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.sizes) < 2 or self.sizes[0] != self.inputs.shape[1]:
            raise ValueError(f"sizes={self.sizes} do not begin with the {self.inputs.shape[1]} inputs, or end there")

    @property
    def layers(self) -> tuple[int, ...]:
        """Weights and biases of each layer."""
        return tuple(out * (into + 1) for into, out in pairwise(self.sizes))

    @property
    def dimension(self) -> int:
        """D."""
        return sum(self.layers)

    def fresh(self, rows: int, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """A minibatch for each row, drawn with replacement: inputs (row, input, example), labels (row, example)."""
        index = torch.randint(len(self.labels), (rows, count), generator=generator, device=self.labels.device)
        return self.inputs[index].mT, self.labels[index]

    def outputs(self, states: Tensor, inputs: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
        """f of every row at the same inputs (example, input): (row, class, example); `masks`: see there."""
        return self._forward(self._tensors(states), inputs.T, masks)[-1]

    def masks(self, rows: int, examples: int, rate: float, generator: torch.Generator) -> list[Tensor]:
        """0 with probability `rate` and 1/(1 - rate) otherwise, (row, unit, example) by hidden layer; [] at 0."""
        if rate == 0:
            return []
        like = dict(generator=generator, dtype=self.inputs.dtype, device=self.inputs.device)
        uniform = [torch.rand(rows, size, examples, **like) for size in self.sizes[1:-1]]
        return [(u >= rate).to(u) / (1 - rate) for u in uniform]

    def losses(self, states: Tensor) -> Tensor:
        """L of every row over all training examples, (row,)."""
        parts = []
        for rows in states.split(TOGETHER):
            logs = self.outputs(rows, self.inputs).log_softmax(1)
            parts.append(-logs.gather(1, self.labels.expand(len(rows), -1)[:, None])[:, 0].mean(1))
        return torch.cat(parts)

    def loss_and_gradient(
        self, states: Tensor, batch: tuple[Tensor, Tensor] | None = None, masks: Sequence[Tensor] = ()
    ) -> tuple[Tensor, Tensor]:
        """L of every row and dL/dW, without a prior: (row,), (row, D).

        Args:
            states: (row, D).
            batch: of `fresh`; None: all training examples.
            masks: what hidden activities are multiplied by, (row, unit, example or 1) for each hidden layer; none: 1.
        """
        into = torch.empty_like(states)
        if batch is not None:
            return self._step(states, *batch, masks, into), into
        x, parts = self.inputs.T.contiguous(), range(0, len(states), TOGETHER)
        losses = [
            self._step(states[a : a + TOGETHER], x, self.labels, [m[a : a + TOGETHER] for m in masks],
                       into[a : a + TOGETHER])
            for a in parts
        ]  # fmt: skip
        return torch.cat(losses), into

    def _step(self, states: Tensor, x: Tensor, y: Tensor, masks: Sequence[Tensor], into: Tensor) -> Tensor:
        """L (row,); the gradient goes into `into`."""
        tensors, slopes = self._tensors(states), self._tensors(into)
        *hidden, outputs = self._forward(tensors, x, masks)
        labels = y.expand(len(states), -1)[:, None]  # (row, 1, example)
        logs = outputs.log_softmax(1)
        loss = -logs.gather(1, labels)[:, 0].mean(1)
        error = logs.exp_().scatter_add_(1, labels, -torch.ones_like(logs[:, :1])).div_(x.shape[-1])  # dL/df
        for layer in range(len(tensors) - 1, -1, -1):
            weight, slope = tensors[layer][0], slopes[layer]
            below = hidden[layer - 1] * masks[layer - 1] if layer and masks else hidden[layer - 1] if layer else x
            slope[1].copy_(error.sum(2, keepdim=True))
            if below.dim() == 2:  # the inputs of all rows: one product
                slope[0].copy_((error.flatten(0, 1) @ below.T).view_as(slope[0]))
            else:
                slope[0].copy_(error @ below.mT)
            if layer:
                error = weight.mT @ error
                error = error * masks[layer - 1] if masks else error
                error = error.addcmul(error * hidden[layer - 1], hidden[layer - 1], value=-1)  # tanh' = 1 - tanh^2
        return loss

    def _forward(self, tensors: list[tuple[Tensor, Tensor]], x: Tensor, masks: Sequence[Tensor]) -> list[Tensor]:
        """tanh of each hidden layer, unmasked, and the outputs: (row, unit, example) each."""
        found, h = [], x
        for layer, (weight, bias) in enumerate(tensors):
            if h.dim() == 2:
                a = (weight.reshape(-1, weight.shape[2]) @ h).view(*weight.shape[:2], -1) + bias
            else:
                a = torch.baddbmm(bias, weight, h)
            last = layer == len(tensors) - 1
            found.append(a if last else a.tanh_())
            h = found[-1] if last or not masks else found[-1] * masks[layer]
        return found

    def _tensors(self, states: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Weights (row, out, in) and biases (row, out, 1) of each layer, views of the rows."""
        found = []
        for part, (into, out) in zip(states.split(self.layers, dim=1), pairwise(self.sizes), strict=True):
            weight, bias = part.split([out * into, out], dim=1)
            found.append((weight.view(-1, out, into), bias.view(-1, out, 1)))
        return found
