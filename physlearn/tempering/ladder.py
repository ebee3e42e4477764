"""Ladders of temperatures: made by rule, or adapted until every pair of levels swaps equally often."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.interpolate import PchipInterpolator
from torch import Tensor


def geometric(minimum: float, maximum: float, replicas: int) -> Tensor:
    """T_i = T_min (T_max/T_min)^{i/(R-1)}: equal acceptance where the heat capacity is constant. (level,) float64.

    Raises:
        ValueError: fewer than two replicas, or not 0 < minimum < maximum.
    """
    _check_ends(minimum, maximum, replicas)
    return torch.from_numpy(np.geomspace(minimum, maximum, replicas))


def linear(minimum: float, maximum: float, replicas: int) -> Tensor:
    """T_i = T_min + (T_max - T_min) i/(R-1): (level,) float64.

    Raises:
        ValueError: fewer than two replicas, or not 0 < minimum < maximum.
    """
    _check_ends(minimum, maximum, replicas)
    return torch.from_numpy(np.linspace(minimum, maximum, replicas))


def check_temperatures(temperatures: Tensor | Sequence[float]) -> Tensor:
    """An explicit ladder as a (level,) float64 tensor.

    Raises:
        ValueError: fewer than two temperatures, one that is not positive and finite, or an order that does not rise.
    """
    ladder = torch.as_tensor(temperatures, dtype=torch.float64).cpu()
    shown = ", ".join(f"{t:g}" for t in ladder.flatten().tolist())
    if ladder.dim() != 1 or len(ladder) < 2:
        raise ValueError(f"replica exchange needs at least two temperatures, got {shown or 'none'}")
    if not bool((ladder > 0).all() and ladder.isfinite().all()):
        raise ValueError(f"temperatures must be positive and finite, got {shown}")
    if not bool((ladder.diff() > 0).all()):
        raise ValueError(f"temperatures must rise, each above the one before, got {shown}")
    return ladder


def equalise(temperatures: Tensor, rejection: Tensor) -> Tensor:
    """Levels at equal steps of the communication barrier, between the same ends: (level,) float64.

    Lambda(T_i) = sum_{j<i} r_j, with r_j the measured rejection between levels j, j+1, is interpolated monotonically
    (PCHIP) over ln T and inverted at R equal steps, so that every pair would reject alike.

    Args:
        temperatures: (level,), the ladder on which `rejection` was measured.
        rejection: (pair,), mean probability of rejection, in [0, 1].

    Source: Syed, Bouchard-Cote, Deligiannidis & Doucet, J. R. Stat. Soc. B 84 (2022) 321, sec. 5.
    """
    logs = temperatures.log().numpy()
    steps = rejection.numpy().clip(1e-6 * len(rejection), 1)  # a pair that never rejects must not stop the curve
    barrier = np.concatenate([[0.0], np.cumsum(steps)])
    fine = np.linspace(logs[0], logs[-1], 4001)
    curve = np.maximum.accumulate(PchipInterpolator(logs, barrier)(fine))
    new = np.interp(np.linspace(0, barrier[-1], len(logs)), curve, fine)
    return check_temperatures(torch.cat([temperatures[:1], torch.from_numpy(np.exp(new[1:-1])), temperatures[-1:]]))


def adaptation_sweeps(rounds: int, first: int = 50) -> list[int]:
    """The sweeps at whose end the ladder is adapted: rounds of `first`, 2 `first`, 4 `first`, ... sweeps.

    Raises:
        ValueError: a negative number of rounds, or a first round shorter than 2 sweeps.
    """
    if rounds < 0 or first < 2:
        raise ValueError(f"adaptation needs rounds >= 0 and a first round of at least 2 sweeps, got {rounds}, {first}")
    return [first * (2 ** (k + 1) - 1) for k in range(rounds)]


def _check_ends(minimum: float, maximum: float, replicas: int) -> None:
    if replicas < 2:
        raise ValueError(f"replica exchange needs at least two replicas, got {replicas}")
    if not 0 < minimum < maximum < float("inf"):
        raise ValueError(f"a ladder needs 0 < minimum < maximum, got {minimum} and {maximum}")
