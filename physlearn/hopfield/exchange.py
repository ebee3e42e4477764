"""Replica exchange of one network at many temperatures: the rows are replicas, the swaps those of physlearn.tempering.

Cold rows leave a wrong minimum by way of the hot ones; every level samples its own exp(-E/T).
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.tempering.permutation import Replicas
from physlearn.tempering.rounds import Round, exchange


def exchanging(
    network: HopfieldNetwork,
    states: Tensor,
    replicas: Replicas,
    spins: torch.Generator,
    swaps: torch.Generator,
    sweeps: int = 1,
) -> Iterator[Round]:
    """Sweeps of heat bath in random order, then a round of swaps between neighbouring temperatures, for ever.

    Swaps are accepted with min(1, exp[(1/T_1 - 1/T_2)(E_1 - E_2)]); `replicas.rows()` says which row is at which level.
    To go on bit for bit save the states, `replicas` and both generators.

    Args:
        states: (row, neuron) of +-1, changed in place; row = ladder * R + replica.
        replicas: the temperatures and who is at which, from `physlearn.tempering.replicas`.
        spins: draws orders and thermal noise.
        swaps: decides the swaps.
        sweeps: between two rounds.

    Raises:
        ValueError: as many states as replicas are wanted.
    """
    if len(states) != replicas.levels.numel():
        raise ValueError(f"{replicas.levels.numel()} replicas need as many states, got {len(states)}")

    def explore(temperatures: Tensor) -> None:
        states.copy_(network.recall(states, temperatures, sweeps=sweeps, generator=spins))

    return exchange(replicas, explore, lambda: network.energy(states), swaps)
