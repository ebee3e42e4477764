"""Which replica is at which temperature: all that an exchange moves."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from physlearn.tempering.ladder import check_temperatures

OLDER = "rungs"  # what states of version 0.2.0 and before call `levels`


@dataclass
class Replicas:
    """The temperatures and the permutation of the replicas over them: the whole state of an exchange but the weights.

    The weights stay where they are, in rows; a swap permutes `levels`. Several independent ladders at the same
    temperatures may stand side by side: row = ladder * R + replica.

    Args:
        temperatures: (level,) float64, rising, positive; level 0, the first place on the ladder, is the coldest.
        levels: (ladder, replica) int64, the level that each replica is at.
        sweep: sweeps done so far.
        rejection: (pair,) summed probability of rejection since the ladder was last changed.
        rounds: rounds in that sum, times ladders.
    """

    temperatures: Tensor
    levels: Tensor
    sweep: int = 0
    rejection: Tensor = field(default=None)  # type: ignore[assignment]
    rounds: int = 0

    def __post_init__(self) -> None:
        if self.rejection is None:
            self.rejection = torch.zeros(len(self.temperatures) - 1, dtype=torch.float64)

    @property
    def betas(self) -> Tensor:
        """1/T of every level: (level,)."""
        return 1 / self.temperatures

    def row_temperatures(self) -> Tensor:
        """The temperature of every row: (row,)."""
        return self.temperatures[self.levels].flatten()

    def rows(self) -> Tensor:
        """The row that stands at each level: (ladder, level)."""
        ladders, replicas = self.levels.shape
        return self.levels.argsort(1) + replicas * torch.arange(ladders)[:, None]

    def state_dict(self) -> dict[str, Any]:
        """Tensors and ints, enough to go on bit for bit (with the states, their movers and the swaps' generator)."""
        return {name: value.clone() if isinstance(value, Tensor) else value for name, value in vars(self).items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave.

        Raises:
            ValueError: the state is of another number of replicas or ladders.
        """
        state = {"levels": state[OLDER], **state} if OLDER in state else state
        if state["levels"].shape != self.levels.shape:
            raise ValueError(f"the state holds {tuple(state['levels'].shape)} replicas, not {tuple(self.levels.shape)}")
        for name in vars(self):
            setattr(self, name, state[name].clone() if isinstance(state[name], Tensor) else state[name])


def replicas(temperatures: Tensor | list[float], ladders: int = 1) -> Replicas:
    """Replica r at level r of every ladder.

    Args:
        temperatures: (level,), positive and rising, at least two.
        ladders: how many independent ladders stand side by side.

    Raises:
        ValueError: fewer than two temperatures, equal, unordered, zero or negative ones.
    """
    temperatures = check_temperatures(temperatures)
    return Replicas(temperatures, torch.arange(len(temperatures)).repeat(ladders, 1))
