"""The heat bath of Ising students over +-1 inputs, 64 examples in a word (multispin coding).

What decides about an example is u = floor(h/4) of its field h: the student is wrong where u < 0, and to turn one weight
over changes u by +-1. So only examples with u = 0 can become wrong and only those with u = -1 right; to propose counts
bits of two sets of examples, to accept adds +-1 to u, which is kept in two's complement, one plane of bits for each
binary digit. The draws and the decisions are those of `kernels.heat_bath`.

Source: Zorn, Herrmann & Rebbi, Comput. Phys. Commun. 23, 337 (1981), for the coding.
"""

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from physlearn.dynamics.spin_kernels import GAMMA
from physlearn.learning.kernels import uniform

NONE, ALL, ONE = np.uint64(0), ~np.uint64(0), np.uint64(1)
TABLE = 40  # exp(beta dE) is looked up for |dE| up to it


def packed(positive: np.ndarray) -> np.ndarray:
    """Truths, (..., P) bool, as bits of words: (..., ceil(P/64)) uint64, example m at bit m % 64 of word m // 64."""
    count = positive.shape[-1]
    ends = [(0, 0)] * (positive.ndim - 1) + [(0, -count % 64)]
    return np.packbits(np.pad(positive, ends), axis=-1, bitorder="little").view("<u8")


@intrinsic
def popcount(typing: Any, word: Any) -> Any:  # the instruction of the processor; numba has no name for it
    """The number of bits set in a uint64."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), code


@njit(nogil=True, cache=True)
def heat_bath(
    start: int,
    stop: int,
    states: np.ndarray,
    agree: np.ndarray,
    fields: np.ndarray,
    betas: np.ndarray,
    keys: np.ndarray,
    first: np.uint64,
    sweeps: int,
    offset: float,
) -> None:
    """Sweeps of every row, as `kernels.heat_bath`; agree (sample, N, word) uint64 holds y x > 0 of every example.

    fields (row, P) int16 are those of the states at the beginning, and are left as they were.
    """
    each, size, words = states.shape[0] // agree.shape[0], states.shape[1], agree.shape[2]
    digits = 2  # of u, which lies between -(N + 1) and N + 1
    while (1 << (digits - 1)) < size + 2:
        digits += 1
    u, above, below = np.empty((digits, words), np.uint64), np.empty(words, np.uint64), np.empty(words, np.uint64)
    there, carry, weights = np.zeros(words, np.uint64), np.empty(words, np.uint64), np.empty(2 * TABLE + 1)
    for m in range(fields.shape[1]):
        there[m >> 6] |= ONE << np.uint64(m & 63)
    for row in range(start, stop):
        state, bits, thermal = states[row], agree[row // each], keys[row] + first * GAMMA
        for d in range(-TABLE, TABLE + 1):
            weights[d + TABLE] = math.exp(betas[row] * d)
        u[:] = NONE
        for m in range(fields.shape[1]):
            value = np.int64(fields[row, m]) >> 2
            for k in range(digits):
                u[k, m >> 6] |= np.uint64((value >> k) & 1) << np.uint64(m & 63)
        _edges(u, there, above, below)
        for _ in range(sweeps):
            for i in range(size):
                thermal += GAMMA
                x, opposite = bits[i], NONE if state[i] > 0 else ALL
                more = 0
                for w in range(words):
                    falls = x[w] ^ opposite  # where this weight was on the right side
                    more += popcount(above[w] & falls) - popcount(below[w] & ~falls)
                tabled = -TABLE <= more <= TABLE
                weight = weights[more + TABLE] if tabled else math.exp(betas[row] * more)
                if uniform(thermal) * (offset + weight) < 1.0:
                    state[i] = -state[i]
                    carry[:] = u[0]
                    for w in range(words):  # adds ...0001 where it rises, ...1111 where it falls
                        u[0, w] = ~u[0, w]
                    for k in range(1, digits):
                        for w in range(words):
                            falls = x[w] ^ opposite
                            half = u[k, w] ^ falls
                            both = u[k, w] & falls
                            u[k, w] = half ^ carry[w]
                            carry[w] = both | (half & carry[w])
                    _edges(u, there, above, below)


@njit(inline="always")
def _edges(u, there, above, below):
    """The examples with u = 0, and those with u = -1."""
    above[:], below[:] = NONE, ALL
    for k in range(u.shape[0]):
        for w in range(u.shape[1]):
            above[w] |= u[k, w]
            below[w] &= u[k, w]
    for w in range(u.shape[1]):
        above[w] = ~above[w] & there[w]
        below[w] &= there[w]
