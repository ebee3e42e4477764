"""Whole neurons: what is left is a smaller dense network, which needs no sparse format and no sparse product.

The layers are taken as a chain in the order in which the model names them, a convolution's channel being one neuron.
With n_l neurons left in layer l and f_l weights between a neuron of layer l - 1 and one of layer l, there are left
sum_l n_{l-1} n_l f_l weights; inputs and outputs of the network all stay.
"""

from itertools import pairwise

import torch
from torch import Tensor

from physlearn.pruning.criteria import Seen, whole
from physlearn.pruning.masks import Masks


@whole
def whole_neurons(seen: Seen, kept: int) -> Masks:
    """At most `kept` weights in whole neurons: the one that says least for its weights goes, again and again.

    Neuron j of a layer says s_j = |w_in,j|^2 |w_out,j|^2 / sum_k |w_in,k|^2 |w_out,k|^2, its share of what the next
    layer hears where all inputs are alike; what is compared is s_j over the number of weights that go with it, so that
    layers of any size compare. s_j does not change where w_in is multiplied by a number and w_out divided by it, which
    after a ReLU leaves the network as it is. One neuron stays in each layer.

    Args:
        seen: the weights of all layers of a network.
        kept: how many stay at most; with one neuron more it would have been more.

    Raises:
        ValueError: one neuron a layer is more than `kept` weights; a layer that does not read all of the one before.
    """
    names = list(seen.weights)
    between = weights_between(seen.weights)
    there = neurons_there(seen)
    left = [int(units.count_nonzero()) for units in there]  # n_l, inputs first, outputs last
    said = [share(seen, above, below, there[i + 1]) for i, (above, below) in enumerate(pairwise(names))]
    order = [torch.argsort(shares).tolist() for shares in said]
    order = [[j for j in places if there[i + 1][j]] for i, places in enumerate(order)]

    def count() -> int:
        return sum(n * m * f for n, m, f in zip(left[:-1], left[1:], between, strict=True))

    while count() > kept:
        hidden = [i for i in range(1, len(names)) if left[i] > 1]
        if not hidden:
            raise ValueError(
                f"compression leaves {kept} weights, but one neuron in each layer takes {count()}: type less"
            )
        costs = {i: left[i - 1] * between[i - 1] + left[i + 1] * between[i] for i in hidden}
        least = min(costs, key=lambda i: float(said[i - 1][order[i - 1][0]]) / costs[i])
        there[least][order[least - 1].pop(0)] = False
        left[least] -= 1
    return {name: block(there[i], there[i + 1], seen.weights[name]) for i, name in enumerate(names)}


def weights_between(weights: dict[str, Tensor]) -> list[int]:
    """f_l of each layer: the weights between one neuron below it and one of its own.

    Raises:
        ValueError: a layer does not read all neurons of the one before, as a grouped convolution does not.
    """
    found = []
    below = next(iter(weights.values())).shape[1]
    for name, weight in weights.items():
        if weight.shape[1] % below:
            raise ValueError(f"{name} does not read all {below} neurons of the layer before: none can be taken whole")
        found.append(weight.numel() // (below * len(weight)))
        below = len(weight)
    return found


def neurons_there(seen: Seen) -> list[Tensor]:
    """Which neurons have weights that are alive, bool (neuron,): the inputs, all of them, then layer by layer."""
    names = list(seen.weights)
    first = seen.weights[names[0]]
    there = [torch.ones(first.shape[1], dtype=torch.bool, device=first.device)]
    for above, below in pairwise(names):
        there.append(seen.alive[above].flatten(1).any(1) & columns(seen.alive[below], len(seen.alive[above])).any(1))
    return [*there, torch.ones(len(seen.weights[names[-1]]), dtype=torch.bool, device=first.device)]


def share(seen: Seen, name: str, reader: str, there: Tensor) -> Tensor:
    """s_j of the neurons of a layer: (neuron,) float64."""
    own, read = (seen.weights[n].double() * seen.alive[n] for n in (name, reader))
    product = own.flatten(1).square().sum(1) * columns(read, len(own)).square().sum(1) * there
    return product / product.sum().clamp_min(torch.finfo(torch.float64).tiny)


def columns(weight: Tensor, neurons: int) -> Tensor:
    """What reads each neuron below a layer: (neuron, weight)."""
    return weight.transpose(0, 1).reshape(neurons, -1)


def block(below: Tensor, own: Tensor, weight: Tensor) -> Tensor:
    """True between the neurons that are there: a mask of the weight's shape."""
    reads = below.repeat_interleave(weight.shape[1] // len(below))
    mask = own[:, None] & reads[None, :]
    return mask.view(*mask.shape, *[1] * (weight.ndim - 2)).expand(weight.shape).clone()
