"""The order of updates: new and random in every sweep, each order as likely as every other.

N spins that are all coupled by J = -1 and all up: at T = 0 a spin turns over when it is visited, as long as fewer than
half are down. So after one sweep those are down that came first, and every set of that size is equally likely.
"""

import math
from itertools import combinations

import numpy as np
import pytest
import torch

from physlearn.dynamics import spin_kernels
from physlearn.dynamics.dense_spins import relax
from physlearn.hopfield.dense import DenseMemory
from physlearn.streams import streams

NEURONS = 7
CLAMPED = 2  # of the neurons, held up: 5 are free, of which the first 3 turn over


def down_after_a_sweep(numbers, order="random", clamped=False):
    """Which spins are down after one sweep from all up: (row, neuron) bool."""
    rows = len(numbers.keys)
    couplings = torch.eye(NEURONS, dtype=torch.float64) - 1
    spins = torch.ones(rows, NEURONS, dtype=torch.int8)
    free = torch.ones(rows, NEURONS, dtype=torch.bool)
    free[:, 1 : 1 + CLAMPED * clamped] = False
    fields, cold = spins.double() @ couplings, torch.zeros(1, rows, dtype=torch.float64)
    relax(spins, fields, couplings[None], cold, numbers, free=free, order=order, tie=1e-12)
    return spins < 0


def largest_z(down, free, size=3):
    """Of the counts of the sets of so many free neurons, each of probability 1/(number of sets)."""
    assert bool((down.sum(1) == size).all())
    sets = [sum(2**i for i in chosen) for chosen in combinations(free, size)]
    codes = (down * 2 ** torch.arange(down.shape[1])).sum(1)
    counts = np.array([int((codes == code).sum()) for code in sets])
    assert counts.sum() == len(down)
    p = 1 / len(sets)
    return np.abs(counts - len(down) * p).max() / math.sqrt(len(down) * p * (1 - p))


@pytest.mark.parametrize("clamped", [False, True])
def test_every_set_comes_first_equally_often(clamped):
    free = [i for i in range(NEURONS) if not clamped or not 1 <= i <= CLAMPED]
    assert largest_z(down_after_a_sweep(streams(1, range(60_000)), clamped=clamped), free) < 4.5


def test_control_a_fixed_order():
    """`sequential` visits 0, 1, 2, ... always."""
    down = down_after_a_sweep(streams(1, range(100)), "sequential")
    assert bool(down[:, :3].all())
    assert largest_z(down, range(NEURONS)) > 30


def test_the_next_sweep_has_an_order_of_its_own():
    """The streams go on: of two sweeps the same set comes first in one of 35 rows."""
    rows, numbers = 40_000, streams(1, range(40_000))
    first, second = down_after_a_sweep(numbers), down_after_a_sweep(numbers)
    same = (first == second).all(1).double().mean()
    assert abs(same - 1 / 35) < 4 * math.sqrt(34 / 35**2 / rows)


def test_the_vectorised_sweep_has_orders_as_likely(monkeypatch):
    monkeypatch.setattr(spin_kernels, "compiled", lambda spins: False)
    assert largest_z(down_after_a_sweep(streams(2, range(20_000))), range(NEURONS)) < 4.5


def test_the_dense_memorys_order_is_uniform():
    """F(x) = x^2 and all patterns with three spins up: by symmetry every pair is coupled alike, and negatively."""
    patterns = torch.tensor([[1 if i in up else -1 for i in range(NEURONS)] for up in combinations(range(NEURONS), 3)])
    start, draw = torch.ones(60_000, NEURONS), torch.Generator().manual_seed(3)
    after = DenseMemory(patterns, power=2).recall(start, 1, generator=draw)
    assert largest_z(after < 0, range(NEURONS)) < 4.5
