"""Replica exchange: the loop."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from physlearn.tempering import swaps
from physlearn.tempering.ladder import equalise
from physlearn.tempering.permutation import Replicas

Reading = TypeVar("Reading")


@dataclass(frozen=True)
class Round:
    """What happened in one sweep and its round of swaps.

    Args:
        sweep: its number, from 1.
        temperatures: (level,), at which this sweep was made.
        energies: (ladder, level), after the sweep and before the swaps.
        probability: (ladder, pair), of acceptance, of every pair whether tried or not.
        accepted: (ladder, pair) bool, which pairs swapped.
        levels: (ladder, replica), after the swaps.
    """

    sweep: int
    temperatures: Tensor
    energies: Tensor
    probability: Tensor
    accepted: Tensor
    levels: Tensor


def exchange(
    replicas: Replicas,
    explore: Callable[[Tensor], None],
    measure: Callable[[], Reading],
    generator: torch.Generator,
    *,
    swap: swaps.Swap = "deo",
    statistic: Callable[[Reading, Replicas], swaps.Statistic] = swaps.exact_statistic,
    rescale: Callable[[Tensor], None] | None = None,
    follow: Callable[[Tensor, Tensor], None] | None = None,
    adapt_at: Collection[int] = (),
) -> Iterator[Round]:
    """Explore, communicate, record; for ever, one round a `next`. Stop and save between any two.

    To go on bit for bit, restore `replicas`, `generator`, the states and whatever `explore` draws from, and call again.

    Args:
        replicas: changed in place.
        explore: moves every row by one sweep, at the temperatures (row,) it is given.
        measure: reads off the rows what `statistic` wants: energies (row,), or a MinibatchLosses.
        generator: the stream of the swaps, on the CPU.
        swap: ``deo`` (even and odd pairs in turn), ``seo`` (parity at random) or ``none``.
        statistic: `exact_statistic` or `minibatch_statistic`.
        rescale: what else follows the temperature, given the factor sqrt(T_new/T_old) of every row, (row,): momenta, as
            `WeightMover.rescale` does; None: there are none.
        follow: in place of `rescale` where each temperature has its own energy (family=likelihood): given the row whose
            level a row is at now, and its new temperature, (row,) each, as `LikelihoodMover.follow` takes them.
        adapt_at: sweeps at whose end the ladder is adapted to equal rejection, see `ladder.adaptation_sweeps`.
    """
    while True:
        by_row, temperatures = replicas.row_temperatures(), replicas.temperatures
        explore(by_row)
        replicas.sweep += 1

        reading = statistic(measure(), replicas)
        probability = swaps.probability(reading)
        accepted = swaps.decide(probability, replicas.sweep, swap, generator)
        before = replicas.rows()  # (ladder, level)
        swaps.record(accepted, replicas)

        replicas.rejection = replicas.rejection + (1 - probability).sum(0)
        replicas.rounds += len(probability)
        if replicas.sweep in adapt_at:
            replicas.temperatures = equalise(temperatures, replicas.rejection / replicas.rounds)
            replicas.rejection, replicas.rounds = torch.zeros_like(replicas.rejection), 0
        if rescale is not None:
            rescale(swaps.momentum_factor(by_row, replicas.row_temperatures()))
        if follow is not None and not torch.equal(by_row, replicas.row_temperatures()):
            follow(before.gather(1, replicas.levels).flatten(), replicas.row_temperatures())

        yield Round(replicas.sweep, temperatures, reading.energies, probability, accepted, replicas.levels)
