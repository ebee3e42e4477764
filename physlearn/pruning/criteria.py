"""Which weights stay. A criterion is a function (Seen, kept) -> masks with exactly `kept` weights, ties included.

Each gives a score to every weight that is still there and keeps the largest: one threshold, one factor before the
thresholds of layers, or one chemical potential, whichever it is called, is where the count comes out right.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from physlearn.pruning.masks import Masks, count


@dataclass
class Seen:
    """What a criterion may look at.

    Args:
        weights: W by parameter name.
        alive: the masks so far; what they have removed stays removed. Empty: everything is there.
        importance: sum over minibatches of (W dE/dW)^2 by name, for `gradient`.
        fisher: mean over minibatches of (dE/dW)^2 by name, for `saliency`.
        thresholds: s_l by name, for `han`.
        seed: of the uniform numbers that `random`, `boltzmann` and `shuffled` draw. A weight has the same number each
            time, so what stays does not depend on how often a network is pruned further.
    """

    weights: dict[str, Tensor]
    alive: Masks = field(default_factory=dict)
    importance: dict[str, Tensor] = field(default_factory=dict)
    fisher: dict[str, Tensor] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        self.weights = {name: weight.detach() for name, weight in self.weights.items()}
        self.alive = self.alive or {name: torch.ones_like(w, dtype=torch.bool) for name, w in self.weights.items()}

    def uniforms(self) -> dict[str, Tensor]:
        """A uniform number in [0, 1) for each weight."""
        return {name: uniform(self.seed, name, weight.shape).to(weight.device) for name, weight in self.weights.items()}


def uniform(seed: int, name: str, shape: torch.Size) -> Tensor:
    """Uniform numbers in [0, 1), float64, that belong to (seed, name) alone."""
    word = hashlib.sha256(f"lots {seed} {name}".encode()).digest()[:8]
    generator = torch.Generator().manual_seed(int.from_bytes(word, "big") >> 1)
    return torch.rand(shape, generator=generator, dtype=torch.float64)


Criterion = Callable[..., Masks]


def needs(seen: str) -> Callable[[Criterion], Criterion]:
    """Says in `criterion.needs` which field of `Seen`, beside the weights, must be measured beforehand."""

    def said(criterion: Criterion) -> Criterion:
        criterion.needs = seen
        return criterion

    return said


def whole(criterion: Criterion) -> Criterion:
    """Says in `criterion.whole` that it takes whole neurons: at most as many weights as asked are left."""
    criterion.whole = True
    return criterion


def kept_of(weights: int, compression: float) -> int:
    """floor(weights / compression): how many weights a compression leaves.

    Raises:
        ValueError: none would be left, or compression is below 1.
    """
    if not 1 <= compression <= weights:
        raise ValueError(f"compression={compression:g} is not allowed: it must be from 1 to {weights}, the weights")
    return math.floor(weights / compression)


def keep_largest(scores: dict[str, Tensor], alive: Masks, kept: int) -> Masks:
    """Masks of the `kept` largest scores among the weights that are alive; equal ones in the order of the layers.

    Raises:
        ValueError: fewer weights are alive than are to be kept.
    """
    if kept > (there := count(alive)):
        raise ValueError(f"kept={kept} is not allowed: {there} weights are there")
    flat = torch.cat([score[alive[name]] for name, score in scores.items()])  # (weight that is alive,)
    chosen = torch.zeros_like(flat, dtype=torch.bool)
    if kept:
        threshold = flat.kthvalue(len(flat) - kept + 1).values
        chosen = flat > threshold
        ties = (flat == threshold).nonzero()[:, 0]
        chosen[ties[: kept - int(chosen.count_nonzero())]] = True
    parts = chosen.split([int(alive[name].count_nonzero()) for name in scores])
    masks = {name: torch.zeros_like(alive[name]) for name in scores}
    for mask, name, part in zip(masks.values(), scores, parts, strict=True):
        mask[alive[name]] = part
    return masks


def magnitude(seen: Seen, kept: int) -> Masks:
    """|w| above one threshold for the whole network: `boltzmann` at beta -> infinity."""
    return keep_largest({name: weight.abs() for name, weight in seen.weights.items()}, seen.alive, kept)


def layerwise(seen: Seen, kept: int) -> Masks:
    """|w| above a threshold in each layer, the same fraction of every layer staying.

    A layer of n_l weights keeps n_l kept / n, rounded down; the weights that rounding leaves over go to the layers that
    lost most by it, and what a layer no longer has, to the others.
    """
    sizes = {name: weight.numel() for name, weight in seen.weights.items()}
    there = {name: int(mask.count_nonzero()) for name, mask in seen.alive.items()}
    shares = {name: kept * size / sum(sizes.values()) for name, size in sizes.items()}
    counts = {name: min(math.floor(share), there[name]) for name, share in shares.items()}
    while left := min(kept, sum(there.values())) - sum(counts.values()):
        with_room = [name for name in counts if counts[name] < there[name]]
        for name in sorted(with_room, key=lambda name: counts[name] - shares[name])[:left]:
            counts[name] += 1
    masks: Masks = {}
    for name, weight in seen.weights.items():
        masks |= keep_largest({name: weight.abs()}, {name: seen.alive[name]}, counts[name])
    return masks


@needs("thresholds")
def han(seen: Seen, kept: int) -> Masks:
    """|w| above lambda s_l std(w_l): the thresholds s_l of a sensitivity scan, all times one factor lambda.

    std is over the weights of layer l that are still there. Source: Han, Pool, Tran and Dally (2015), section 3.
    """
    scores = {}
    for name, weight in seen.weights.items():
        there = weight[seen.alive[name]]
        deviation = there.std(correction=0) if there.numel() else torch.ones(())
        scores[name] = weight.abs() / (seen.thresholds[name] * deviation).clamp_min(torch.finfo(weight.dtype).tiny)
    return keep_largest(scores, seen.alive, kept)


@needs("importance")
def gradient(seen: Seen, kept: int) -> Masks:
    """(w dE/dw)^2, summed over minibatches, above one threshold: what the energy would change to first order.

    Source: Molchanov et al., Importance estimation for neural network pruning (2019), eq. 8.
    """
    return keep_largest(seen.importance, seen.alive, kept)


@needs("fisher")
def saliency(seen: Seen, kept: int) -> Masks:
    """w^2 <(dE/dw)^2> / 2 above one threshold: what E would rise by without w, to second order at a minimum.

    The curvature of E in each weight is estimated by the diagonal of the Fisher information, a running mean over the
    minibatches of the training (see `running.Running`).

    Source: LeCun, Denker and Solla, Optimal brain damage (1990), eq. 5, with the Fisher information for the Hessian.
    """
    scores = {name: weight.square() * seen.fisher[name] / 2 for name, weight in seen.weights.items()}
    return keep_largest(scores, seen.alive, kept)


def random(seen: Seen, kept: int) -> Masks:
    """Weights chosen at random: `boltzmann` at beta = 0."""
    return keep_largest(seen.uniforms(), seen.alive, kept)


def boltzmann(seen: Seen, kept: int, beta: float) -> Masks:
    """Each weight stays with probability 1/(1 + exp(-beta (w^2 - mu))): a Fermi gas of weights at temperature 1/beta.

    With u uniform, beta (w^2 - mu) + ln(u/(1-u)) > 0 has just that probability, whatever mu is. So the weights with the
    largest w^2 + ln(u/(1-u))/beta stay, and mu, where that sequence is cut, is solved to the very weight.

    Args:
        seen: w is taken in units of the root mean square of the weights that are there, so beta has no dimension.
        kept: how many stay.
        beta: 0 is `random`, infinity `magnitude`.
    """
    there = torch.cat([weight[seen.alive[name]] for name, weight in seen.weights.items()]).double()
    unit = there.square().mean().clamp_min(torch.finfo(torch.float32).tiny)
    energies = {name: weight.double().square() / unit for name, weight in seen.weights.items()}
    scores = {name: beta * energies[name] + u.logit(eps=1e-300) for name, u in seen.uniforms().items()}
    return keep_largest(scores, seen.alive, kept)


def shuffled(seen: Seen, kept: int) -> Masks:
    """As many weights in each layer as `magnitude` keeps there, but any: the control for *which* weights matter."""
    masks, uniforms = magnitude(seen, kept), seen.uniforms()
    for name, mask in masks.items():
        masks[name] = keep_largest({name: uniforms[name]}, {name: seen.alive[name]}, int(mask.count_nonzero()))[name]
    return masks
