"""One round of swaps between neighbouring levels, in three parts: statistic, decision, record.

Replica a at temperature T_1 and b at T_2 exchange temperatures with probability

    A = min(1, exp(-delta - sigma^2/2)),   delta = (beta_1 - beta_2)(E_b - E_a),   beta = 1/T,

which is detailed balance for exp(-E_a/T_1 - E_b/T_2) when the energies are exact (sigma = 0), and when delta is known
with a normal error of known variance sigma^2.

Sources: Geyer, Computing Science and Statistics 23 (1991) 156; Ceperley & Dewing, J. Chem. Phys. 110 (1999) 9812, for
the penalty; Syed et al., J. R. Stat. Soc. B 84 (2022) 321, for even and odd rounds.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.tempering.choices import SWAPS, Swap
from physlearn.tempering.permutation import Replicas


@dataclass(frozen=True)
class Statistic:
    """What a decision needs: energies (ladder, level), delta (ladder, pair) and its variance sigma^2 (ladder, pair)."""

    energies: Tensor
    delta: Tensor
    variance: Tensor


@dataclass(frozen=True)
class MinibatchLosses:
    """Losses of all replicas on one and the same minibatch of n out of N examples, of their present weights.

    Args:
        losses: (row, n), nats.
        prior: (row,), the part of the energy that is exact.
        examples: N.
    """

    losses: Tensor
    prior: Tensor
    examples: int


def exact_statistic(energies: Tensor, replicas: Replicas) -> Statistic:
    """delta_i = (beta_i - beta_{i+1})(E_{i+1} - E_i) of every pair of levels, from exact energies (row,); sigma = 0."""
    by_level = energies.double().cpu()[replicas.rows()]  # (ladder, level)
    delta = -replicas.betas.diff() * by_level.diff()
    return Statistic(by_level, delta, torch.zeros_like(delta))


def minibatch_statistic(batch: MinibatchLosses, replicas: Replicas) -> Statistic:
    """delta from one minibatch for both replicas, and the variance of its error.

    sigma^2 = (Delta beta)^2 (1/n)(1 - n/N) Var_i[l_i(W_1) - l_i(W_2)], Var with 1/(n-1): the energy is a mean over the
    N examples. On one batch the two replicas' losses are correlated and most of the noise cancels. The prior's
    difference is exact. sigma itself is an estimate, so detailed balance holds up to its error.

    Raises:
        ValueError: fewer than two examples in the batch, or more than N.
    """
    drawn = batch.losses.shape[1]
    if not 2 <= drawn <= batch.examples:
        raise ValueError(f"a minibatch for swaps needs 2 to {batch.examples} examples, got {drawn}")
    rows, step = replicas.rows(), -replicas.betas.diff()
    losses = batch.losses.double().cpu()[rows]  # (ladder, level, example)
    prior = batch.prior.double().cpu()[rows]  # (ladder, level)
    energies = losses.mean(2) + prior
    spread = losses.diff(dim=1).var(2)  # (ladder, pair)
    variance = step.square() * spread / drawn * (1 - drawn / batch.examples)
    return Statistic(energies, step * energies.diff(), variance)


def probability(statistic: Statistic) -> Tensor:
    """A = min(1, exp(-delta - sigma^2/2)) of every pair: (ladder, pair). Energies that are not finite give 0."""
    accepted = (-statistic.delta - statistic.variance / 2).exp().clamp(max=1)
    return torch.where(statistic.delta.isfinite(), accepted, 0.0)


def decide(probability: Tensor, sweep: int, swap: Swap, generator: torch.Generator) -> Tensor:
    """Which pairs swap: (ladder, pair) bool. Pairs (i, i+1) of one parity are tried, so that no replica is in two.

    Args:
        probability: (ladder, pair).
        sweep: its parity is that of the pairs tried under ``deo``.
        swap: ``deo``, even and odd rounds in turn; ``seo``, a parity drawn for every ladder and round; ``none``, the
            control in which nothing swaps.
        generator: gives the same number of draws in every round.

    Raises:
        ValueError: an unknown `swap`.
    """
    if swap not in SWAPS:
        raise ValueError(f"swap must be {' or '.join(SWAPS)}, got {swap!r}")
    if swap == "none":
        return torch.zeros_like(probability, dtype=torch.bool)
    uniform = torch.rand(probability.shape, generator=generator, dtype=torch.float64)
    parity = torch.full((len(probability), 1), sweep % 2)
    if swap == "seo":
        parity = torch.randint(2, parity.shape, generator=generator)
    return (torch.arange(probability.shape[1]) % 2 == parity) & (uniform < probability)


def record(accepted: Tensor, replicas: Replicas) -> None:
    """Exchanges the levels of the replicas of every accepted pair, in place; the weights stay where they are."""
    at_level = replicas.levels.argsort(1)  # (ladder, level) -> replica
    partner = torch.arange(at_level.shape[1]).repeat(len(at_level), 1)
    partner[:, :-1] += accepted.long()
    partner[:, 1:] -= accepted.long()
    replicas.levels = at_level.gather(1, partner).argsort(1)


def momentum_factor(old: Tensor, new: Tensor) -> Tensor:
    """sqrt(T_new/T_old) of every row, by which momenta follow a change of temperature: (row,).

    A momentum of variance m T_old becomes one of variance m T_new, and the kinetic energies drop out of delta. That
    holds where momenta are independent of the weights: which point of a step that is, the optimizer knows
    (`MomentumOptimizer.change_temperature`).
    """
    return (new / old).sqrt()
