"""One spin after another, with the local fields kept up to date: O(1) for an update that fails, O(N) for a flip.

On the CPU the loop is compiled (numba) and the rows of a batch are shared out to torch's number of threads. Each row
has a random stream of its own (SplitMix64), so the result does not depend on the number of threads or on other rows.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import torch
from numba import njit
from torch import Tensor

GAMMA, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
WORTH = 100_000
HALF, SHIFT_1, SHIFT_2, SHIFT_3, SHIFT_4 = np.uint64(32), np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@njit(inline="always")
def draw(streams, row):
    """The next 64 random bits of a row's stream (Steele, Lea & Flood, OOPSLA 2014, fig. 15)."""
    streams[row] += GAMMA
    z = streams[row]
    z = (z ^ (z >> SHIFT_1)) * MIX_1
    z = (z ^ (z >> SHIFT_2)) * MIX_2
    return z ^ (z >> SHIFT_3)


@njit(inline="always")
def _flip(weights, state, field, i):
    """Turns spin i over and adds the change to every local field."""
    couplings, change = weights[i], -2 * state[i]
    state[i] = -state[i]
    for j in range(len(field)):
        field[j] += change * couplings[j]


@njit(inline="always")
def _heat_bath(x, lot):
    """Whether a spin turns over, with probability 1/(1 + exp x), x = 2 s h/T; `lot` is uniform in [0, 1)."""
    if x > 0.0 and lot * (2.0 + x * (1.0 + 0.5 * x)) > 1.0:  # exp x > 1 + x + x^2/2: mostly there is no need of exp
        return False
    return lot * (1.0 + math.exp(x)) < 1.0


@njit(nogil=True, cache=True)
def sweep_rows(weights, states, fields, free, temperatures, streams, shuffle, tie, until_still):
    """Sweeps of heat bath (T > 0) or of falling energy (T = 0), in place.

    weights (N, N) and fields (row, N) are float32 or float64 and float64, or int16 and int32; T and `tie` are in their
    unit. states (row, N) int8; free (row, N) bool; temperatures (sweep, row); streams (row,) uint64.
    `until_still` ends a row's sweeps after one without a flip: meant for T = 0 to the end.
    """
    rows, size = states.shape
    sites = np.empty(size, np.int64)
    for row in range(rows):
        state, field = states[row], fields[row]
        for sweep in range(len(temperatures)):
            count = 0
            for i in range(size):
                if free[row, i]:
                    sites[count] = i
                    count += 1
            temperature, flips = temperatures[sweep, row], 0
            for n in range(count):
                i = sites[n]
                if shuffle:  # Fisher-Yates on the way: every order of the free spins is equally likely
                    k = n + np.int64(((draw(streams, row) >> HALF) * np.uint64(count - n)) >> HALF)
                    i = sites[k]
                    sites[k] = sites[n]
                pull = state[i] * field[i]
                if temperature > 0.0:
                    turn = _heat_bath(2.0 * pull / temperature, np.float64(draw(streams, row) >> SHIFT_4) * 2.0**-53)
                else:
                    turn = pull < -tie
                if turn:
                    _flip(weights, state, field, i)
                    flips += 1
            if until_still and flips == 0:
                break


@njit(nogil=True, cache=True)
def greedy_rows(weights, states, fields, free, most, tie):
    """At most `most` flips a row, each of the free spin most opposed to its field; in place."""
    rows, size = states.shape
    for row in range(rows):
        state, field = states[row], fields[row]
        for _ in range(most):
            worst, lowest = -1, -tie
            for i in range(size):
                pull = state[i] * field[i]
                if free[row, i] and pull < lowest:
                    worst, lowest = i, pull
            if worst < 0:
                break
            _flip(weights, state, field, worst)


def relax(
    weights: Tensor,
    states: Tensor,
    fields: Tensor,
    free: Tensor,
    temperatures: Tensor,
    streams: Tensor,
    dynamics: str,
    tie: float,
) -> None:
    """Runs len(temperatures) sweeps in place, the rows shared out to torch's threads.

    Args:
        weights: (neuron, neuron), symmetric, zero diagonal; floating, or int16: whole multiples of a unit.
        states: (row, neuron) int8 of +-1.
        fields: (row, neuron) float64, or int32 with weights of int16: states @ weights; kept so.
        free: (row, neuron) bool; clamped neurons are False.
        temperatures: (sweep, row) float64, T >= 0, in the unit of the weights.
        streams: (row,) int64, the random streams; moved on.
        dynamics: "asynchronous" (a new random order each sweep), "sequential" (0, 1, 2, ...) or "greedy".
        tie: at T = 0 fields smaller than this count as zero, and the spin stays.
    """
    still = not bool(temperatures.any())
    if weights.device.type != "cpu":
        return _relax_vectorised(weights, states, fields, free, temperatures, streams, dynamics, tie)
    matrix = weights.numpy()

    def share(rows: slice) -> None:
        parts = [tensor[rows].numpy() for tensor in (states, fields, free)]
        if dynamics == "greedy":
            greedy_rows(matrix, *parts, len(temperatures) * states.shape[1], tie)
        else:
            own = streams[rows].numpy().view(np.uint64)
            sweep_rows(matrix, *parts, temperatures[:, rows].numpy(), own, dynamics == "asynchronous", tie, still)

    work = len(temperatures) * states.numel()  # updates; below WORTH starting threads takes longer than they save
    workers = min(torch.get_num_threads(), len(states)) if work > WORTH else 1
    if workers == 1:
        return share(slice(None))
    # more shares than threads: rows take unequal times at T = 0
    edges = np.linspace(0, len(states), min(4 * workers, len(states)) + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(share, [slice(a, b) for a, b in pairwise(edges)]))
    return None


def _relax_vectorised(
    weights: Tensor,
    states: Tensor,
    fields: Tensor,
    free: Tensor,
    temperatures: Tensor,
    streams: Tensor,
    dynamics: str,
    tie: float,
) -> None:
    """The same moves, one spin of every row at a time, for a device without numba; the rows share a sweep's order."""
    generator = torch.Generator(weights.device).manual_seed(int(streams[0]))
    streams += 1
    size, every = states.shape[1], torch.arange(len(states), device=states.device)
    for heat in temperatures.to(states.device):
        hot = heat > 0
        order = torch.arange(size, device=states.device)
        if dynamics == "asynchronous":
            order = torch.randperm(size, generator=generator, device=states.device)
        for n in range(size):
            if dynamics == "greedy":
                site = torch.where(free, states * fields, torch.inf).argmin(1)  # (row,)
            else:
                site = order[n].expand(len(states))
            pull = states[every, site] * fields[every, site]
            stay = torch.sigmoid(2 * pull / heat.clamp_min(1e-300))
            lots = torch.rand(len(states), generator=generator, dtype=torch.float64, device=states.device)
            turn = torch.where(hot, lots >= stay, pull < -tie) & free[every, site]
            fields += (-2.0 * states[every, site] * turn)[:, None] * weights[site]
            states[every, site] *= 1 - 2 * turn.to(torch.int8)
