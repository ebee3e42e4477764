"""The configurational thermometer, layer by layer, read off the gradient of every step at no further gradient."""

from collections.abc import Mapping
from typing import Any

import torch
from numba import njit
from torch import Tensor, nn

from physlearn.instruments.layers import by_layer


class Virial:
    r"""W.g/d and |g|^2/d of every layer, g = dL/dW + lambda W, averaged over the steps between two readings.

    In equilibrium the mean of the first is the temperature, <W.grad E> = d T (the virial theorem). Under Euler's scheme
    it is T + (h/2) <|g|^2>/d, with g as the steps have it; on a well (T + hC/2)/(1 - hk/2). The gradient may be the one
    that makes the next step, as long as its minibatch and masks are drawn independently of W: fresh ones, not those of
    a reshuffled epoch, whose batches depend on the ones that made W.

    Args:
        model: whose `.grad` holds dL/dW, the loss without the prior, when `read` is called.
        decay: lambda by the names of the parameters.
    """

    def __init__(self, model: nn.Module, decay: Mapping[str, float]) -> None:
        self._layers = by_layer(model)
        self._decay = decay
        first = next(model.parameters())
        self._sums = torch.zeros(2, len(self._layers), dtype=torch.float64, device=first.device)  # (product, layer)
        self._reads, self._step = 0, -1

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers."""
        return tuple(self._layers)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """d of every layer: its weights and biases."""
        return tuple(sum(p.numel() for _, p in layer) for layer in self._layers.values())

    @torch.no_grad()
    def read(self, step: int) -> None:
        """Adds one reading, at the weights as they are and the gradients that stand in `.grad`.

        A step that takes a second gradient, at weights it only proposes, is read once, at its first.
        """
        if step == self._step:
            return
        self._step = step
        each = [sum(_products(p, self._decay[name]) for name, p in layer) for layer in self._layers.values()]
        self._sums += torch.stack(each, dim=1)
        self._reads += 1

    def take(self) -> tuple[list[float], list[float]]:
        """W.g/d and |g|^2/d of every layer, g = dL/dW + lambda W, means since the last `take`; NaN if none was read."""
        reads = self._reads or float("nan")
        means = [[s / d / reads for s, d in zip(row, self.dimensions, strict=True)] for row in self._sums.tolist()]
        self._sums.zero_()
        self._reads = 0
        return means[0], means[1]

    def whole(self, layers: list[float]) -> float:
        """The temperature of all weights together from those of the layers: their mean, weighted with d."""
        return sum(t * d for t, d in zip(layers, self.dimensions, strict=True)) / sum(self.dimensions)

    def state_dict(self) -> dict[str, Any]:
        return {"sums": self._sums.clone(), "reads": self._reads}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._sums.copy_(state["sums"])
        self._reads = state["reads"]


def _products(weight: Tensor, decay: float) -> Tensor:
    """W.g and g.g of one tensor, g = dL/dW + lambda W: float64 (2,)."""
    w, slope = weight.detach().reshape(-1), weight.grad.reshape(-1)
    if w.is_cpu and w.dtype in (torch.float32, torch.float64):
        across, force, size = _sums(w.numpy(), slope.numpy())
        return torch.tensor([across + decay * size, force + 2 * decay * across + decay**2 * size], dtype=torch.float64)
    across, force, size = (torch.dot(a, b).double() for a, b in ((w, slope), (slope, slope), (w, w)))
    return torch.stack([across + decay * size, force + 2 * decay * across + decay**2 * size])


@njit(nogil=True, cache=True, fastmath=True)
def _sums(w, g):
    """sum w g, sum g g, sum w w in one pass: a step of a large network is bound by memory."""
    across, force, size = 0.0, 0.0, 0.0
    for i in range(len(w)):
        across += w[i] * g[i]
        force += g[i] * g[i]
        size += w[i] * w[i]
    return across, force, size
