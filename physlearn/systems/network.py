"""Networks as rows: R copies of one network are an (R, D) matrix, and so are their gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.overrides import TorchFunctionMode

Loss = Callable[[Tensor, Tensor], Tensor]
Batch = tuple[Tensor, Tensor]


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """-ln softmax(outputs)[target] of every example, in nats: (example, class) and (example,) -> (example,)."""
    return nn.functional.cross_entropy(outputs, targets, reduction="none")


class _WeightsFirst(TorchFunctionMode):
    """Computes x W^T as (W x^T)^T: over replicas one large product, whose gradient comes out in the layout of W."""

    def __torch_function__(self, func, types, args=(), kwargs=None) -> Any:
        if func is nn.functional.linear and not kwargs and args[0].dim() == 2:
            inputs, weight, *bias = args
            outputs = (weight @ inputs.mT).mT
            return outputs + bias[0] if bias and bias[0] is not None else outputs
        return func(*args, **(kwargs or {}))


@dataclass(frozen=True)
class Network:
    """E(W) = (1/N) sum_i loss_i(W) + (weight_decay/2) |W|^2: mean loss per training example and prior, in nats.

    A replica is a row of D weights, biases included, in the order of ``module.named_parameters()``. The module is used
    as a function: its own weights are read once, by `row`, and never changed. Modules with buffers that change or with
    random layers (batch normalisation, dropout) have no energy and are refused.

    Args:
        module: the network.
        inputs: (N, ...) training inputs.
        targets: (N, ...) training targets.
        weight_decay: lambda, the curvature of the prior.
        loss: (outputs, targets) -> (example,), nats.

    Raises:
        ValueError: no examples, unequal numbers of inputs and targets, negative weight decay, a module with buffers.
    """

    module: nn.Module
    inputs: Tensor  # (example, ...)
    targets: Tensor  # (example, ...)
    weight_decay: float = 0.0
    loss: Loss = cross_entropy

    def __post_init__(self) -> None:
        if not len(self.inputs) or len(self.inputs) != len(self.targets):
            raise ValueError(f"inputs and targets must be equally many, got {len(self.inputs)}, {len(self.targets)}")
        if self.weight_decay < 0:
            raise ValueError(f"weight_decay must be >= 0, got {self.weight_decay}")
        if buffers := [name for name, _ in self.module.named_buffers()]:
            shown = ", ".join(buffers[:3]) + (f" and {len(buffers) - 3} more" if len(buffers) > 3 else "")
            raise ValueError(f"a network whose layers keep buffers has no energy function, got {shown}")

    @cached_property
    def shapes(self) -> dict[str, torch.Size]:
        """Name and shape of every weight tensor, in the order of a row."""
        return {name: weight.shape for name, weight in self.module.named_parameters()}

    @property
    def dimension(self) -> int:
        """D, the number of weights and biases."""
        return sum(shape.numel() for shape in self.shapes.values())

    def row(self) -> Tensor:
        """The module's own weights as one row: (1, D)."""
        return torch.cat([weight.detach().flatten() for weight in self.module.parameters()])[None].clone()

    def prior_sample(self, replicas: int, temperature: float, generator: torch.Generator) -> Tensor:
        """Weights of the prior alone at temperature T, variance T/lambda: (replica, D); ValueError if lambda is 0."""
        if self.weight_decay == 0:
            raise ValueError("without weight_decay the prior cannot be sampled: it has no width")
        like = next(self.module.parameters())
        normals = torch.randn(replicas, self.dimension, generator=generator, dtype=like.dtype, device=generator.device)
        return normals * (temperature / self.weight_decay) ** 0.5

    def outputs(self, states: Tensor, inputs: Tensor) -> Tensor:
        """What every replica makes of the same inputs: (replica, D), (example, ...) -> (replica, example, ...)."""
        return self._outputs(self._tensors(states), inputs, None)

    def losses(self, states: Tensor, batch: Batch | None = None) -> Tensor:
        """loss_i of every replica on the same examples, the whole training set or `batch`: (replica, example)."""
        inputs, targets = batch or (self.inputs, self.targets)
        return self._losses(self._tensors(states), inputs, targets, None)

    def prior(self, states: Tensor) -> Tensor:
        """(weight_decay/2) |W|^2 of every row: (replica,)."""
        return self.weight_decay / 2 * torch.linalg.vecdot(states, states)

    def energy(self, states: Tensor, batch: Batch | None = None) -> Tensor:
        """E of every row, over the whole training set or estimated on `batch`: (replica,)."""
        return self.losses(states, batch).mean(1) + self.prior(states)

    def gradient(self, states: Tensor, batch: Batch | None = None, into: Tensor | None = None) -> Tensor:
        """dE/dW of every row: (replica, D) -> (replica, D), prior included."""
        return self.loss_and_gradient(states, batch, into)[1].add_(states.detach(), alpha=self.weight_decay)

    def loss_and_gradient(
        self, states: Tensor, batch: Batch | None = None, into: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mean loss L of every row and dL/dW, without the prior: (replica,), (replica, D).

        Args:
            states: (replica, D).
            batch: examples for all replicas, (n, ...), or for each its own, (replica, n, ...); None: the training set.
            into: (replica, D), where the gradient is written; None: a new tensor.
        """
        inputs, targets = batch or (self.inputs, self.targets)
        own = 0 if inputs.dim() > self.inputs.dim() else None
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in self._tensors(states).items()}
        with torch.enable_grad():
            mean_loss = self._losses(leaves, inputs, targets, own).mean(1)  # (replica,)
            # replicas do not see one another, so the gradient of the sum holds the gradient of each
            gradients = torch.autograd.grad(mean_loss.sum(), list(leaves.values()))
        into = torch.empty_like(states) if into is None else into
        for piece, target in zip(gradients, self._tensors(into).values(), strict=True):
            target.copy_(piece)
        return mean_loss.detach(), into

    def _outputs(self, tensors: dict[str, Tensor], inputs: Tensor, own: int | None) -> Tensor:
        with _WeightsFirst():
            return vmap(partial(functional_call, self.module), in_dims=(0, own))(tensors, inputs)

    def _losses(self, tensors: dict[str, Tensor], inputs: Tensor, targets: Tensor, own: int | None) -> Tensor:
        outputs = self._outputs(tensors, inputs, own)  # (replica, example, ...)
        targets = targets if own == 0 else targets.expand(len(outputs), *targets.shape)
        return self.loss(outputs.flatten(0, 1), targets.flatten(0, 1)).view(outputs.shape[:2])

    def _tensors(self, states: Tensor) -> dict[str, Tensor]:
        pieces = states.split([shape.numel() for shape in self.shapes.values()], dim=1)
        named = zip(self.shapes.items(), pieces, strict=True)
        return {name: piece.view(len(states), *shape) for (name, shape), piece in named}
