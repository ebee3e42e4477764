"""Replica exchange in |psi|^(2/T): hot chains leave the wells of |psi|^2, and swaps bring that to T = 1.

With the energy E(s) = -2 ln |psi(s)| a chain at T samples exp(-E/T) = |psi|^(2/T). Neighbouring temperatures swap their
configurations a and b with probability

    min(1, exp[(1/T_1 - 1/T_2)(E_a - E_b)]) = min(1, [|psi(b)|/|psi(a)|]^(2/T_1 - 2/T_2)),

by physlearn/tempering: the permutation of temperatures over the rows moves, not the rows.
"""

from typing import Any

import torch
from torch import Tensor

from physlearn.quantum.chain import SpinChain
from physlearn.quantum.sampler import Chains, LogPsi
from physlearn.streams import Streams
from physlearn.tempering import swaps
from physlearn.tempering.permutation import replicas


class Ladders(Chains):
    """Ladders side by side, each with a chain at every temperature and a round of swaps after every sweep.

    `states`, (ladder * temperature, site), are of all temperatures; `sampled()` are those at the first one. `moved`
    counts, by ladder, moves accepted at the first temperature and swaps of it.

    Args:
        chain: the Hamiltonian.
        streams: of random numbers, one for each row: ladders times temperatures.
        temperatures: T, rising; the first is that of what is sampled, 1.
        generator: of the swaps.
        swap: how pairs take turns; ``none`` is the control without exchange.

    Raises:
        ValueError: as `Chains`; temperatures that do not rise.
    """

    def __init__(
        self,
        chain: SpinChain,
        streams: Streams,
        temperatures: Tensor,
        generator: torch.Generator,
        swap: swaps.Swap = "deo",
    ) -> None:
        super().__init__(chain, streams)
        ladders = len(streams.keys) // len(temperatures)
        self.replicas, self.generator, self.swap = replicas(temperatures, ladders), generator, swap
        self.moved = torch.zeros(ladders, dtype=torch.int64)
        self.swapped = torch.zeros(len(temperatures) - 1, dtype=torch.float64)  # summed probability, by pair

    def sampled(self) -> Tensor:
        return self.states[self.replicas.rows()[:, 0]]

    def sweep(self, log_psi: LogPsi, sweeps: int = 1) -> None:
        """N moves of every row at its temperature and a round of swaps, `sweeps` times."""
        logs = log_psi(self.states).real
        for _ in range(sweeps):
            coldest = self.replicas.rows()[:, 0]
            temperatures = self.replicas.row_temperatures()
            for _ in range(self.sites):
                logs, accepted = self._move(log_psi, logs, temperatures)
                self.moved += accepted[coldest]
                self.moves += 1
            self.replicas.sweep += 1
            probability = swaps.probability(swaps.exact_statistic(-2 * logs, self.replicas))  # (ladder, pair)
            accepted = swaps.decide(probability, self.replicas.sweep, self.swap, self.generator)
            swaps.record(accepted, self.replicas)
            self.moved += accepted[:, 0]
            self.swapped += probability.mean(0)

    def swap_acceptance(self) -> list[float]:
        """Mean probability that a pair of neighbouring temperatures swaps, tried or not, since the last `reset`."""
        return (self.swapped / max(1, self.moves // self.sites)).tolist()

    def reset(self) -> None:
        super().reset()
        self.swapped.zero_()

    def state_dict(self) -> dict[str, Any]:
        own = {"swapped": self.swapped, "generator": self.generator.get_state()}
        return super().state_dict() | own | {"replicas": self.replicas.state_dict()}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        super().load_state_dict(saved)
        self.swapped = saved["swapped"]
        self.generator.set_state(saved["generator"])
        self.replicas.load_state_dict(saved["replicas"])
