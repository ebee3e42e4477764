"""Replicas spread over processes: each rank moves its own rows, and energies are all that travels in a sweep.

Every rank holds the whole ladder and draws the same swaps from the same generator. A row's numbers do not depend on
the number of ranks: its random stream belongs to its global index, and rows that are computed `Apart` never share a
kernel call, whose sums may round differently with the number of rows in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from physlearn import processes
from physlearn.tempering.swaps import MinibatchLosses

Reading = Tensor | MinibatchLosses


class Mover(Protocol):
    """Moves some of the rows by one sweep, and reads them."""

    states: Tensor  # (row, ...)

    def explore(self, heat: Tensor) -> None: ...

    def measure(self) -> Reading: ...

    def rescale(self, factor: Tensor) -> None: ...

    def settle(self) -> None: ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Ranks:
    """Which rows lie where: of `replicas` in each of `ladders`, rank k of n holds those from k R/n to (k+1) R/n.

    A row is ladder R + replica, as in `Replicas`. Shares differ by one where n does not divide R.

    Raises:
        ValueError: more ranks than replicas.
    """

    replicas: int
    ladders: int = 1
    rank: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if self.count > self.replicas:
            raise ValueError(f"{self.replicas} replicas cannot be spread over {self.count} ranks: use at most as many")

    def rows(self, rank: int | None = None) -> list[int]:
        """The global indices of the rows of a rank, by default of this one."""
        rank = self.rank if rank is None else rank
        mine = range(self.replicas * rank // self.count, self.replicas * (rank + 1) // self.count)
        return [ladder * self.replicas + replica for ladder in range(self.ladders) for replica in mine]

    def gather(self, values: Tensor) -> Tensor:
        """This rank's (row, ...) numbers -> those of all rows, on every rank: float64, on the CPU, bit for bit."""
        values = values.double().cpu()
        whole = torch.zeros(self.replicas * self.ladders, *values.shape[1:], dtype=torch.float64)
        whole[self.rows()] = values
        processes.everywhere(whole.view(torch.int64))  # integers: a sum with zeros changes no bit
        return whole

    def join(self, state: Any) -> Any:
        """This rank's state of a mover -> that of all rows, on rank 0; None on the others."""
        states = processes.collect(to_cpu(state))
        return states and join(states, [self.rows(rank) for rank in range(self.count)])


def ranks(replicas: int, ladders: int = 1) -> Ranks:
    """The ranks that torchrun began, or the only one."""
    return Ranks(replicas, ladders, processes.rank(), processes.count())


class Spread:
    """The mover of all rows, of which this rank holds but some: the others' are told of, and gathered from, them."""

    def __init__(self, mover: Mover, ranks: Ranks) -> None:
        self.mover, self.ranks = mover, ranks

    def explore(self, heat: Tensor) -> None:
        """Moves this rank's rows at their temperatures; `heat` is that of all rows."""
        self.mover.explore(heat[self.ranks.rows()])

    def measure(self) -> Reading:
        """The readings of all rows, on every rank."""
        reading = self.mover.measure()
        if isinstance(reading, Tensor):
            return self.ranks.gather(reading)
        losses, prior = self.ranks.gather(reading.losses), self.ranks.gather(reading.prior)
        return MinibatchLosses(losses, prior, reading.examples)

    def rescale(self, factor: Tensor) -> None:
        self.mover.rescale(factor[self.ranks.rows()])

    def settle(self) -> None:
        self.mover.settle()

    def state_dict(self) -> dict[str, Any] | None:
        """The state of all rows on rank 0, None elsewhere; every rank must call it."""
        return self.ranks.join(self.mover.state_dict())

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes this rank's part of the state of all rows."""
        self.mover.load_state_dict(part(state, self.ranks.rows(), self.ranks.replicas * self.ranks.ladders))


class Apart:
    """A mover made of movers of single rows: none of a row's arithmetic knows how many there are."""

    def __init__(self, movers: Sequence[Mover]) -> None:
        self.movers = list(movers)

    @property
    def states(self) -> Tensor:
        """(row, ...)."""
        return torch.cat([mover.states.detach() for mover in self.movers])

    def explore(self, heat: Tensor) -> None:
        for mover, own in zip(self.movers, heat.split(1), strict=True):
            mover.explore(own)

    def measure(self) -> Reading:
        readings = [mover.measure() for mover in self.movers]
        if isinstance(readings[0], Tensor):
            return torch.cat(readings)
        losses, prior = (torch.cat([getattr(r, name) for r in readings]) for name in ("losses", "prior"))
        return MinibatchLosses(losses, prior, readings[0].examples)

    def rescale(self, factor: Tensor) -> None:
        for mover, own in zip(self.movers, factor.split(1), strict=True):
            mover.rescale(own)

    def settle(self) -> None:
        for mover in self.movers:
            mover.settle()

    def state_dict(self) -> dict[str, Any]:
        return join([mover.state_dict() for mover in self.movers], [[row] for row in range(len(self.movers))])

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for row, mover in enumerate(self.movers):
            mover.load_state_dict(part(state, [row], len(self.movers)))


def join(states: Sequence[Any], rows: Sequence[Sequence[int]]) -> Any:
    """The states of movers of some rows -> that of a mover of all of them.

    In a mover's state a tensor has a row in its leading dimension (but for scalars), and so has the list
    ``generators``; whatever else there is does not differ between rows.

    Args:
        states: of equal structure.
        rows: which rows each of them is of; together 0 ... R - 1.

    Raises:
        ValueError: something differs that should not: the ranks have come apart.
    """
    first = states[0]
    if isinstance(first, dict):
        return {
            key: rows_of_lists([s[key] for s in states], rows)
            if key == "generators"
            else join([s[key] for s in states], rows)
            for key in first
        }
    if isinstance(first, list | tuple):
        return [join(entries, rows) for entries in zip(*states, strict=True)]
    if isinstance(first, Tensor) and first.dim():
        order = torch.tensor([row for own in rows for row in own]).argsort()
        return torch.cat(list(states))[order]
    if any(bool(other != first) for other in states[1:]):
        raise ValueError(f"a state that is common to all rows differs between them: {list(states)}")
    return first


def rows_of_lists(lists: Sequence[list[Any]], rows: Sequence[Sequence[int]]) -> list[Any]:
    """The entries of lists, one a row, in the order of the rows."""
    pairs = [pair for own, entries in zip(rows, lists, strict=True) for pair in zip(own, entries, strict=True)]
    return [entry for _, entry in sorted(pairs, key=lambda pair: pair[0])]


def part(state: Any, rows: Sequence[int], total: int) -> Any:
    """The inverse of `join`: what the state of a mover of `total` rows says of some of them.

    Raises:
        ValueError: the state is of another number of rows.
    """
    if isinstance(state, dict):
        return {
            key: [value[row] for row in rows] if key == "generators" else part(value, rows, total)
            for key, value in state.items()
        }
    if isinstance(state, list | tuple):
        return [part(value, rows, total) for value in state]
    if isinstance(state, Tensor) and state.dim():
        if len(state) != total:
            raise ValueError(f"the state is of {len(state)} replicas, not of {total}")
        return state[list(rows)]
    return state


def to_cpu(state: Any) -> Any:
    """A nest of dicts and lists with its tensors on the CPU."""
    if isinstance(state, dict):
        return {key: to_cpu(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [to_cpu(value) for value in state]
    return state.detach().cpu() if isinstance(state, Tensor) else state
