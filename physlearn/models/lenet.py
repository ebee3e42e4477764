"""The two LeNets of the pruning literature, for handwritten digits."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from physlearn.models.choices import LENET5_VARIANTS, LeNet5Variant
from physlearn.models.dropout import Dropout
from physlearn.models.layers import Shape, check_size, convolution, initialise, linear
from physlearn.models.mlp import MLP


class LeNet300(MLP):
    """LeNet-300-100: fc1 (300), fc2 (100), fc3 (classes), ReLU; 266,610 parameters on 28 x 28 images of 10 classes.

    Dropout follows the two hidden activations, as Srivastava et al. (2014) and Han et al. (2015) have it. Weights begin
    as N(0, 2 / fan_in), in fc3 N(0, 1 / fan_in); biases as 0.

    Args:
        shape: (channel, height, width) of an image; the input width is their product.
        classes: how many logits.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Source: LeCun et al., Proc. IEEE 86 (1998), section III.C.2.
    """

    def __init__(self, shape: Shape, classes: int, generator: torch.Generator | None = None) -> None:
        super().__init__(shape, classes, widths=(300, 100), generator=generator)


class LeNet5(nn.Module):
    """LeNet-5 as Caffe has it: conv1 (20), pool, conv2 (50), pool, fc1 (500), fc2; 431,080 parameters on 1 x 28 x 28.

    Convolutions are 5 x 5 without padding, max-pooling is 2 x 2. ReLU follows fc1 and, in the variant ``relu``, conv1
    and conv2; in ``caffe`` nothing but the pooling does, as in Caffe's lenet.prototxt, with which the published LeNet-5
    weights were trained. Dropout follows fc1's activation alone, as Han et al. (2015) have it in fully connected
    layers. Weights begin as N(0, 2 / fan_in), in fc2 N(0, 1 / fan_in); biases as 0.

    Args:
        shape: (channel, height, width) of an image, at least 16 x 16.
        classes: how many logits.
        variant: ``relu`` or ``caffe``.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Raises:
        ValueError: the images are too small, or there is no such variant.
    """

    def __init__(
        self, shape: Shape, classes: int, variant: LeNet5Variant = "relu", generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        if variant not in LENET5_VARIANTS:
            raise ValueError(f"variant={variant}: allowed are {', '.join(LENET5_VARIANTS)}")
        self.variant = variant
        check_size("LeNet5", shape, 16)
        channels, height, width = shape
        left = [((side - 4) // 2 - 4) // 2 for side in (height, width)]
        self.conv1 = convolution(channels, 20, 5)
        self.conv2 = convolution(20, 50, 5)
        self.fc1 = linear(50 * left[0] * left[1], 500)
        self.fc2 = linear(500, classes)
        self.dropout = Dropout()
        initialise(self, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (example, class) of images x (example, channel, height, width)."""
        h = self.after_pooling(F.max_pool2d(self.conv1(x), 2))
        h = self.after_pooling(F.max_pool2d(self.conv2(h), 2))
        h = self.dropout(F.relu(self.fc1(h.flatten(1))))
        return self.fc2(h)

    def after_pooling(self, h: Tensor) -> Tensor:
        """ReLU where the variant has one: after pooling the same as before it, for a quarter of the work."""
        return F.relu(h) if self.variant == "relu" else h
