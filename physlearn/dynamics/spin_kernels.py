"""Compiled sweeps of spins on the CPU: one replica a thread, one spin after another.

Each loop visits the spins in an order in which its vectorised twin in spins.py gives the same result, and takes for
spin i the draw first + i of its replica's stream (see streams.py).
"""

import math

import numpy as np
from numba import njit, prange

from physlearn.dynamics import streams

GAMMA, MIX_1, MIX_2 = np.uint64(streams.GAMMA), np.uint64(streams.MIX_1), np.uint64(streams.MIX_2)
UNIT = streams.UNIT
SHIFT_1, SHIFT_2, SHIFT_3, SHIFT_4 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


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


@njit(parallel=True, cache=True)
def ising(spins, thresholds, keys, first):
    """Square lattice, J = 1. spins (row, L, L) int8; thresholds (row, 10) uint64: up where draw < threshold."""
    rows, size, _ = spins.shape
    for row in prange(rows):
        key, table, lattice = keys[row], thresholds[row], spins[row]
        for colour in range(2):
            for i in range(size):
                here = lattice[i]
                above, below = lattice[i - 1 if i else size - 1], lattice[i + 1 if i < size - 1 else 0]
                start = (i + colour) & 1
                index = first + np.uint64(i * size + start)
                left = here[start - 1 if start else size - 1]
                for j in range(start, size, 2):
                    right = here[j + 1 if j < size - 1 else 0]
                    case = ((here[j] + 1) >> 1) * 5 + ((above[j] + below[j] + left + right + 4) >> 1)
                    here[j] = 1 if _draw(key, index) < table[case] else -1
                    index += np.uint64(2)
                    left = right


@njit(parallel=True, cache=True)
def lattice(spins, order, neighbours, couplings, betas, keys, first, metropolis):
    """Any graph, in the order given. spins (row, N) int8; neighbours (N, z); couplings (sample, N, z)."""
    rows, degree, rungs = spins.shape[0], neighbours.shape[1], spins.shape[0] // couplings.shape[0]
    for row in prange(rows):
        state, bonds = spins[row], couplings[row // rungs]
        for site in order:
            field = 0.0
            for k in range(degree):
                field += bonds[site, k] * state[neighbours[site, k]]
            up = _up_probability(state[site], field, betas[row], metropolis)
            state[site] = 1 if _draw(keys[row], first + np.uint64(site)) * UNIT < up else -1


@njit(parallel=True, cache=True)
def dense(spins, couplings, betas, keys, first, metropolis):
    """All spins coupled, one after another. spins (row, N) int8; couplings (sample, N, N), zero diagonal."""
    rows, size = spins.shape
    rungs = rows // couplings.shape[0]
    for row in prange(rows):
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
