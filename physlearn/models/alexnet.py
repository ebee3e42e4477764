"""AlexNet as Caffe has it: two groups in conv2, conv4 and conv5."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from physlearn.models.dropout import Dropout
from physlearn.models.layers import Shape, check_size, convolution, initialise, linear


class AlexNet(nn.Module):
    """conv1 ... conv5, fc1 ... fc3 (the names of Han et al. 2015, Table 4); 60,965,224 parameters with 1,000 classes.

    Each of conv1 and conv2 is followed by ReLU, local response normalisation over 5 channels (alpha 1e-4, beta .75) and
    3 x 3 max-pooling at stride 2; conv5 by ReLU and pooling. Pooling rounds up, as Caffe's does, so that 227 x 227 and
    224 x 224 both leave 256 x 6 x 6. Dropout follows the activations of fc1 and fc2. Weights begin as N(0, 2 / fan_in),
    in fc3 N(0, 1 / fan_in); biases as 0.

    Args:
        shape: (channel, height, width) of an image, at least 63 x 63.
        classes: how many logits.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Raises:
        ValueError: the images are too small.

    Source: Krizhevsky, Sutskever and Hinton (2012), with Caffe's bvlc_alexnet for what the paper leaves open.
    """

    def __init__(self, shape: Shape, classes: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        check_size("AlexNet", shape, 63)
        self.conv1 = convolution(shape[0], 96, 11, stride=4)
        self.conv2 = convolution(96, 256, 5, padding=2, groups=2)
        self.conv3 = convolution(256, 384, 3, padding=1)
        self.conv4 = convolution(384, 384, 3, padding=1, groups=2)
        self.conv5 = convolution(384, 256, 3, padding=1, groups=2)
        height, width = (_pooled(_pooled(_pooled((side - 11) // 4 + 1))) for side in shape[1:])
        self.fc1 = linear(256 * height * width, 4096)
        self.fc2 = linear(4096, 4096)
        self.fc3 = linear(4096, classes)
        self.dropout = Dropout()
        initialise(self, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (example, class) of images x (example, channel, height, width)."""
        h = _pool(_normalise(F.relu(self.conv1(x))))
        h = _pool(_normalise(F.relu(self.conv2(h))))
        h = F.relu(self.conv4(F.relu(self.conv3(h))))
        h = _pool(F.relu(self.conv5(h)))
        h = self.dropout(F.relu(self.fc1(h.flatten(1))))
        h = self.dropout(F.relu(self.fc2(h)))
        return self.fc3(h)


def _pool(h: Tensor) -> Tensor:
    return F.max_pool2d(h, 3, stride=2, ceil_mode=True)


def _pooled(side: int) -> int:
    return -((3 - side) // 2) + 1  # (side - 3) / 2, rounded up, and 1


def _normalise(h: Tensor) -> Tensor:
    return F.local_response_norm(h, 5, alpha=1e-4, beta=0.75)
