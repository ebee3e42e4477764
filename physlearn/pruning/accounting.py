"""Counts weights and FLOPs layer by layer, as Tables 2-5 of Han et al. (2015) do.

A layer of w weights, each used at P positions of an image (P = 1 in fully connected layers), costs w P multiply-adds,
2 w P FLOP: one FLOP is half a MAC. Of these remain, with k weights kept and a share a of the layer's inputs not 0,

    FLOP with weights only = 2 k P,        FLOP with activations = 2 k P a.

a is the activation % of the layer before, and 1 for the image itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from physlearn.models.layers import Shape
from physlearn.pruning.masks import Masks


@dataclass(frozen=True)
class LayerCount:
    """One row of the table. Shares are fractions in [0, 1].

    Args:
        layer: its name in the paper's table.
        weights, kept: how many there are and how many remain, biases not counted.
        positions: at how many places of an image each weight is used, P.
        reads: share of the layer's inputs that are not 0, a.
        activation: share of its outputs, after the ReLU and as the next layer reads them, that are not 0.
    """

    layer: str
    weights: int
    kept: float
    positions: int
    reads: float = 1.0
    activation: float = 1.0

    @property
    def density(self) -> float:
        return self.kept / self.weights

    @property
    def flops_dense(self) -> int:
        return 2 * self.weights * self.positions

    @property
    def flops_weights(self) -> float:
        return 2 * self.kept * self.positions

    @property
    def flops(self) -> float:
        return self.flops_weights * self.reads


def weight_layers(model: nn.Module) -> dict[str, nn.Module]:
    """The layers that hold prunable weights, by name, in the order of the network."""
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)}


def account(
    model: nn.Module, masks: Masks, shape: Shape, activations: Mapping[str, float] | None = None
) -> list[LayerCount]:
    """The table of a pruned network, a row per layer. A layer without a mask keeps all.

    Args:
        model: on any device, `meta` included: no weight is read.
        masks: `<layer>.weight` -> bool.
        shape: (channel, height, width) of an image.
        activations: layer -> share of its activations that are not 0, as `measure_activations` gives it; None: all 1.
    """
    layers = weight_layers(model)
    kept = {name: layer.weight.numel() for name, layer in layers.items()}
    kept |= {name: int(masks[f"{name}.weight"].sum()) for name in layers if f"{name}.weight" in masks}
    return tabulate(model, shape, kept, activations)


def account_densities(
    model: nn.Module, shape: Shape, densities: Mapping[str, float], activations: Mapping[str, float] | None = None
) -> list[LayerCount]:
    """The same from a share of kept weights per layer, as papers print it: kept weights need not be whole numbers."""
    kept = {name: densities[name] * layer.weight.numel() for name, layer in weight_layers(model).items()}
    return tabulate(model, shape, kept, activations)


def tabulate(
    model: nn.Module, shape: Shape, kept: Mapping[str, float], activations: Mapping[str, float] | None
) -> list[LayerCount]:
    """Rows from numbers of kept weights and shares of activations."""
    places, layers = positions(model, shape), weight_layers(model)
    rows, reads = [], 1.0
    for name in places:
        after = activations[name] if activations else 1.0
        rows.append(LayerCount(name, layers[name].weight.numel(), kept[name], places[name], reads, after))
        reads = after
    return rows


def totals(rows: Sequence[LayerCount]) -> dict[str, float]:
    """The table's last line: weights, kept, compression, and what is left of the FLOPs as fractions."""
    weights, kept = sum(row.weights for row in rows), sum(row.kept for row in rows)
    dense = sum(row.flops_dense for row in rows)
    return {
        "weights": weights,
        "weights_kept": kept,
        "compression": weights / kept if kept else float("inf"),
        "flops_dense": dense,
        "flops_weights_fraction": sum(row.flops_weights for row in rows) / dense,
        "flops_fraction": sum(row.flops for row in rows) / dense,
    }


@torch.no_grad()
def positions(model: nn.Module, shape: Shape) -> dict[str, int]:
    """At how many places of an image the weights of each layer are used; in the order in which the layers run."""
    found: dict[str, int] = {}

    def watch(name: str, layer: nn.Module, output: Tensor) -> None:
        found[name] = output[0].numel() // layer.weight.shape[0]

    first = next(model.parameters())
    run_with_hooks(model, torch.zeros(1, *shape, dtype=first.dtype, device=first.device), after=watch)
    return found


@torch.no_grad()
def measure_activations(model: nn.Module, x: Tensor, chunk: int = 500) -> dict[str, float]:
    """Share of activations that are not 0, after each layer, on images x (example, channel, height, width).

    Counted where the next layer reads them, after ReLU and pooling: these are the multiplications that can be left out.
    """
    reads: dict[str, list[int]] = {}
    last = [0, 0]

    def count(tally: list[int], values: Tensor) -> None:
        tally[0] += int(values.count_nonzero())
        tally[1] += values.numel()

    for part in x.split(chunk):
        count(last, run_with_hooks(model, part, before=lambda name, h: count(reads.setdefault(name, [0, 0]), h)))
    after = [*list(reads.values())[1:], last]
    return {name: alive / there for name, (alive, there) in zip(reads, after, strict=True)}


def run_with_hooks(
    model: nn.Module,
    x: Tensor,
    before: Callable[[str, Tensor], None] | None = None,
    after: Callable[[str, nn.Module, Tensor], None] | None = None,
) -> Tensor:
    """Logits without dropout; `before(name, input)` and `after(name, layer, output)` are called at every layer."""
    handles = []
    for name, layer in weight_layers(model).items():
        if before:
            handles.append(layer.register_forward_pre_hook(lambda _, inputs, name=name: before(name, inputs[0])))
        if after:
            handles.append(layer.register_forward_hook(lambda own, _, output, name=name: after(name, own, output)))
    training = model.training
    try:
        return model.eval()(x)
    finally:
        model.train(training)
        for handle in handles:
            handle.remove()


def table(rows: Sequence[LayerCount]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """(columns, lines of text), laid out as the paper's Tables 2-5, FLOP % once without and once with activations."""
    columns = ("layer", "weights", "kept", "weights %", "activation %", "FLOP", "FLOP %, weights", "FLOP %")
    lines = [
        (
            row.layer,
            f"{row.weights:,}",
            f"{row.kept:,.0f}",
            f"{100 * row.density:.2f}",
            f"{100 * row.activation:.1f}",
            f"{row.flops_dense:,}",
            f"{100 * row.density:.2f}",
            f"{100 * row.density * row.reads:.2f}",
        )
        for row in rows
    ]
    sums = totals(rows)
    left = 100 * sums["weights_kept"] / sums["weights"]
    shares = (f"{100 * sums['flops_weights_fraction']:.2f}", f"{100 * sums['flops_fraction']:.2f}")
    counts = (f"{sums['weights']:,}", f"{sums['weights_kept']:,.0f}", f"{left:.2f}", "", f"{sums['flops_dense']:,}")
    return columns, [*lines, ("total", *counts, *shares)]
