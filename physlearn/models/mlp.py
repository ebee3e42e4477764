"""The multilayer perceptron: fully connected layers fc1, fc2, ..."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from physlearn.models.choices import ACTIVATIONS
from physlearn.models.dropout import Dropout
from physlearn.models.layers import Shape, initialise, linear

LAYERS = dict(zip(ACTIVATIONS, ((nn.ReLU, 2.0), (nn.Tanh, 1.0)), strict=True))  # and the gain of the initial variance


class MLP(nn.Module):
    """h_0 = x, h_l = dropout(phi(W_l h_{l-1} + b_l)), logits = W_L h_{L-1} + b_L.

    Dropout follows every hidden activation, and is not applied to the input (Srivastava et al. 2014, section 4).
    Weights begin as N(0, 2 / fan_in) with ReLU, N(0, 1 / fan_in) with tanh and in the last layer; biases as 0.

    Args:
        shape: (channel, height, width) of an image; the input width is their product.
        classes: how many logits.
        widths: of the hidden layers; none gives a linear classifier.
        activation: phi, ``relu`` or ``tanh``.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Raises:
        ValueError: a width below 1 or an unknown activation.
    """

    def __init__(
        self,
        shape: Shape,
        classes: int,
        widths: Sequence[int] = (100,),
        activation: str = "relu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"model.activation={activation}: allowed are {', '.join(ACTIVATIONS)}")
        if any(width < 1 for width in widths):
            raise ValueError(f"model.widths={list(widths)}: allowed are whole numbers from 1")
        phi, gain = LAYERS[activation]
        sizes = [prod(shape), *widths, classes]
        self.depth = len(sizes) - 1
        for i in range(1, self.depth + 1):
            self.add_module(f"fc{i}", linear(sizes[i - 1], sizes[i]))
        self.activation = phi()
        self.dropout = Dropout()
        initialise(self, generator, gain)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (example, class) of images x (example, channel, height, width)."""
        h = x.flatten(1)
        for i in range(1, self.depth):
            h = self.dropout(self.activation(self.get_submodule(f"fc{i}")(h)))
        return self.get_submodule(f"fc{self.depth}")(h)
