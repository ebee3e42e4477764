"""Compiled sweeps of spins on the CPU, one row after another, one spin after another; threads.py shares out the rows.

Each loop visits the spins in an order in which its vectorised twin (spins.py, dense_spins.py) gives the same result.
All draw from the same counters (physlearn/streams.py): draw n of a row is mix(key + (n + 1) GAMMA).
"""

import math

import numpy as np
from numba import njit
from torch import Tensor

from physlearn import streams

GAMMA, MIX_1, MIX_2 = np.uint64(streams.GAMMA), np.uint64(streams.MIX_1), np.uint64(streams.MIX_2)
UNIT, ONE, HALF = streams.UNIT, np.uint64(1), np.uint64(32)
SHIFT_1, SHIFT_2, SHIFT_3, SHIFT_4 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def compiled(spins: Tensor) -> bool:
    """Whether these kernels move the spins: they do on the CPU; elsewhere a sweep is vectorised."""
    return spins.device.type == "cpu"


@njit(inline="always")
def mix(word):
    """SplitMix64's mixing of 64 bits (Steele, Lea & Flood, OOPSLA 2014, fig. 15): `streams.mix`, compiled."""
    z = (word ^ (word >> SHIFT_1)) * MIX_1
    z = (z ^ (z >> SHIFT_2)) * MIX_2
    return z ^ (z >> SHIFT_3)


@njit(inline="always")
def place(bits, left):
    """One of `left` < 2^32 places by 64 random bits; none is more likely than another by more than left/2^32."""
    return np.int64(((bits >> HALF) * np.uint64(left)) >> HALF)


@njit(inline="always")
def turns(spin, field, beta, number, offset):
    """Whether a spin turns over, with probability 1/(offset + exp x), x = 2 beta s h; `number` is uniform in [0, 1).

    offset 1 is the heat bath, which sets the spin to +1 where number < 1/(1 + exp(-2 beta h)); offset 0 is Metropolis.
    """
    uniform = 1.0 - number if spin > 0 else number
    return uniform * (offset + math.exp(2.0 * beta * spin * field)) < 1.0


@njit(inline="always")
def turns_seldom(spin, field, beta, number, offset):
    """`turns`, faster where most spins stay: exp x > 1 + x + x^2/2 then decides without the exponential."""
    uniform, x = 1.0 - number if spin > 0 else number, 2.0 * beta * spin * field
    if x > 0.0 and uniform * (offset + 1.0 + x * (1.0 + 0.5 * x)) > 1.0:
        return False
    return turns(spin, field, beta, number, offset)


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
                    here[j] = 1 if mix(key + (index + ONE) * GAMMA) >> SHIFT_4 < table[case] else -1
                    index += np.uint64(2)
                    left = right


