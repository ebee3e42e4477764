"""Compiled moves of students that count errors: one weight at a time, or along circles of the sphere.

Draw n of a row is mix(key + (n + 1) GAMMA), as everywhere (physlearn/streams.py).
"""

import math

import numpy as np
from numba import njit

from physlearn.dynamics.spin_kernels import GAMMA, ONE, SHIFT_4, UNIT, mix, place

TRIES = 200  # angles of a slice: the bracket has shrunk below any rounding long before


@njit(nogil=True, cache=True, fastmath=True)
def local_fields(
    start: int, stop: int, states: np.ndarray, columns: np.ndarray, bias: np.ndarray, fields: np.ndarray
) -> None:
    """Fields h = bias + sum_i w_i x_i of every row and example; a student is wrong where h < 0.

    states (row, N) int8; columns (sample, N, P) and bias (sample, P), see `IsingPerceptron`; fields (row, P).
    """
    each = states.shape[0] // columns.shape[0]
    for row in range(start, stop):
        field, column = fields[row], columns[row // each]
        field[:] = bias[row // each]
        for i in range(states.shape[1]):
            move, x = field.dtype.type(states[row, i]), column[i]
            for m in range(len(field)):
                field[m] += move * x[m]


@njit(nogil=True, cache=True)
def count_errors(start: int, stop: int, states: np.ndarray, fields: np.ndarray, errors: np.ndarray) -> None:
    """E of every row, (row,), from its fields."""
    for row in range(start, stop):
        errors[row] = _negative(fields[row])


@njit(nogil=True, cache=True, fastmath=True)
def heat_bath(
    start: int,
    stop: int,
    states: np.ndarray,
    columns: np.ndarray,
    fields: np.ndarray,
    betas: np.ndarray,
    keys: np.ndarray,
    first: np.uint64,
    sweeps: int,
    offset: float,
) -> None:
    """Sweeps of every row, weight after weight: w_i turns over with probability 1/(offset + exp(beta dE)).

    `offset` 1 is the heat bath, 0 is Metropolis. A proposal counts the errors of the P changed fields; an accepted one
    writes them: O(P) both. betas (row,); keys (row,) uint64; the other arguments as in `local_fields`.
    """
    each = states.shape[0] // columns.shape[0]
    for row in range(start, stop):
        field, column, state = fields[row], columns[row // each], states[row]
        errors, thermal = _negative(field), keys[row] + first * GAMMA
        for _ in range(sweeps):
            for i in range(len(state)):
                thermal += GAMMA
                x, move = column[i], field.dtype.type(-2 * state[i])
                after = _negative_moved(field, x, move)
                if uniform(thermal) * (offset + math.exp(betas[row] * (after - errors))) < 1.0:
                    for m in range(len(field)):
                        field[m] += move * x[m]
                    state[i] = -state[i]
                    errors = after


@njit(nogil=True, cache=True, fastmath=True)
def rotations(
    start: int,
    stop: int,
    states: np.ndarray,
    columns: np.ndarray,
    fields: np.ndarray,
    temperatures: np.ndarray,
    keys: np.ndarray,
    first: np.uint64,
    sweeps: int,
) -> None:
    """Slices on circles of the sphere: N times per sweep two weights (w_i, w_j) turn by an angle, their radius kept.

    A level E + T Exp(1) is drawn, then an angle, in a bracket around 0 that shrinks until E there does not exceed the
    level: O(P) an angle. All others being fixed, the sphere's measure is uniform in the angle.

    states (row, N), columns (sample, N, P) = y x, fields (row, P): float32; temperatures (row,), T >= 0.
    """
    size, each = states.shape[1], states.shape[0] // columns.shape[0]
    for row in range(start, stop):
        state, field, column = states[row], fields[row], columns[row // each]
        errors = _negative(field)
        for sweep in range(sweeps):
            draw = mix(keys[row] + (first + np.uint64(sweep) + ONE) * GAMMA)  # of this sweep, as many as it takes
            draw += GAMMA
            apart = 1 + place(mix(draw), size - 1)
            for i in range(size):
                j = (i + apart) % size
                draw += GAMMA
                level = errors - temperatures[row] * math.log(1.0 - uniform(draw))
                draw += GAMMA
                high = 2 * math.pi * uniform(draw)
                low, angle = high - 2 * math.pi, high
                for _ in range(TRIES):
                    c, s = math.cos(angle), math.sin(angle)
                    a = np.float32(c * state[i] - s * state[j] - state[i])
                    b = np.float32(s * state[i] + c * state[j] - state[j])
                    wrong = _negative_sum(field, column[i], a, column[j], b)
                    if wrong <= level:
                        for m in range(len(field)):
                            field[m] += a * column[i, m] + b * column[j, m]
                        state[i] += a
                        state[j] += b
                        errors = wrong
                        break
                    low, high = (angle, high) if angle < 0 else (low, angle)
                    draw += GAMMA
                    angle = low + (high - low) * uniform(draw)


@njit(nogil=True, cache=True, fastmath=True)
def great_circles(
    start: int,
    stop: int,
    states: np.ndarray,
    columns: np.ndarray,
    fields: np.ndarray,
    temperatures: np.ndarray,
    keys: np.ndarray,
    first: np.uint64,
    sweeps: int,
) -> None:
    """Slices on great circles w cos a + v sin a, v a random direction orthogonal to w: one circle per sweep, O(N P).

    Murray, Adams & MacKay (2010), with a great circle in place of the ellipse; the rest as in `rotations`.
    """
    size, count, each = states.shape[1], fields.shape[1], states.shape[0] // columns.shape[0]
    v, moved = np.empty(size), np.empty(count, np.float32)
    for row in range(start, stop):
        state, field, column = states[row], fields[row], columns[row // each]
        errors = _negative(field)
        for sweep in range(sweeps):
            draw = mix(keys[row] + (first + np.uint64(sweep) + ONE) * GAMMA)
            along, length = 0.0, 0.0
            for i in range(size):  # Box and Muller
                draw += GAMMA
                radius = math.sqrt(-2 * math.log(1.0 - uniform(draw)))
                draw += GAMMA
                v[i] = radius * math.cos(2 * math.pi * uniform(draw))
                along += v[i] * state[i] / size
            for i in range(size):
                v[i] -= along * state[i]
                length += v[i] * v[i] / size
            moved[:] = 0
            for i in range(size):
                v[i] /= math.sqrt(length)
                for m in range(count):
                    moved[m] += np.float32(v[i]) * column[i, m]
            draw += GAMMA
            level = errors - temperatures[row] * math.log(1.0 - uniform(draw))
            draw += GAMMA
            high = 2 * math.pi * uniform(draw)
            low, angle = high - 2 * math.pi, high
            for _ in range(TRIES):
                c, s = np.float32(math.cos(angle) - 1), np.float32(math.sin(angle))
                wrong = _negative_sum(field, field, c, moved, s)
                if wrong <= level:
                    for m in range(count):
                        field[m] += c * field[m] + s * moved[m]
                    for i in range(size):
                        state[i] += c * state[i] + s * v[i]
                    errors = wrong
                    break
                low, high = (angle, high) if angle < 0 else (low, angle)
                draw += GAMMA
                angle = low + (high - low) * uniform(draw)


@njit(inline="always")
def uniform(word: np.uint64) -> float:
    """A draw in [0, 1) from a word of a stream."""
    return np.float64(mix(word) >> SHIFT_4) * UNIT


@njit(inline="always", fastmath=True)
def _negative(field):
    count = 0
    for m in range(len(field)):
        count += field[m] < 0
    return count


@njit(inline="always", fastmath=True)
def _negative_moved(field, x, move):
    count = 0
    for m in range(len(field)):
        count += field[m] + move * x[m] < 0
    return count


@njit(inline="always", fastmath=True)
def _negative_sum(field, x, a, y, b):
    count = 0
    for m in range(len(field)):
        count += field[m] + a * x[m] + b * y[m] < 0
    return count
