"""Normals by Box and Muller: law, tails, independence, the same bits for any number of threads and by either path."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import stats

from physlearn.dynamics import box_muller
from physlearn.dynamics.box_muller import BLOCK, PAIRS, box_muller_, draw_key, fill_block, normals
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.noise import NoiseBuffer

COUNT, BINS, EDGE = 1_500_000, 2_000, 3.65
VARIANCE = {1: 1, 2: 2, 3: 15, 4: 96}  # of x^k


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(count, dtype=torch.float32, seed=0):
    flat = torch.empty(count, dtype=dtype)
    box_muller_(flat, stream(seed))
    return flat


def scores(x):
    """z of moments, of a chi^2 of equal bins, of the count beyond 3, 3.65 and 4.5, and of correlations."""
    n, x = len(x), np.asarray(x, dtype=float)
    found = {f"x^{k}": (np.mean(x**k) - (1, 0, 1, 0, 3)[k]) / math.sqrt(VARIANCE[k] / n) for k in (1, 2, 3, 4)}
    counts = np.histogram(x, stats.norm.ppf(np.linspace(0, 1, BINS + 1)))[0]
    found["bins"] = (np.sum((counts - n / BINS) ** 2) / (n / BINS) - BINS + 1) / math.sqrt(2 * BINS)
    for edge in (3.0, EDGE, 4.5):
        expected = 2 * n * stats.norm.sf(edge)
        found[f"beyond {edge:.2f}"] = (np.sum(np.abs(x) > edge) - expected) / math.sqrt(expected)
    for lag in (1, 512, 1024):  # two words, cosine and sine of one, two blocks
        a, b = x[lag:], x[:-lag]
        found[f"lag {lag}"] = np.mean(a * b) * math.sqrt(n)
        found[f"squares, lag {lag}"] = np.mean((a * a - 1) * (b * b - 1)) / 2 * math.sqrt(n)
    return found


def test_the_numbers_are_independent_normals():
    assert {name: z for name, z in scores(draw(COUNT).numpy()).items() if abs(z) > 4.5} == {}


def test_controls_a_cut_tail_a_sum_of_uniforms_and_a_repetition_are_seen():
    x = draw(COUNT).numpy()
    assert abs(scores(x[np.abs(x) < EDGE])["beyond 3.65"]) > 15
    rng = np.random.default_rng(0)
    twelve = sum(rng.uniform(size=COUNT) for _ in range(12)) - 6  # of variance 1, kurtosis 2.9
    assert abs(scores(twelve)["x^4"]) > 8
    repeated = x.reshape(-1, 500)[:, :250].repeat(2, axis=1).ravel()
    assert abs(scores(repeated)["lag 1"]) > 100


def test_every_number_is_its_formula_to_rounding():
    """u and v of each word in double precision; the largest and smallest radii among them."""
    words, room, made = np.empty(PAIRS, np.uint64), np.empty((4, PAIRS), np.float32), np.empty(BLOCK, np.float32)
    worst = 0.0
    for number in range(300):
        fill_block(made, number, np.uint64(99), words, room)
        u = ((words & np.uint64(2**32 - 1)).astype(float) + 0.5) / 2**32
        angle = (words >> np.uint64(32)).astype(np.uint32).astype(float) * 2 * math.pi / 2**32
        radius = np.sqrt(-2 * np.log(u))
        exact = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
        worst = max(worst, float((np.abs(made - exact) / np.tile(radius, 2)).max()))
    assert worst < 4e-7  # 2 ulp


def test_two_draws_are_independent_and_neighbouring_keys_too():
    a, b = draw(COUNT, seed=1).numpy(), draw(COUNT, seed=2).numpy()
    assert abs(np.mean(a * b)) * math.sqrt(COUNT) < 4.5
    one, two = np.empty(100_000, np.float32), np.empty(100_000, np.float32)
    for key, out in ((5, one), (6, two)):
        normals(0, len(out), out, np.uint64(key))
    assert abs(np.mean(one * two)) * math.sqrt(len(one)) < 4.5


def test_the_same_bits_for_any_number_of_threads(monkeypatch):
    alone = draw(100_001, seed=4)
    pieces = []

    def cut(kernel, flat, *arguments):  # as threads.py does, at any places of a block
        edges = [0, 1, 4, 1023, 50_000, 99_999, len(flat)]
        pieces.extend(edges)
        for low, high in pairwise(edges):
            kernel(low, high, flat, *arguments)

    monkeypatch.setattr(box_muller, "share_out", cut)
    assert torch.equal(draw(100_001, seed=4), alone)
    assert pieces
    monkeypatch.undo()
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert torch.equal(draw(100_001, seed=4), alone)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_tensors_take_torchs_normals(dtype):
    flat = torch.empty(64, dtype=dtype)
    box_muller_(flat, stream(1))
    assert torch.equal(flat, torch.empty(64, dtype=dtype).normal_(generator=stream(1)))


def test_a_draw_takes_64_bits_of_the_generator():
    a, b = stream(1), stream(1)
    draw_key(a)
    box_muller_(torch.empty(5000), b)
    assert torch.equal(a.get_state(), b.get_state())


SHAPES = (37, 11), (5,), (), (64, 2), (1, 3)


@pytest.mark.parametrize("scheme", ["euler", "leimkuhler_matthews"])
@pytest.mark.parametrize("kind", ["gaussian", "rademacher", "box_muller"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_compiled_step_is_the_step_by_the_noise_buffer(kind, scheme, dtype):
    """Three steps by hand, xi from a buffer of the same stream: equal to a few units of rounding."""
    start = [torch.linspace(-2, 3, max(1, math.prod(s)), dtype=dtype).reshape(s) for s in SHAPES]
    weights, stored = [torch.nn.Parameter(w.clone()) for w in start], [w.clone() for w in start]
    h, T, decay = 0.3, 1.7, 0.2
    optimizer = Langevin(weights, h, T, scheme, kind, weight_decay=decay, generator=stream(9))
    buffer, generator = NoiseBuffer(kind, stored, 1), stream(9)

    def noise():
        return [xi.clone() for xi in buffer.draw([generator])]

    last = noise() if scheme != "euler" else None
    for _ in range(3):
        for w in weights:
            w.grad = 0.9 * w.detach()
        optimizer.step()
        xi = noise()
        mean = xi if last is None else [(a + b) / 2 for a, b in zip(last, xi, strict=True)]
        stored = [w - h * (0.9 + decay) * w + math.sqrt(2 * h * T) * n for w, n in zip(stored, mean, strict=True)]
        last = None if last is None else xi
    tight = dict(rtol=3e-6, atol=3e-6) if dtype == torch.float32 else dict(rtol=1e-13, atol=1e-13)
    for w, expected in zip(weights, stored, strict=True):
        torch.testing.assert_close(w.detach(), expected, **tight)
    if last is not None:
        assert all(torch.equal(optimizer.state[w]["noise"], xi) for w, xi in zip(weights, last, strict=True))
