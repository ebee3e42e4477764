"""Running means of the gradient and of its square: what a training tells about its weights at no further price."""

import torch
from torch import Tensor, nn

from physlearn.pruning.masks import prunable

MEMORY = 100  # steps


class Running:
    """m <- (1 - 1/M) m + g/M and v <- (1 - 1/M) v + g^2/M with M = 100 steps, for kept and removed weights alike.

    v estimates the diagonal of the Fisher information of a minibatch, m the slope dE/dw. Both begin at zero: as long
    as that shows, all of them are smaller by one factor, which changes no order.

    Args:
        model: g is the gradient of its weights, dE/dw of the last minibatch.
    """

    def __init__(self, model: nn.Module) -> None:
        self.weights = prunable(model)
        self.slope = {name: torch.zeros_like(weight) for name, weight in self.weights.items()}
        self.square = {name: torch.zeros_like(weight) for name, weight in self.weights.items()}

    @torch.no_grad()
    def see(self) -> None:
        """Takes in the gradients as they stand; a layer that is frozen has none and is left as it was."""
        for name, weight in self.weights.items():
            if weight.grad is not None:
                self.slope[name].lerp_(weight.grad, 1 / MEMORY)
                self.square[name].mul_(1 - 1 / MEMORY).addcmul_(weight.grad, weight.grad, value=1 / MEMORY)

    def state(self) -> dict[str, dict[str, Tensor]]:
        return {"slope": self.slope, "square": self.square}

    def load(self, state: dict[str, dict[str, Tensor]]) -> None:
        """Goes on from `state()`."""
        for name in self.weights:
            self.slope[name].copy_(state["slope"][name])
            self.square[name].copy_(state["square"][name])
