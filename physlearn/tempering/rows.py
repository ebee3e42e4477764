"""Movers of some of the rows: put together from movers of single rows, their states joined and parted.

In the state of a mover of n rows, every tensor and list of length n holds a row at each place, but for the lists of
an optimizer's parameter groups; whatever else there is belongs to all rows alike.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Protocol

import torch
from torch import Tensor

from physlearn.tempering.swaps import MinibatchLosses

Reading = Tensor | MinibatchLosses
BY_ROW = "generators"  # the list in an optimizer's state that has one entry per row


class Mover(Protocol):
    """Moves rows by one sweep and reads them; its state is all that a resumed run needs of it."""

    states: Tensor  # (row, ...)

    def explore(self, temperatures: Tensor) -> None:
        """One sweep of every row at its temperature, (row,)."""

    def measure(self) -> Reading:
        """What swaps go by: energies (row,), or the losses on a minibatch."""

    def rescale(self, factor: Tensor) -> None:
        """Momenta, where there are any, follow a change of temperature: factor is sqrt(T_new/T_old), (row,)."""

    def acceptance(self) -> Tensor | None:
        """Of the Metropolis proposals of every row so far, (row,); None where the mover makes none."""

    def settle(self) -> None:
        """The burn-in is over: whatever still adapts is frozen."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class RowByRow:
    """A mover made of movers of one row each: none of a row's arithmetic depends on how many rows there are.

    Kernels that take many rows at once may sum in another order when there are more of them. On a CPU a row alone is
    computed alike in every process. Large networks lose little time by it, small ones a factor of ten and more.
    """

    def __init__(self, movers: Sequence[Mover]) -> None:
        self.movers = list(movers)

    @property
    def states(self) -> Tensor:
        return torch.cat([mover.states.detach() for mover in self.movers])

    def explore(self, temperatures: Tensor) -> None:
        for mover, own in zip(self.movers, temperatures.split(1), strict=True):
            mover.explore(own)

    def measure(self) -> Reading:
        readings = [mover.measure() for mover in self.movers]
        if isinstance(readings[0], Tensor):
            return torch.cat(readings)
        losses, prior = (torch.cat([getattr(reading, name) for reading in readings]) for name in ("losses", "prior"))
        return MinibatchLosses(losses, prior, readings[0].examples)

    def rescale(self, factor: Tensor) -> None:
        for mover, own in zip(self.movers, factor.split(1), strict=True):
            mover.rescale(own)

    def leave(self) -> list[Tensor]:
        """What every row leaves at its level, (row, ...) each: of movers that have it, see `LikelihoodMover`."""
        return [torch.cat(values) for values in zip(*(mover.leave() for mover in self.movers), strict=True)]

    def enter(self, found: list[Tensor], temperatures: Tensor) -> None:
        """Every row takes over what it finds at its new level, at its new temperature, (row,)."""
        for row, mover in enumerate(self.movers):
            mover.enter([values[row : row + 1] for values in found], temperatures[row : row + 1])

    def acceptance(self) -> Tensor | None:
        shares = [mover.acceptance() for mover in self.movers]
        return None if shares[0] is None else torch.cat(shares)

    def settle(self) -> None:
        for mover in self.movers:
            mover.settle()

    def state_dict(self) -> dict[str, Any]:
        return join([mover.state_dict() for mover in self.movers], [1] * len(self.movers))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for row, mover in enumerate(self.movers):
            mover.load_state_dict(part(state, range(row, row + 1), len(self.movers)))


def read(mover: Mover, values: Callable[[Tensor], Tensor]) -> Tensor:
    """A function of states (row, ...) of all rows of a mover: (row, ...). Of rows apart, of each for itself."""
    return torch.cat([values(own.states.detach()) for own in getattr(mover, "movers", [mover])])


def join(states: Sequence[Any], lengths: Sequence[int]) -> Any:
    """The states of movers of some rows each -> the state of one mover of all rows, in that order.

    Args:
        states: of one structure.
        lengths: how many rows each of them has.

    Raises:
        ValueError: what belongs to all rows alike differs: the processes have come apart.
    """
    first = states[0]
    if isinstance(first, dict):
        return {key: _join_entry(key, [state[key] for state in states], lengths) for key in first}
    if isinstance(first, list | tuple):
        return [join(entries, lengths) for entries in zip(*states, strict=True)]
    if isinstance(first, Tensor) and all(map(_is_by_row, states, lengths)):
        return torch.cat(list(states))
    if not all(_same(first, other) for other in states[1:]):
        raise ValueError(f"the processes have come apart: {first} in the first is {states[1:]} in others")
    return first


def part(state: Any, rows: range, total: int) -> Any:
    """The inverse of `join`: what the state of a mover of `total` rows says of some of them."""
    if isinstance(state, dict):
        by_row = {key: value[rows.start : rows.stop] for key, value in state.items() if key == BY_ROW}
        return {key: part(value, rows, total) for key, value in state.items()} | by_row
    if isinstance(state, list | tuple):
        return [part(value, rows, total) for value in state]
    if not isinstance(state, Tensor):
        return state
    return (state[rows.start : rows.stop] if _is_by_row(state, total) else state).clone()


def to_cpu(state: Any) -> Any:
    """A nest of dicts and lists with its tensors on the CPU."""
    if isinstance(state, dict):
        return {key: to_cpu(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [to_cpu(value) for value in state]
    return state.detach().cpu() if isinstance(state, Tensor) else state


def _join_entry(key: str, entries: list[Any], lengths: Sequence[int]) -> Any:
    return list(chain.from_iterable(entries)) if key == BY_ROW else join(entries, lengths)


def _is_by_row(tensor: Tensor, rows: int) -> bool:
    return tensor.dim() > 0 and len(tensor) == rows


def _same(one: Any, other: Any) -> bool:
    return torch.equal(one, other) if isinstance(one, Tensor) else one == other