@njit(nogil=True, cache=True)
def lattice(start, stop, spins, order, neighbours, couplings, betas, keys, first, offset):
    """Any graph, in the order given. spins (row, N) int8; neighbours (N, z); couplings (sample, N, z)."""
    degree, each = neighbours.shape[1], spins.shape[0] // couplings.shape[0]
    for row in range(start, stop):
        state, bonds = spins[row], couplings[row // each]
        for site in order:
            field = 0.0
            for k in range(degree):
                field += bonds[site, k] * state[neighbours[site, k]]
            bits = mix(keys[row] + (first + np.uint64(site) + ONE) * GAMMA)
            turn = turns(state[site], field, betas[row], np.float64(bits >> SHIFT_4) * UNIT, offset)
            state[site] *= 1 - 2 * turn


@njit(inline="always")
def flip(state, field, couplings, i):
    """Turns spin i over and adds the change to every local field."""
    bonds, change = couplings[i], -2 * state[i]
    state[i] = -state[i]
    for j in range(len(field)):
        field[j] += change * bonds[j]


@njit(nogil=True, cache=True)
def dense(start, stop, spins, fields, known, couplings, free, temperatures, keys, first, random, offset, tie, still):
    """Sweeps where all spins are coupled, one spin after another; `known`: the fields are those of the spins.

    spins, fields, free (row, N): int8, float64 (int32 where couplings are int16), bool, empty where all are free;
    couplings (sample, N, N); temperatures (sweep, row). At T = 0 a spin turns where s h < -tie. `still` ends a row at
    a sweep without a flip.
    """
    size, each = spins.shape[1], spins.shape[0] // couplings.shape[0]
    sites = np.empty(size, np.int64)
    if not known:
        sum_fields(start, stop, spins, couplings, fields)
    for row in range(start, stop):
        state, field, bonds = spins[row], fields[row], couplings[row // each]
        thermal = keys[row] + first * GAMMA  # draws 0 ... N - 1 of a sweep are for the heat bath
        for sweep in range(len(temperatures)):
            count = 0
            for i in range(size):
                if len(free) == 0 or free[row, i]:
                    sites[count] = i
                    count += 1
            temperature, flips = temperatures[sweep, row], 0
            beta, order = 1.0 / temperature if temperature > 0.0 else 0.0, thermal + np.uint64(size) * GAMMA
            following = order + np.uint64(size) * GAMMA if random else order
            for n in range(count):
                i = sites[n]
                thermal += GAMMA
                if random:  # Fisher-Yates by draws N ... 2N - 1: every order of the free spins is equally likely
                    order += GAMMA
                    k = n + place(mix(order), count - n)
                    i = sites[k]
                    sites[k] = sites[n]
                if temperature > 0.0:
                    turn = turns_seldom(state[i], field[i], beta, np.float64(mix(thermal) >> SHIFT_4) * UNIT, offset)
                else:
                    turn = state[i] * field[i] < -tie
                if turn:
                    flip(state, field, bonds, i)
                    flips += 1
            thermal = following
            if still and flips == 0:
                break


@njit(nogil=True, cache=True)
def greedy(start, stop, spins, fields, couplings, free, most, tie):
    """At most `most` flips per row, each of the free spin most opposed to its field; shapes as in `dense`."""
    size, each = spins.shape[1], spins.shape[0] // couplings.shape[0]
    for row in range(start, stop):
        state, field = spins[row], fields[row]
        for _ in range(most):
            worst, lowest = -1, -tie
            for i in range(size):
                pull = state[i] * field[i]
                if pull < lowest and (len(free) == 0 or free[row, i]):
                    worst, lowest = i, pull
            if worst < 0:
                break
            flip(state, field, couplings[row // each], worst)


@njit(nogil=True, cache=True)
def together(start, stop, spins, fields, free, temperatures, keys, first, tie):
    """All free spins at once from their fields, which stay as they are; shapes as in `dense`, temperatures (row,)."""
    for row in range(start, stop):
        state, temperature, thermal = spins[row], temperatures[row], keys[row] + first * GAMMA
        beta = 1.0 / temperature if temperature > 0.0 else 0.0
        for i in range(spins.shape[1]):
            thermal += GAMMA
            if temperature > 0.0:
                turn = turns_seldom(state[i], fields[row, i], beta, np.float64(mix(thermal) >> SHIFT_4) * UNIT, 1.0)
            else:
                turn = state[i] * fields[row, i] < -tie
            if turn and (len(free) == 0 or free[row, i]):
                state[i] = -state[i]


@njit(nogil=True, cache=True)
def sum_fields(start, stop, spins, couplings, fields):
    """h = J s of every row, term by term; a few rows of one sample share each line of J while it is in the cache."""
    size, each, first = spins.shape[1], spins.shape[0] // couplings.shape[0], start
    most = max(1, 2048 // size)  # rows whose fields stay in the cache too
    fields[start:stop] = 0
    while first < stop:
        sample = first // each
        last = min(stop, (sample + 1) * each, first + most)
        for i in range(size):
            line = couplings[sample, i]
            for row in range(first, last):
                field, spin = fields[row], spins[row, i]
                for j in range(size):
                    field[j] += line[j] * spin
        first = last


@njit(nogil=True, cache=True)
def dense_energies(start, stop, spins, couplings, fields, energies):
    """E = -s.h/2 of every row where all spins are coupled; fields (row, N) float64 is for the kernel to use."""
    sum_fields(start, stop, spins, couplings, fields)
    for row in range(start, stop):
        twice = 0.0
        for j in range(spins.shape[1]):
            twice += fields[row, j] * spins[row, j]
        energies[row] = -twice / 2.0


@njit(nogil=True, cache=True)
def lattice_energies(start, stop, spins, neighbours, couplings, energies):
    """E of every row on any graph, each summed in one order, however many rows there are."""
    degree, each = neighbours.shape[1], spins.shape[0] // couplings.shape[0]
    for row in range(start, stop):
        state, bonds = spins[row], couplings[row // each]
        twice = 0.0
        for site in range(len(state)):
            for k in range(degree):
                twice += bonds[site, k] * state[neighbours[site, k]] * state[site]
        energies[row] = -twice / 2.0
