"""Compiled sweeps of spins on the CPU, one replica after another, one spin after another.

Every kernel moves the rows from `start` to `stop` and lets go of Python's lock meanwhile, so that threads may take
pieces of the work as they come: `share_out`. (Equal shares, as OpenMP gives them, wait for the slowest thread: on a
busy machine that costs a factor of ten.)

Each loop visits the spins in an order in which its vectorised twin in spins.py gives the same result, and takes for
spin i the draw first + i of its replica's stream (see streams.py).
"""

import math
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numba import njit

from physlearn import streams

GAMMA, MIX_1, MIX_2 = np.uint64(streams.GAMMA), np.uint64(streams.MIX_1), np.uint64(streams.MIX_2)
UNIT = streams.UNIT
SHIFT_1, SHIFT_2, SHIFT_3, SHIFT_4 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


PIECE = 20_000  # spins in a piece of work: smaller ones take longer to hand out than to do


def share_out(kernel: Callable[..., None], spins: np.ndarray, *arguments: Any) -> None:
    """Runs the kernel over all rows of `spins`, on as many threads as torch uses; they do not change the result."""
    count = max(1, min(len(spins), spins.size // PIECE))
    edges = [len(spins) * k // count for k in range(count + 1)]
    pieces = deque(pairwise(edges))

    def work() -> None:
        while pieces:
            try:
                start, stop = pieces.popleft()
            except IndexError:  # another thread took the last one
                return
            kernel(start, stop, spins, *arguments)

    helpers = [_pool().submit(work) for _ in range(min(torch.get_num_threads(), count) - 1)]
    work()
    for helper in helpers:
        if not helper.cancel():  # one that has not begun has nothing left to do
            helper.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="spins")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked child has none of its parent's threads


@njit(inline="always")
def _draw(key, index):
    z = key + (index + np.uint64(1)) * GAMMA
    z = (z ^ (z >> SHIFT_1)) * MIX_1
    z = (z ^ (z >> SHIFT_2)) * MIX_2
    return (z ^ (z >> SHIFT_3)) >> SHIFT_4


@njit(inline="always")
def _up_probability(spin, field, beta, metropolis):
    if not metropolis:
        return 1.0 / (1.0 + math.exp(-2.0 * beta * field))
    flip = math.exp(-2.0 * beta * spin * field)
    return 1.0 - flip if spin > 0 else flip  # beyond [0, 1] acts as the nearer end


@njit(nogil=True, cache=True)
def ising(start, stop, spins, thresholds, keys, first):
    """Square lattice, J = 1. spins (row, L, L) int8; thresholds (row, 10) uint64: up where draw < threshold."""
    size = spins.shape[1]
    for row in range(start, stop):
        key, table, lattice = keys[row], thresholds[row], spins[row]
        for colour in range(2):
            for i in range(size):
                here = lattice[i]
                above, below = lattice[i - 1 if i else size - 1], lattice[i + 1 if i < size - 1 else 0]
                begin = (i + colour) & 1
                index = first + np.uint64(i * size + begin)
                left = here[begin - 1 if begin else size - 1]
                for j in range(begin, size, 2):
                    right = here[j + 1 if j < size - 1 else 0]
                    case = ((here[j] + 1) >> 1) * 5 + ((above[j] + below[j] + left + right + 4) >> 1)
                    here[j] = 1 if _draw(key, index) < table[case] else -1
                    index += np.uint64(2)
                    left = right


@njit(nogil=True, cache=True)
def lattice(start, stop, spins, order, neighbours, couplings, betas, keys, first, metropolis):
    """Any graph, in the order given. spins (row, N) int8; neighbours (N, z); couplings (sample, N, z)."""
    degree, rungs = neighbours.shape[1], spins.shape[0] // couplings.shape[0]
    for row in range(start, stop):
        state, bonds = spins[row], couplings[row // rungs]
        for site in order:
            field = 0.0
            for k in range(degree):
                field += bonds[site, k] * state[neighbours[site, k]]
            up = _up_probability(state[site], field, betas[row], metropolis)
            state[site] = 1 if _draw(keys[row], first + np.uint64(site)) * UNIT < up else -1


@njit(nogil=True, cache=True)
def dense(start, stop, spins, couplings, betas, keys, first, metropolis):
    """All spins coupled, one after another. spins (row, N) int8; couplings (sample, N, N), zero diagonal."""
    size, rungs = spins.shape[1], spins.shape[0] // couplings.shape[0]
    for row in range(start, stop):
        state, bonds = spins[row], couplings[row // rungs]
        fields = np.zeros(size)
        for i in range(size):
            for j in range(size):
                fields[j] += bonds[i, j] * state[i]
        for i in range(size):
            up = _up_probability(state[i], fields[i], betas[row], metropolis)
            new = 1 if _draw(keys[row], first + np.uint64(i)) * UNIT < up else -1
            if new != state[i]:
                state[i] = new
                for j in range(size):
                    fields[j] += 2.0 * new * bonds[i, j]


@njit(nogil=True, cache=True)
def lattice_energies(start, stop, spins, neighbours, couplings, energies):
    """E of every row on any graph, each summed in one order, however many rows there are."""
    degree, rungs = neighbours.shape[1], spins.shape[0] // couplings.shape[0]
    for row in range(start, stop):
        state, bonds = spins[row], couplings[row // rungs]
        twice = 0.0
        for site in range(len(state)):
            for k in range(degree):
                twice += bonds[site, k] * state[neighbours[site, k]] * state[site]
        energies[row] = -twice / 2.0


@njit(nogil=True, cache=True)
def dense_energies(start, stop, spins, couplings, energies):
    """E of every row where all spins are coupled; rows of one sample share each line of J while it is in the cache."""
    size, rungs = spins.shape[1], spins.shape[0] // couplings.shape[0]
    fields = np.zeros((stop - start, size))
    first = start
    while first < stop:
        sample = first // rungs
        last = min(stop, (sample + 1) * rungs)
        for i in range(size):
            line = couplings[sample, i]
            for row in range(first, last):
                field, spin = fields[row - start], spins[row, i]
                for j in range(size):
                    field[j] += line[j] * spin
        first = last
    for row in range(start, stop):
        twice = 0.0
        for j in range(size):
            twice += fields[row - start, j] * spins[row, j]
        energies[row] = -twice / 2.0
