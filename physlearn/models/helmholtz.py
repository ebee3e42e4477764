"""The six networks of Friedland et al. (2018) for images of 32 x 32: two stems of convolutions, four heads."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from physlearn.models.choices import HELMHOLTZ, HelmholtzNetwork
from physlearn.models.dropout import Dropout
from physlearn.models.layers import Shape, check_size, convolution, initialise, linear

STEM = ((32, 1), (64, 1), (128, 2), (128, 1), (128, 1), (128, 2))  # channels, stride
LONGER = (*STEM, (128, 1), (128, 1), (128, 2))
STEMS = {"c": LONGER, "d": LONGER}
HEADS = {"b": (64, 256), "d": (128, 256), "e": (128, 256), "f": (128, 256, 256)}  # widths; a and c: convolutions


class Helmholtz(nn.Module):
    """Networks A ... F: 701,386, 1,079,562, 1,144,138, 1,276,618, 1,620,298, 1,686,090 parameters on 3 x 32 x 32.

    A convolution of 3 x 3 keeps the image's size and is followed by ReLU; one of stride 2 halves it and is followed by
    dropout alone. A and C end in convolutions of 3 x 3, 1 x 1 and 1 x 1 and the mean over the image; B, D, E, F in
    fully connected layers with ReLU and dropout between. Weights begin as N(0, 2 / fan_in), in the last layer
    N(0, 1 / fan_in).

    Padding is symmetric, one pixel; the authors' framework pads strides of 2 on one side. Counts do not depend on it.

    Args:
        shape: (channel, height, width) of an image, at least 8 x 8.
        classes: how many logits.
        network: ``a`` ... ``f``.
        width: factor on the channels and units of every hidden layer.
        faithful: as published, a ReLU before the softmax of B, D, E and F, whose negative logits are then 0 and carry
            no gradient; A and C have none.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Raises:
        ValueError: another network, images too small, or no channel would be left.

    Source: Friedland et al., arXiv:1807.10569 (2018), and their published code.
    """

    def __init__(
        self,
        shape: Shape,
        classes: int,
        network: HelmholtzNetwork = "a",
        width: float = 1.0,
        faithful: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if network not in HELMHOLTZ:
            raise ValueError(f"network={network}: allowed are {', '.join(HELMHOLTZ)}")
        if int(32 * width) < 1:
            raise ValueError(f"model.width={width}: allowed are numbers from 1/32, the factor on 32 ... 256 channels")
        check_size("Helmholtz", shape, 8)
        self.rectified = faithful and network in HEADS
        self.dropout = Dropout()
        stem = STEMS.get(network, STEM)
        channels, (height, wide) = shape[0], shape[1:]
        self.strides = {}
        for i, (outputs, stride) in enumerate(stem, 1):
            self.add_module(f"conv{i}", convolution(channels, int(width * outputs), 3, stride=stride, padding=1))
            channels, self.strides[f"conv{i}"] = int(width * outputs), stride
            height, wide = -(-height // stride), -(-wide // stride)
        self.head = []  # names, in their order
        if network in HEADS:
            channels *= height * wide
            for i, outputs in enumerate((*(int(width * w) for w in HEADS[network]), classes), 1):
                self.head.append(f"fc{i}")
                self.add_module(f"fc{i}", linear(channels, outputs))
                channels = outputs
        else:
            sizes = ((int(128 * width), 3), (int(128 * width), 1), (classes, 1))
            for i, (outputs, size) in enumerate(sizes, len(stem) + 1):
                self.head.append(f"conv{i}")
                self.add_module(f"conv{i}", convolution(channels, outputs, size, padding=size // 2))
                channels = outputs
        initialise(self, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (example, class) of images x (example, channel, height, width)."""
        for name, stride in self.strides.items():
            x = self.get_submodule(name)(x)
            x = self.dropout(x) if stride == 2 else F.relu(x)
        *hidden, last = self.head
        dense = last.startswith("fc")
        x = x.flatten(1) if dense else x
        for name in hidden:
            x = F.relu(self.get_submodule(name)(x))
            x = self.dropout(x) if dense else x
        x = self.get_submodule(last)(x)
        x = x if dense else x.mean((2, 3))
        return F.relu(x) if self.rectified else x
