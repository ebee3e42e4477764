"""Networks as rows: R copies of one network are an (R, D) matrix, and so are their gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

Loss = Callable[[Tensor, Tensor], Tensor]
Batch = tuple[Tensor, Tensor]


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """-ln softmax(outputs)[target] of every example, in nats: (example, class) and (example,) -> (example,)."""
    return nn.functional.cross_entropy(outputs, targets, reduction="none")


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
            raise ValueError(f"a network whose layers keep buffers has no energy function, got {', '.join(buffers)}")

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
        normals = torch.randn(
            replicas, self.dimension, generator=generator, dtype=like.dtype, device=generator.device
        )
        return normals * (temperature / self.weight_decay) ** 0.5

    def outputs(self, states: Tensor, inputs: Tensor) -> Tensor:
        """What every replica makes of the same inputs: (replica, D), (example, ...) -> (replica, example, ...)."""
        return vmap(self._call, in_dims=(0, None))(self._tensors(states), inputs)

    def losses(self, states: Tensor, batch: Batch | None = None) -> Tensor:
        """loss_i of every replica on the same examples, the whole training set or `batch`: (replica, example)."""
        inputs, targets = batch or (self.inputs, self.targets)
        return vmap(self.loss, in_dims=(0, None))(self.outputs(states, inputs), targets)

    def prior(self, states: Tensor) -> Tensor:
        """(weight_decay/2) |W|^2 of every row: (replica,)."""
        return self.weight_decay / 2 * states.square().sum(1)

    def energy(self, states: Tensor, batch: Batch | None = None) -> Tensor:
        """E of every row, over the whole training set or estimated on `batch`: (replica,)."""
        return self.losses(states, batch).mean(1) + self.prior(states)

    def gradient(self, states: Tensor, batch: Batch | None = None) -> Tensor:
        """dE/dW of every row: (replica, D) -> (replica, D)."""
        return self.energy_and_gradient(states, batch)[1]

    def energy_and_gradient(self, states: Tensor, batch: Batch | None = None) -> tuple[Tensor, Tensor]:
        """E and dE/dW of every row, at the price of the gradient: (replica,), (replica, D).

        `batch` is one for all replicas, (n, ...), or one a replica, (replica, n, ...).
        """
        inputs, targets = batch or (self.inputs, self.targets)
        own = 0 if inputs.dim() > self.inputs.dim() else None
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in self._tensors(states).items()}
        with torch.enable_grad():
            mean_loss = vmap(self._mean_loss, in_dims=(0, own, own))(leaves, inputs, targets)  # (replica,)
            # replicas do not see one another, so the gradient of the sum holds the gradient of each
            gradients = torch.autograd.grad(mean_loss.sum(), list(leaves.values()))
        gradient = torch.cat([piece.flatten(1) for piece in gradients], 1)  # (replica, parameter)
        gradient = gradient.add_(states.detach(), alpha=self.weight_decay) if self.weight_decay else gradient
        return mean_loss.detach() + self.prior(states.detach()), gradient

    def _mean_loss(self, tensors: dict[str, Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self._call(tensors, inputs), targets).mean()

    def _call(self, tensors: dict[str, Tensor], inputs: Tensor) -> Tensor:
        return functional_call(self.module, tensors, (inputs,))

    def _tensors(self, states: Tensor) -> dict[str, Tensor]:
        pieces = states.split([shape.numel() for shape in self.shapes.values()], dim=1)
        named = zip(self.shapes.items(), pieces, strict=True)
        return {name: piece.view(len(states), *shape) for (name, shape), piece in named}
