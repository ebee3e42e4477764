"""VGG-16, for ImageNet as published and for CIFAR-10 as it is customary."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from physlearn.models.dropout import Dropout
from physlearn.models.layers import Shape, check_size, convolution, initialise, linear

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))  # channels; a pool ends each
NAMES = [f"conv{b}_{i}" for b, block in enumerate(BLOCKS, 1) for i in range(1, len(block) + 1)]


class VGG16(nn.Module):
    """conv1_1 ... conv5_3, fc6, fc7, fc8 (the names of Han et al. 2015, Table 5); 138,357,544 parameters at 224 x 224.

    Thirteen 3 x 3 convolutions in five blocks, ReLU after each, 2 x 2 max-pooling after each block. Dropout follows the
    activations of fc6 and fc7. Weights begin as N(0, 2 / fan_in), in fc8 N(0, 1 / fan_in); biases as 0.

    Args:
        shape: (channel, height, width) of an image, at least 32 x 32.
        classes: how many logits.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Raises:
        ValueError: the images are too small.

    Source: Simonyan and Zisserman, arXiv:1409.1556 (2014), configuration D.
    """

    def __init__(self, shape: Shape, classes: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        check_size("VGG16", shape, 32)
        channels = _convolutions(self, shape[0], 1.0, bias=True)
        self.fc6 = linear(channels * (shape[1] // 32) * (shape[2] // 32), 4096)
        self.fc7 = linear(4096, 4096)
        self.fc8 = linear(4096, classes)
        self.dropout = Dropout()
        initialise(self, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (example, class) of images x (example, channel, height, width)."""
        h = _blocks(self, x).flatten(1)
        h = self.dropout(F.relu(self.fc6(h)))
        h = self.dropout(F.relu(self.fc7(h)))
        return self.fc8(h)


class VGG16CIFAR(nn.Module):
    """VGG-16 for small images: batch normalisation after each convolution, and one classifier fc on 512 channels.

    The convolutions have no biases (the normalisation's shift stands for them); what the last pooling leaves is
    averaged over the image (32 x 32 leaves one value a channel). Dropout precedes fc. Weights begin as
    N(0, 2 / fan_in), in fc N(0, 1 / fan_in). 14,724,042 parameters on 3 x 32 x 32 images of 10 classes.

    Args:
        shape: (channel, height, width) of an image, at least 32 x 32.
        classes: how many logits.
        width: factor on the number of channels of every layer, 0 < width.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Raises:
        ValueError: the images are too small, or no channel would be left.

    Source: Li et al., Pruning filters for efficient convnets (2017), section 4.1, with a single fully connected layer.
    """

    def __init__(
        self, shape: Shape, classes: int, width: float = 1.0, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        check_size("VGG16CIFAR", shape, 32)
        if int(64 * width) < 1:
            raise ValueError(f"model.width={width}: allowed are numbers from 1/64, the factor on 64 ... 512 channels")
        channels = _convolutions(self, shape[0], width, bias=False)
        for name in NAMES:
            self.add_module(name.replace("conv", "bn"), nn.BatchNorm2d(self.get_submodule(name).out_channels))
        self.fc = linear(channels, classes)
        self.dropout = Dropout()
        initialise(self, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (example, class) of images x (example, channel, height, width)."""
        return self.fc(self.dropout(_blocks(self, x).mean((2, 3))))


def _convolutions(model: nn.Module, channels: int, width: float, bias: bool) -> int:
    """Give `model` its thirteen convolutions; returns how many channels the last one has."""
    for name, outputs in zip(NAMES, [int(width * c) for block in BLOCKS for c in block], strict=True):
        model.add_module(name, convolution(channels, outputs, 3, padding=1, bias=bias))
        channels = outputs
    return channels


def _blocks(model: nn.Module, h: Tensor) -> Tensor:
    """The five blocks: convolution, normalisation where there is one, ReLU; then pooling."""
    for b, block in enumerate(BLOCKS, 1):
        for i in range(1, len(block) + 1):
            h = model.get_submodule(f"conv{b}_{i}")(h)
            norm = getattr(model, f"bn{b}_{i}", None)
            h = F.relu(h if norm is None else norm(h))
        h = F.max_pool2d(h, 2)
    return h
