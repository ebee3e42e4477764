"""How long the pruned network takes on this machine: dense, in compressed rows (CSR), and without unread neurons.

Fewer operations are not less time: a dense multiplication streams through memory, a sparse one looks weights up. Whole
neurons that are gone leave a smaller dense network.
"""

import copy
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from physlearn.pruning.accounting import weight_layers
from physlearn.pruning.smaller import smaller_copy

SHORTEST = 2e-3  # seconds of one reading: calls are repeated until they take this long


class SparseLinear(nn.Module):
    """y = W x + b with W in compressed rows."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = compressed_rows(layer.weight), layer.bias

    def forward(self, x: Tensor) -> Tensor:
        y = (self.weight @ x.t()).t()  # (example, output)
        return y if self.bias is None else y + self.bias


class SparseConvolution(nn.Module):
    """A convolution as a product of W in compressed rows with the patches of the image; one W a group."""

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        self.layer = layer
        self.weights = [compressed_rows(part.flatten(1)) for part in layer.weight.chunk(layer.groups)]

    def forward(self, x: Tensor) -> Tensor:
        own = self.layer
        patches = F.unfold(x, own.kernel_size, own.dilation, own.padding, own.stride)  # (example, input * k * k, place)
        height, width = (
            (side + 2 * pad - reach * (size - 1) - 1) // step + 1
            for side, pad, reach, size, step in zip(
                x.shape[2:], own.padding, own.dilation, own.kernel_size, own.stride, strict=True
            )
        )
        parts = []
        for weight, group in zip(self.weights, patches.chunk(own.groups, 1), strict=True):
            flat = weight @ group.transpose(0, 1).flatten(1)  # (output, example * place)
            parts.append(flat.unflatten(1, (len(x), height, width)).transpose(0, 1))
        y = torch.cat(parts, 1)  # (example, output, height, width)
        return y if own.bias is None else y + own.bias[:, None, None]


def compressed_rows(weight: Tensor) -> Tensor:
    """A matrix as torch's CSR, int64 indices."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse", UserWarning)  # torch: CSR is in beta state
        return weight.detach().to_sparse_csr()


def sparse_copy(model: nn.Module) -> nn.Module:
    """The same network on the CPU, ready to predict, with the weights of its layers in compressed rows."""
    sparse = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    for name, layer in weight_layers(sparse).items():
        parent, _, own = name.rpartition(".")
        fast = SparseLinear(layer) if isinstance(layer, nn.Linear) else SparseConvolution(layer)
        setattr(sparse.get_submodule(parent), own, fast)
    return sparse


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one call on `batch` images, medians of the dense network and of another form of it.

    `ratio` is dense / other, > 1 where the other wins: the median of the paired ratios, half within the `quartiles`.
    """

    batch: int
    form: str
    dense: float
    other: float
    ratio: float
    quartiles: tuple[float, float]


@torch.inference_mode()
def latency(model: nn.Module, x: Tensor, batches: Sequence[int] = (1, 64, 512), repeats: int = 31) -> list[Latency]:
    """The forms are timed in turn, so that whatever else the machine does meets all alike; two rows for each batch.

    `CSR`: the weights in compressed rows; `smaller`: dense, without the neurons that nothing reads.

    Args:
        model: the pruned network, zeros in place.
        x: images (example, channel, height, width); repeated where a batch is larger.
        batches: how many images a call gets.
        repeats: paired readings.

    Raises:
        ArithmeticError: the logits of a form are not those of the network.
    """
    dense = copy.deepcopy(model).cpu().eval().to(memory_format=torch.channels_last)  # its faster form
    forms = {"CSR": sparse_copy(model), "smaller": smaller_copy(dense).to(memory_format=torch.channels_last)}
    found = []
    for batch in batches:
        images = x.cpu().repeat(-(-batch // len(x)), 1, 1, 1)[:batch]
        expected = dense(images)
        for name, form in forms.items():
            if not torch.allclose(expected, form(images), rtol=1e-3, atol=1e-3 * float(expected.abs().max())):
                raise ArithmeticError(f"the logits in the form {name} are not the dense network's")
        calls = max(1, round(SHORTEST / seconds(lambda p=images: dense(p), 3)))
        rounds = [
            [seconds(lambda p=images, network=network: network(p), calls) for network in (dense, *forms.values())]
            for _ in range(repeats)
        ]
        first, *others = zip(*rounds, strict=True)  # the readings of each network
        for form, times in zip(forms, others, strict=True):
            low, middle, high = statistics.quantiles([d / t for d, t in zip(first, times, strict=True)], n=4)
            medians = (1e3 * statistics.median(readings) for readings in (first, times))
            found.append(Latency(batch, form, *medians, middle, (low, high)))
    return found


def seconds(call: Callable[[], object], times: int) -> float:
    """Mean wall time of a call."""
    begun = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - begun) / times


def table(found: Sequence[Latency]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """(columns, lines of text); says where a form does not win."""
    columns = ("batch", "form", "dense (ms)", "it (ms)", "dense / it", "quartiles", "it is")
    lines = [
        (
            str(row.batch),
            row.form,
            f"{row.dense:.3g}",
            f"{row.other:.3g}",
            f"{row.ratio:.2f}",
            f"{row.quartiles[0]:.2f} to {row.quartiles[1]:.2f}",
            "faster" if row.quartiles[0] > 1 else "slower" if row.quartiles[1] < 1 else "no different",
        )
        for row in found
    ]
    return columns, lines
