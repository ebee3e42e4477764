"""Dead neurons: units that nothing reaches, or from which nothing leads on. Their weights are given to living ones.

The layers are taken as a chain in the order in which the model names them: what layer l puts out is what layer l + 1
reads, a convolution's channel being one neuron. That holds for every network of `physlearn.models`.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from physlearn.pruning.accounting import weight_layers
from physlearn.pruning.masks import Masks, count

Layer = nn.Linear | nn.Conv2d
ROUNDS = 50  # of looking for dead neurons; a network that has a path through it takes a few


def reads(layer: Layer, mask: Tensor, units: int) -> Tensor:
    """Which of the `units` neurons below a layer it reads through a weight that is kept: bool (unit,)."""
    if isinstance(layer, nn.Conv2d):
        groups = mask.flatten(2).any(2).unflatten(0, (layer.groups, -1))  # (group, channel out, channel in)
        return groups.any(1).flatten()
    return mask.any(0).view(units, -1).any(1)  # a channel that was flattened is several columns


def alive_ends(model: nn.Module, masks: Masks) -> dict[str, tuple[Tensor, Tensor]]:
    """For every layer but the last: which neurons something reaches, and which something reads; bool (unit,) each."""
    ends = {}
    for (name, _), (above, reader) in pairwise(weight_layers(model).items()):
        reached = masks[f"{name}.weight"].flatten(1).any(1)
        ends[name] = reached, reads(reader, masks[f"{above}.weight"], len(reached))
    return ends


def gone(model: nn.Module, masks: Masks) -> dict[str, Tensor]:
    """Neurons that are no longer part of the network, neither reached nor read: bool (unit,) by layer."""
    return {name: ~reached & ~read for name, (reached, read) in alive_ends(model, masks).items()}


def useful(model: nn.Module, masks: Masks) -> Masks:
    """Masks without the weights that lead to or from a dead neuron."""
    masks = {name: mask.clone() for name, mask in masks.items()}
    layers = weight_layers(model)
    following = dict(pairwise(layers))
    for name, (reached, read) in alive_ends(model, masks).items():
        dead, reader, above = ~(reached & read), layers[following[name]], masks[f"{following[name]}.weight"]
        masks[f"{name}.weight"][dead] = False
        if isinstance(reader, nn.Conv2d):
            columns = dead.view(reader.groups, 1, -1).expand(-1, len(above) // reader.groups, -1)
            above[columns.flatten(0, 1)] = False  # (channel out, channel in of its group)
        else:
            above[:, dead.repeat_interleave(above.shape[1] // len(dead))] = False
    return masks


def without_dead_neurons(
    model: nn.Module, select: Callable[[Masks], Masks], alive: Masks, names: list[str] | None = None
) -> Masks:
    """What `select` keeps of `alive` when it may keep no weight of a dead neuron: as many, but of living ones.

    It is asked again without the weights that turned out dead, until none does. Where that leaves fewer than it is to
    keep, as in a network so sparse that hardly a path leads through it, the last answer stands, dead neurons and all.

    Args:
        names: the weights that `select` chooses among; None: all.
    """
    masks = select(alive)
    names = list(alive) if names is None else names
    for _ in range(ROUNDS):
        living = useful(model, masks)
        fewer = alive | {name: alive[name] & ~(masks[name] & ~living[name]) for name in names}
        room = count({name: fewer[name] for name in names}) - count({name: masks[name] for name in names})
        if room < 0 or all(torch.equal(fewer[name], alive[name]) for name in names):
            break
        alive = fewer
        masks = select(alive)
    return masks


@torch.no_grad()
def silence(model: nn.Module, masks: Masks, optimizer: torch.optim.Optimizer | None = None) -> None:
    """b = 0 for neurons that are gone, in what the optimizer remembers too. No gradient reaches them: it stays so."""
    layers = weight_layers(model)
    for name, units in gone(model, masks).items():
        bias = layers[name].bias
        if bias is not None:
            bias[units] = 0
            for remembered in optimizer.state[bias].values() if optimizer and bias in optimizer.state else ():
                if isinstance(remembered, Tensor) and remembered.shape == bias.shape:
                    remembered[units] = 0


def parameters_kept(model: nn.Module, masks: Masks) -> int:
    """Kept weights, and every bias (and normalisation) but the biases of neurons that are gone."""
    pruned = sum(mask.numel() for mask in masks.values())
    others = sum(parameter.numel() for parameter in model.parameters()) - pruned
    layers = weight_layers(model)
    silent = sum(int(units.sum()) for name, units in gone(model, masks).items() if layers[name].bias is not None)
    return count(masks) + others - silent
