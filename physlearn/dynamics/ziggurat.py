"""Gaussian noise by a compiled ziggurat on counters: exact, and the same bits for any number of threads.

The density exp(-x^2/2) is covered by 256 layers of equal area. A layer is drawn and a point in it: inside the layer
above (98.8 % of the draws) it is accepted without any function call, else exactly, by the density or in the tail.
Layer and point take different bits of a word, which the first ziggurats did not (Doornik 2005).

Number i of a draw is a function of (key, i) alone: word n is mix(key + (n + 1) GAMMA), as in `streams.Streams`; float32
takes half a word (8 bits for the layer, 24 for the point), float64 a word (8 and 53). Where a word is not enough it is
the seed of a stream of its own. The key of each draw comes from the run's generator, whose state is all there is to
save.

Source: Marsaglia & Tsang, J. Stat. Softw. 5 (2000) 8; Doornik, "An improved ziggurat method" (2005).
"""

import math

import numpy as np
import torch
from numba import njit
from torch import Tensor

from physlearn.dynamics.spin_kernels import GAMMA, ONE, UNIT, mix
from physlearn.dynamics.threads import share_out

EDGE, AREA = 3.6541528853610088, 4.92867323397465525e-3  # where the tail begins, and the area of each of 256 layers
BLOCK = 1024  # numbers that are made at once
HALF, POINT = np.uint64(32), np.uint64(11)
OTHER = np.uint64(0xD1342543DE82EF95)  # odd: tells the second half of a word from the first


def _edges() -> np.ndarray:
    """x_0 > x_1 = EDGE > ... > x_256 = 0: layer i is as wide as x_i, and x_0 stands for the base with its tail."""
    x = np.zeros(257)
    x[0], x[1] = AREA / math.exp(-EDGE * EDGE / 2), EDGE
    for i in range(2, 256):
        x[i] = math.sqrt(-2 * math.log(AREA / x[i - 1] + math.exp(-(x[i - 1] ** 2) / 2)))
    return x


WIDTH = _edges()
DENSITY = np.exp(-WIDTH * WIDTH / 2)
# float32: x = (a + 1/2) SCALE, accepted at once where |x| < INNER; a is a whole number in [-2^23, 2^23)
SCALE_32, INNER_32 = (WIDTH[:-1] / 2**23).astype(np.float32), WIDTH[1:].astype(np.float32)
SCALE_64 = WIDTH[:-1] / 2**52


def ziggurat_(flat: Tensor, generator: torch.Generator) -> None:
    """Fill `flat` with independent normals of variance 1; one 64-bit key is taken from `generator`.

    Float32 and float64 on the CPU; other tensors are filled by torch's own normals, the same law by other numbers.
    """
    if not flat.is_cpu or flat.dtype not in (torch.float32, torch.float64) or not flat.is_contiguous():
        flat.normal_(generator=generator)
        return
    share_out(normals_32 if flat.dtype == torch.float32 else normals_64, flat.numpy(), draw_key(generator))


def draw_key(generator: torch.Generator) -> np.uint64:
    """64 random bits, which say a whole draw."""
    return torch.empty(1, dtype=torch.int64).random_(-(2**63), None, generator=generator).numpy().view(np.uint64)[0]


@njit(nogil=True)
def _rest(word, layer, x):
    """What the first test left open: x in (-x_i, x_i) of a layer. The stream that `word` seeds gives the rest."""
    state = word
    while True:
        if layer == 0:
            while True:  # the tail beyond EDGE (Marsaglia 1964)
                state += GAMMA
                a = -math.log((np.float64(mix(state) >> POINT) + 0.5) * UNIT) / EDGE
                state += GAMMA
                b = -math.log((np.float64(mix(state) >> POINT) + 0.5) * UNIT)
                if b + b > a * a:
                    return EDGE + a if x > 0 else -EDGE - a
        state += GAMMA
        y = DENSITY[layer] + np.float64(mix(state) >> POINT) * UNIT * (DENSITY[layer + 1] - DENSITY[layer])
        if y < math.exp(-0.5 * x * x):
            return x
        state += GAMMA
        bits = mix(state)
        layer = np.int64(bits & np.uint64(255))
        x = (np.float64(np.int64(bits) >> 11) + 0.5) * SCALE_64[layer]
        if abs(x) < WIDTH[layer + 1]:
            return x


@njit(nogil=True)
def fill_32(values, first, key, words, left):
    """Numbers `first`, first + 1, ... of the draw `key` into float32 `values`, at most `BLOCK` of them.

    `words` and `left` are room for BLOCK/2 + 1 uint64 and BLOCK int32.
    """
    base, odd = first >> 1, first & 1
    origin = key + np.uint64(base) * GAMMA
    for n in range((odd + len(values) + 1) >> 1):
        words[n] = mix(origin + (np.uint64(n) + ONE) * GAMMA)
    halves = words.view(np.int32)[odd : odd + len(values)]
    still = 0  # how many the first test leaves open: places in `left`
    for j in range(len(values)):
        layer = halves[j] & 255
        x = (np.float32(halves[j] >> 8) + np.float32(0.5)) * SCALE_32[layer]
        values[j] = x
        left[still] = j
        still += abs(x) >= INNER_32[layer]
    for j in left[:still]:
        word = words[(j + odd) >> 1] ^ (OTHER if (j + odd) & 1 else np.uint64(0))
        values[j] = _rest(word, np.int64(halves[j] & 255), np.float64(values[j]))


@njit(nogil=True, cache=True)
def normals_32(start, stop, out, key):
    """Numbers `start` to `stop` of the draw `key`, into float32 `out` at their places."""
    words, left = np.empty(BLOCK // 2 + 1, np.uint64), np.empty(BLOCK, np.int32)
    for first in range(start, stop, BLOCK):
        fill_32(out[first : min(first + BLOCK, stop)], first, key, words, left)


@njit(nogil=True, cache=True)
def normals_64(start, stop, out, key):
    """The same for float64, a word for each number."""
    for i in range(start, stop):
        word = mix(key + (np.uint64(i) + ONE) * GAMMA)
        layer = np.int64(word & np.uint64(255))
        x = (np.float64(np.int64(word) >> 11) + 0.5) * SCALE_64[layer]
        out[i] = x if abs(x) < WIDTH[layer + 1] else _rest(word, layer, x)
