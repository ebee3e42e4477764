"""What has been published: the four networks of Han et al. (2015), layer by layer, and the best points since.

Source of the networks: Han, Pool, Tran and Dally, Learning both weights and connections for efficient neural networks,
NIPS 2015 (arXiv:1506.02626), Table 1 (errors, parameters, rates) and Tables 2-5 (the layers).
"""

from dataclasses import dataclass

import torch
from torch import nn

from physlearn.models.alexnet import AlexNet
from physlearn.models.layers import Shape
from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.vgg import VGG16
from physlearn.pruning.accounting import LayerCount, account_densities


@dataclass(frozen=True)
class Network:
    """A row of Table 1 with its layer table. Errors are top-1 fractions.

    Args:
        name: as the paper writes it.
        make: the network's class; `shape`, `classes`: of the images it was made for.
        dense_error, error: before and after.
        parameters, parameters_kept, rate: as printed.
        layers: layer -> (weights kept %, activations not 0 %).
        top5: top-5 errors before and after, where the paper has them.
    """

    name: str
    make: type[nn.Module]
    shape: Shape
    classes: int
    dense_error: float
    error: float
    parameters: str
    parameters_kept: str
    rate: int
    layers: dict[str, tuple[int, int]]
    top5: tuple[float, float] | None = None

    def account(self) -> list[LayerCount]:
        """The layer table recomputed from exact layer sizes and the printed percentages."""
        with torch.device("meta"):
            model = self.make(self.shape, self.classes)
        densities = {layer: kept / 100 for layer, (kept, _) in self.layers.items()}
        activations = {layer: alive / 100 for layer, (_, alive) in self.layers.items()}
        return account_densities(model, self.shape, densities, activations)


def by_layer(names: str, kept: str, alive: str) -> dict[str, tuple[int, int]]:
    """Three lines of a table, separated by blanks -> layer -> (kept %, activation %)."""
    return dict(zip(names.split(), zip(map(int, kept.split()), map(int, alive.split()), strict=True), strict=True))


HAN = {  # name in conf/model/ -> row
    "lenet300": Network(
        "LeNet-300-100", LeNet300, (1, 28, 28), 10, 0.0164, 0.0159, "267K", "22K", 12,
        by_layer("fc1 fc2 fc3", "8 9 26", "38 65 100"),
    ),
    "lenet5": Network(
        "LeNet-5", LeNet5, (1, 28, 28), 10, 0.0080, 0.0077, "431K", "36K", 12,
        by_layer("conv1 conv2 fc1 fc2", "66 12 8 19", "82 72 55 100"),
    ),
    "alexnet": Network(
        "AlexNet", AlexNet, (3, 227, 227), 1000, 0.4278, 0.4277, "61M", "6.7M", 9,
        by_layer(
            "conv1 conv2 conv3 conv4 conv5 fc1 fc2 fc3",
            "84 38 35 37 37 9 9 25",
            "88 52 37 40 34 36 40 100",
        ),
        top5=(0.1973, 0.1967),
    ),
    "vgg16": Network(
        "VGG-16", VGG16, (3, 224, 224), 1000, 0.3150, 0.3134, "138M", "10.3M", 13,
        by_layer(
            "conv1_1 conv1_2 conv2_1 conv2_2 conv3_1 conv3_2 conv3_3 conv4_1 conv4_2 conv4_3 conv5_1 conv5_2 conv5_3 "
            "fc6 fc7 fc8",
            "58 22 34 36 53 24 42 32 27 34 35 29 36 4 4 23",
            "53 89 80 81 68 70 64 51 45 34 32 29 19 38 42 100",
        ),
        top5=(0.1132, 0.1088),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """A published network: error (top-1 fraction) at a compression, both as its source counts them."""

    source: str
    compression: float
    error: float


POINTS = {  # name in conf/model/ -> published networks
    "lenet300": (
        Point("Han 2015", 12, 0.0159),
        Point("Sparse Momentum 2019", 22.7, 0.0155),  # Dettmers & Zettlemoyer, arXiv:1907.04840
        Point("DNS 2016", 53.8, 0.0199),  # Guo, Yao & Chen, arXiv:1608.04493; counted from the released network
        Point("Sparse VD 2017", 68, 0.0192),  # Molchanov, Ashukha & Vetrov, arXiv:1701.05369
    ),
    "lenet5": (
        Point("Han 2015", 12, 0.0077),
        Point("Sparse Momentum 2019", 100, 0.0083),
        Point("DNS 2016", 108, 0.0091),
        Point("Sparse VD 2017", 280, 0.0075),
    ),
}

FILES = {  # name in conf/model/ -> (kilobytes, error): Han, Mao & Dally, Deep Compression, arXiv:1510.00149, Table 1
    "lenet300": (27, 0.0158),
    "lenet5": (44, 0.0074),
}
