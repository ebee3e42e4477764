"""Gaussian noise by a compiled Box-Muller transform on counters: the same bits for any number of threads.

Number i of a draw is a function of (key, i) alone. In block k, numbers 1024 k ... 1024 k + 1023, word n of 512 gives
the numbers n and n + 512: with u and v the lower and the upper half of mix(key + (512 k + n + 1) GAMMA), as in
`streams.Streams`, over 2^32,

    r = sqrt(-2 ln u),      x_n = r cos(2 pi v),      x_(n + 512) = r sin(2 pi v)

The logarithm, the sine and the cosine are polynomials (Cephes: logf, sinf, cosf) that the compiler puts into vector
registers; the result is float32 to rounding, and reaches sqrt(2 ln 2^33) = 6.76 (odds of a larger one: 1.4e-11). The
key comes from the run's generator, whose state is all there is to save. Sums keep their order: no fused products.

Source: Box & Muller, Ann. Math. Stat. 29 (1958) 610; S. Moshier, Cephes Mathematical Library.
"""

import math

import numpy as np
import torch
from numba import njit
from torch import Tensor

from physlearn.dynamics.spin_kernels import GAMMA, HALF, ONE, mix
from physlearn.dynamics.threads import share_out

PAIRS = 512
BLOCK = 2 * PAIRS  # numbers that are made at once
UNIT, TURN = np.float32(2.0**-32), np.float32(2.0**-30)
QUARTER, SEAM = np.float32(math.pi / 2), np.float32(1 - math.sqrt(0.5))
LOG_2 = np.float32(0.693359375), np.float32(-2.12194440e-4)  # in two parts
ZERO, POINT_5, WHOLE, THREE_HALVES, TWO = (np.float32(value) for value in (0.0, 0.5, 1.0, 1.5, 2.0))
LOG = tuple(
    np.float32(c)
    for c in (
        7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    )
)  # fmt: skip
SINE = tuple(np.float32(c) for c in (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1))
COSINE = tuple(np.float32(c) for c in (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2))


def box_muller_(flat: Tensor, generator: torch.Generator) -> None:
    """Fill `flat` with independent normals of variance 1; one 64-bit key is taken from `generator`.

    Float32 on the CPU in one piece; other tensors are filled by torch's own normals, the same law by other numbers.
    """
    if flat.is_cpu and flat.dtype == torch.float32 and flat.is_contiguous():
        share_out(normals, flat.numpy(), draw_key(generator))
    else:
        flat.normal_(generator=generator)


def draw_key(generator: torch.Generator) -> np.uint64:
    """64 random bits, which say a whole draw."""
    return torch.empty(1, dtype=torch.int64).random_(-(2**63), None, generator=generator).numpy().view(np.uint64)[0]


@njit(nogil=True, cache=True)
def normals(start: int, stop: int, out: np.ndarray, key: np.uint64) -> None:
    """Numbers `start` to `stop` of the draw `key`, into float32 `out` at their places."""
    words, room, made = np.empty(PAIRS, np.uint64), np.empty((4, PAIRS), np.float32), np.empty(BLOCK, np.float32)
    for number in range(start // BLOCK, (stop + BLOCK - 1) // BLOCK):
        fill_block(made, number, key, words, room)
        low, high = max(start, number * BLOCK), min(stop, (number + 1) * BLOCK)
        values, chosen = out[low:high], made[low - number * BLOCK : high - number * BLOCK]
        for i in range(len(values)):
            values[i] = chosen[i]


@njit(nogil=True, error_model="numpy")
def fill_block(made: np.ndarray, number: int, key: np.uint64, words: np.ndarray, room: np.ndarray) -> None:
    """Block `number` of the draw `key` into float32 `made`, (1024,); `words` (512,), `room` (4, 512) are scratch.

    Short loops without branches, each over one thing: so they are vectorised.
    """
    near, exponents, radii, angles = room[0], room[1], room[2], room[3]
    bits, origin = radii.view(np.int32), key + np.uint64(number * PAIRS) * GAMMA
    for n in range(PAIRS):
        words[n] = mix(origin + (np.uint64(n) + ONE) * GAMMA)
    for n in range(PAIRS):  # u in (0, 1), and 1 - u, each to its own precision
        lower = np.uint32(words[n])
        radii[n] = (np.float32(lower) + POINT_5) * UNIT
        near[n] = (np.float32(~lower) + POINT_5) * UNIT
        angles[n] = np.float32(np.int32(words[n] >> HALF)) * TURN  # in quarter turns
    for n in range(PAIRS):  # u = m 2^e, m in [1/2, 1)
        exponents[n] = np.float32((bits[n] >> 23) - 126)
        bits[n] = (bits[n] & 0x007FFFFF) | 0x3F000000
    for n in range(PAIRS):
        low = radii[n] < WHOLE - SEAM  # then m is doubled: 1 + x in [sqrt(1/2), sqrt(2))
        x = TWO * radii[n] - WHOLE if low else radii[n] - WHOLE
        e = exponents[n] - WHOLE if low else exponents[n]
        x = -near[n] if near[n] < SEAM else x
        e = ZERO if near[n] < SEAM else e
        z = x * x
        y = LOG[0]
        y = y * x + LOG[1]
        y = y * x + LOG[2]
        y = y * x + LOG[3]
        y = y * x + LOG[4]
        y = y * x + LOG[5]
        y = y * x + LOG[6]
        y = y * x + LOG[7]
        y = y * x + LOG[8]
        y = y * x * z + e * LOG_2[1] - POINT_5 * z
        radii[n] = np.sqrt(-TWO * (x + y + e * LOG_2[0]))
    for n in range(PAIRS):
        quarter = np.floor(angles[n] + POINT_5)  # the nearest of -2, -1, 0, 1, 2; the rest is in +-pi/4
        t = (angles[n] - quarter) * QUARTER
        z = t * t
        sine = ((SINE[0] * z + SINE[1]) * z + SINE[2]) * z * t + t
        cosine = ((COSINE[0] * z + COSINE[1]) * z + COSINE[2]) * z * z - POINT_5 * z + WHOLE
        across = abs(quarter) == WHOLE
        first, second = sine if across else cosine, cosine if across else sine
        made[n] = radii[n] * (-first if quarter > POINT_5 or quarter < -THREE_HALVES else first)
        made[n + PAIRS] = radii[n] * (-second if quarter < -POINT_5 or quarter > THREE_HALVES else second)
