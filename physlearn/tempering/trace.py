"""The record of a run of rounds, in tensors of fixed size: what diagnostics read and checkpoints keep."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from physlearn.tempering.permutation import OLDER
from physlearn.tempering.rounds import Round


@dataclass
class Trace:
    """Up to `sweeps` rounds of `ladders` ladders with `replicas` levels; `length` of them are filled.

    Attributes:
        energies: (sweep, ladder, level) float64.
        probability: (sweep, ladder, pair) float64, of acceptance.
        levels: (sweep, ladder, replica) int16, after the swaps.
    """

    sweeps: int
    ladders: int
    replicas: int
    length: int = 0
    energies: Tensor = field(init=False)
    probability: Tensor = field(init=False)
    levels: Tensor = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.sweeps, self.ladders)
        self.energies = torch.zeros(*shape, self.replicas, dtype=torch.float64)
        self.probability = torch.zeros(*shape, self.replicas - 1, dtype=torch.float64)
        self.levels = torch.zeros(*shape, self.replicas, dtype=torch.int16)

    def append(self, round: Round) -> None:
        """Writes the next round; IndexError once `sweeps` are filled."""
        for name in ("energies", "probability", "levels"):
            getattr(self, name)[self.length] = getattr(round, name)
        self.length += 1

    def arrays(self) -> dict[str, "torch.Tensor"]:
        """The filled part, as NumPy arrays by name."""
        return {name: getattr(self, name)[: self.length].numpy() for name in ("energies", "probability", "levels")}

    def state_dict(self) -> dict[str, Tensor | int]:
        """The filled part and its length."""
        filled = {name: getattr(self, name)[: self.length].clone() for name in ("energies", "probability", "levels")}
        return {"length": self.length} | filled

    def load_state_dict(self, state: dict[str, Tensor | int]) -> None:
        """Restores what `state_dict` gave.

        Raises:
            ValueError: the state holds more sweeps than there is room for, or another number of replicas.
        """
        if state["length"] > self.sweeps or state["energies"].shape[1:] != self.energies.shape[1:]:
            raise ValueError(f"a record of {tuple(state['energies'].shape)} does not fit {tuple(self.energies.shape)}")
        state = {"levels": state[OLDER], **state} if OLDER in state else state
        self.length = int(state["length"])
        for name in ("energies", "probability", "levels"):
            getattr(self, name)[: self.length] = state[name]
