"""Chains that sample |psi|^2, many side by side, by the moves of the spin engine.

    flip      one spin of every chain is turned over
    exchange  two antiparallel neighbours of every chain change places: S^z is kept

With x = ln |psi(s)|^2 - ln |psi(s')|^2 in the place of 2 beta s h a move is accepted with min(1, e^-x), as spins are
by Metropolis (physlearn/dynamics/spins.py). An exchange picks one of the n(s) antiparallel pairs of neighbours, the way
back one of n(s'): x has ln n(s')/n(s) added (Hastings).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from physlearn.quantum.chain import SpinChain
from physlearn.streams import UNIT, Streams

LogPsi = Callable[[Tensor], Tensor]


class Chains:
    """Configurations of spins 1/2, int64 (chain, site) of 0 (up) and 1 (down), and how often their moves are accepted.

    Args:
        chain: the Hamiltonian: it says whether S^z is conserved, and who is a neighbour.
        streams: of random numbers, one for each chain; two numbers a move.
        states: to go on from; None: random, with S^z = 0 where it is conserved.

    Raises:
        ValueError: spins other than 1/2, or an odd number of them where S^z = 0 is to be kept.
    """

    def __init__(self, chain: SpinChain, streams: Streams, states: Tensor | None = None) -> None:
        self.left, self.right = (torch.tensor(ends) for ends in zip(*chain.bonds, strict=True))
        self.sites, self.streams, self.exchange = chain.sites, streams, chain.conserves_sz
        if chain.physical != 2:
            raise ValueError(
                f"neural states are for spins 1/2, and a site of the {chain.name} has {chain.physical} states"
            )
        if self.exchange and chain.sites % 2:
            raise ValueError(
                f"size={chain.sites} is not allowed here: S^z = 0 needs N even. Type e.g. size={chain.sites + 1}"
            )
        self.row = torch.arange(len(streams.keys))
        self.states = self._random() if states is None else states
        self.moved = torch.zeros(len(self.row), dtype=torch.int64)  # moves accepted, by chain
        self.moves = 0

    def _random(self) -> Tensor:
        draws = self.streams.integers(self.streams.advance(self.sites), torch.arange(self.sites))  # (chain, site)
        if self.exchange:
            return (draws.argsort(1).argsort(1) < self.sites // 2).long()
        return draws >> 52

    def sampled(self) -> Tensor:
        """The configurations that follow |psi|^2, (chain, site)."""
        return self.states

    def sweep(self, log_psi: LogPsi, sweeps: int = 1) -> None:
        """N moves of every chain, `sweeps` times; ln psi may be complex."""
        logs = log_psi(self.states).real
        for _ in range(sweeps * self.sites):
            logs, accepted = self._move(log_psi, logs)
            self.moved += accepted
            self.moves += 1

    def _move(self, log_psi: LogPsi, logs: Tensor, temperatures: Tensor | float = 1.0) -> tuple[Tensor, Tensor]:
        """A move of every row in |psi|^(2/T); ln |psi| after it, and which were accepted, (row,) each."""
        first = self.streams.advance(2)
        draws = self.streams.integers(first, torch.arange(2)).double() * UNIT  # (row, 2)
        proposed, correction = self._propose(draws[:, 0])
        new = log_psi(proposed).real
        accepted = draws[:, 1] < (2 * (new - logs) / temperatures + correction).exp()
        self.states = torch.where(accepted[:, None], proposed, self.states)
        return torch.where(accepted, new, logs), accepted

    def reset(self) -> None:
        """Counts accepted moves anew."""
        self.moved.zero_()
        self.moves = 0

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs, beside the seed that made the streams."""
        return {"states": self.states, "moved": self.moved, "moves": self.moves, "count": self.streams.count}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.states, self.moved, self.moves = saved["states"], saved["moved"], saved["moves"]
        self.streams = Streams(self.streams.keys, saved["count"])

    def _propose(self, draw: Tensor) -> tuple[Tensor, Tensor | float]:
        """A configuration for every chain, and ln of the Hastings factor n(s)/n(s')."""
        proposed = self.states.clone()
        if not self.exchange:
            site = (draw * self.sites).long()
            proposed[self.row, site] = 1 - proposed[self.row, site]
            return proposed, 0.0
        apart = self._apart(self.states)  # (chain, bond)
        count = apart.sum(1)
        chosen = (draw * count).long()
        bond = (apart.cumsum(1) > chosen[:, None]).to(torch.int8).argmax(1)
        i, j = self.left[bond], self.right[bond]
        proposed[self.row, i], proposed[self.row, j] = self.states[self.row, j], self.states[self.row, i]
        return proposed, (count / self._apart(proposed).sum(1)).log()

    def _apart(self, states: Tensor) -> Tensor:
        return states[:, self.left] != states[:, self.right]
