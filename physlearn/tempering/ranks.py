"""Replicas spread over processes: each rank moves its own rows, and energies are all that travels in a sweep.

Every rank holds the whole ladder and draws the same swaps from the same generator. A row's numbers do not depend on
the number of ranks: its random stream belongs to its global index, and rows that are computed apart (see rows.py)
never share a kernel call, whose sums may round differently with the number of rows in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from physlearn import processes
from physlearn.tempering.rows import Mover, Reading, join, part, read, to_cpu
from physlearn.tempering.swaps import MinibatchLosses


@dataclass(frozen=True)
class Ranks:
    """Which rows lie where: of all N = ladders R, rank k of n holds those from k N/n to (k+1) N/n, rounded down.

    Args:
        replicas: R, of one ladder.
        ladders: that stand side by side; row = ladder R + replica.
        rank: k, this process.
        count: n, how many there are. It need not divide N.

    Raises:
        ValueError: more ranks than replicas.
    """

    replicas: int
    ladders: int = 1
    rank: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if self.count > self.replicas:
            raise ValueError(
                f"replicas={self.replicas}: {self.count} ranks are more than there are replicas of a ladder. "
                f"Type e.g. tempering.replicas={self.count}, or torchrun --nproc-per-node {self.replicas}"
            )

    @property
    def total(self) -> int:
        """N, the rows of all ranks."""
        return self.replicas * self.ladders

    def rows(self, rank: int | None = None) -> range:
        """The global indices of the rows of a rank, by default of this one."""
        rank = self.rank if rank is None else rank
        return range(self.total * rank // self.count, self.total * (rank + 1) // self.count)

    def own(self, values: Tensor) -> Tensor:
        """This rank's part of (row, ...)."""
        return values[self.rows().start : self.rows().stop]

    def gather(self, values: Tensor) -> Tensor:
        """This rank's (row, ...) -> those of all rows, on every rank, bit for bit."""
        if self.count == 1:
            return values
        whole = torch.zeros(self.total, *values.shape[1:], dtype=values.dtype)
        self.own(whole).copy_(values)
        processes.everywhere(whole.view(torch.uint8))  # as bytes: a sum with zeros changes none of them
        return whole.to(values.device)


def ranks(replicas: int, ladders: int = 1) -> Ranks:
    """The ranks that torchrun began, or the only one there is."""
    return Ranks(replicas, ladders, processes.rank(), processes.count())


class Spread:
    """All rows to an exchange, of which this rank moves but its own. Every rank must call the same things in turn.

    Args:
        mover: of this rank's rows.
        ranks: says which they are.
    """

    def __init__(self, mover: Mover, ranks: Ranks) -> None:
        self.mover, self.ranks = mover, ranks

    def explore(self, temperatures: Tensor) -> None:
        """Moves this rank's rows; `temperatures` is the temperature of all, (row,)."""
        self.mover.explore(self.ranks.own(temperatures))

    def measure(self) -> Reading:
        """The readings of all rows, on every rank: what travels in a sweep."""
        reading = self.mover.measure()
        if isinstance(reading, Tensor):
            return self.ranks.gather(reading)
        losses, prior = self.ranks.gather(reading.losses), self.ranks.gather(reading.prior)
        return MinibatchLosses(losses, prior, reading.examples)

    def rescale(self, factor: Tensor) -> None:
        """The momenta of this rank's rows follow a change of temperature; `factor` is that of all, (row,)."""
        self.mover.rescale(self.ranks.own(factor))

    def follow(self, source: Tensor, temperatures: Tensor) -> None:
        """After swaps where levels have energies of their own, see `LikelihoodMover.follow`; (row,) of all rows each.

        What stays with the levels travels here, the momenta of all rows: R D numbers per round with an accepted swap.
        """
        found = [self.ranks.gather(values)[source.to(values.device)] for values in self.mover.leave()]
        self.mover.enter([self.ranks.own(values) for values in found], self.ranks.own(temperatures))

    def acceptance(self) -> float | None:
        """Of the Metropolis proposals of all rows so far; None where there are none."""
        shares = self.mover.acceptance()
        return None if shares is None else float(self.ranks.gather(shares).mean())

    def settle(self) -> None:
        """Freezes what still adapts."""
        self.mover.settle()

    def read(self, values: Callable[[Tensor], Tensor]) -> Tensor:
        """What a function of states (row, ...) gives of all rows, on every rank: (row, ...)."""
        return self.ranks.gather(read(self.mover, values))

    def states(self) -> Tensor | None:
        """The states of all rows on rank 0, on their device; None on the others."""
        pieces = processes.collect(self.mover.states.detach().cpu())
        return None if pieces is None else torch.cat(pieces).to(self.mover.states.device)

    def state_dict(self) -> dict[str, Any] | None:
        """The state of the movers of all rows on rank 0, the same whatever the number of ranks; None on the others."""
        states = processes.collect(to_cpu(self.mover.state_dict()))
        return None if states is None else join(states, [len(self.ranks.rows(k)) for k in range(self.ranks.count)])

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes this rank's part of the state of all rows."""
        self.mover.load_state_dict(part(state, self.ranks.rows(), self.ranks.total))
