"""A pruned network without the neurons that nothing reads: the same function, dense, in smaller layers."""

import copy
from itertools import pairwise

import torch
from torch import Tensor, nn

from physlearn.pruning.accounting import weight_layers
from physlearn.pruning.neurons import Layer, reads


def smaller_copy(model: nn.Module) -> nn.Module:
    """The network without hidden neurons that no weight but zeros reads, nor those that only such neurons read.

    It computes what `model` does, whatever put the zeros there. A neuron of constant output that is read stays; so do
    those on either side of a grouped convolution, whose groups must stay of one size, and one in each layer.

    Args:
        model: layers in the order of a chain, as in `physlearn.models`, normalisations in the order of those that they
            follow; it is left as it is.
    """
    small = copy.deepcopy(model)
    layers = weight_layers(small)
    kept = neurons_read(layers)
    for above, name in pairwise([None, *layers]):
        layer = layers[name]
        if above is not None and groups(layer) == 1:
            thin(layer, kept[above].repeat_interleave(layer.weight.shape[1] // len(kept[above])), 1)
        thin(layer, kept[name], 0)
    following = iter(kept.values())
    for module in small.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            normalise(module, next(units for units in following if len(units) == module.num_features))
    return small


def groups(layer: Layer) -> int:
    return layer.groups if isinstance(layer, nn.Conv2d) else 1


def neurons_read(layers: dict[str, Layer]) -> dict[str, Tensor]:
    """Which neurons of each layer stay, bool (neuron,), from the last layer to the first."""
    names = list(layers)
    kept = {name: torch.ones(len(layers[name].weight), dtype=torch.bool) for name in names}
    for above, name in reversed(list(pairwise(names))):
        if groups(layers[above]) == groups(layers[name]) == 1:
            there = layers[name].weight.detach() != 0
            kept[above] = reads(layers[name], there[kept[name].to(there.device)], len(kept[above])).cpu()
            kept[above][0] |= not kept[above].any()
    return kept


def thin(layer: Layer, kept: Tensor, side: int) -> None:
    """Leaves a layer the kept outputs (side 0) or inputs (side 1)."""
    places = kept.to(layer.weight.device).nonzero()[:, 0]
    if len(places) == layer.weight.shape[side]:
        return
    layer.weight = nn.Parameter(layer.weight.detach().index_select(side, places), layer.weight.requires_grad)
    names = ("out_features", "in_features") if isinstance(layer, nn.Linear) else ("out_channels", "in_channels")
    setattr(layer, names[side], len(places))
    if side == 0 and layer.bias is not None:
        layer.bias = nn.Parameter(layer.bias.detach()[places], layer.bias.requires_grad)


def normalise(module: nn.BatchNorm1d | nn.BatchNorm2d, kept: Tensor) -> None:
    """Leaves a normalisation the kept channels."""
    for name, value in [*module.named_parameters(), *module.named_buffers()]:
        if value.ndim == 1:
            part = value.detach()[kept.to(value.device)]
            setattr(module, name, nn.Parameter(part, value.requires_grad) if isinstance(value, nn.Parameter) else part)
    module.num_features = int(kept.count_nonzero())
