"""Noise: mean 0, variance 1, independent, and the same whatever is drawn beside it."""

import math

import pytest
import torch

from physlearn.dynamics import exact
from physlearn.dynamics.chains import time_average
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.noise import BITS, NOISES, NoiseBuffer, signs_


def stream(seed):
    return torch.Generator().manual_seed(seed)


def signs(count, generator):
    flat = torch.empty(count)
    signs_(flat, generator)
    return flat


def draw(kind, like, generators, **keys):
    return NoiseBuffer(kind, like, len(generators)).draw(generators, **keys)


def words_of_signs(seed):
    """(word, bit): the 64 signs that came out of each word; the buffer holds (place, word, byte of the word)."""
    return signs(64 * 100_000, stream(seed)).view(8, -1, 8).permute(1, 2, 0).reshape(-1, BITS).double()


def test_every_bit_of_a_word_is_an_unbiased_sign():
    words = words_of_signs(1)
    assert set(words.unique().tolist()) == {-1.0, 1.0}
    assert (words.mean(0).abs() * math.sqrt(len(words)) < 4.5).all()


def test_signs_are_independent_of_each_other():
    words = words_of_signs(2)
    products = words.T @ words / len(words) - torch.eye(BITS)  # (bit, bit), within a word
    shifted = words[:-1].T @ words[1:] / len(words)  # and between neighbouring words
    assert float(products.abs().max()) * math.sqrt(len(words)) < 5.5
    assert float(shifted.abs().max()) * math.sqrt(len(words)) < 5.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_signs_are_the_bits_of_the_random_words(dtype):
    """Every bit is used once: the signs, put back in their places, are the generator's own words."""
    flat = torch.empty(64 * 50, dtype=dtype)
    signs_(flat, stream(1))
    words = torch.empty(50, dtype=torch.int64).random_(-(2**63), None, generator=stream(1))
    parts = words[:, None] >> torch.arange(0, 64, 8)  # (word, byte): little-endian
    bits = (parts.reshape(1, -1) >> torch.arange(7, -1, -1)[:, None]) & 1  # (place, byte)
    assert torch.equal(flat, (1 - 2 * bits).to(dtype).flatten())


def test_control_int64_random_without_a_range_has_a_constant_bit():
    words = torch.empty(1000, dtype=torch.int64).random_(generator=stream(1))
    assert bool((words >= 0).all())  # its sign bit would be a noise of mean 1


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_noise_has_mean_zero_and_variance_one(kind, dtype):
    noise = torch.cat([n.flatten() for n in draw(kind, [torch.empty(300, 784, dtype=dtype)] * 2, [stream(3)])]).double()
    assert abs(noise.mean()) * math.sqrt(len(noise)) < 4
    assert abs(noise.square().mean() - 1) * math.sqrt(len(noise) / 2) < 4


@pytest.mark.parametrize("kind", NOISES)
def test_one_draw_fills_every_shape(kind):
    like = [torch.empty(3, 5), torch.empty(()), torch.empty(7, 1, 2)]
    pieces = draw(kind, like, [stream(4)])
    assert [p.shape for p in pieces] == [t.shape for t in like]
    flat = torch.empty(BITS)  # 30 values, filled up to whole words
    NOISES[kind](flat, stream(4))
    assert torch.equal(torch.cat([p.flatten() for p in pieces]), flat[:30])


@pytest.mark.parametrize("kind", NOISES)
def test_each_draw_is_fresh(kind):
    buffer, generator = NoiseBuffer(kind, [torch.empty(90, 70)], 1), stream(4)
    first = buffer.draw([generator])[0].clone()
    (second,) = buffer.draw([generator])
    assert abs(float((first * second).mean())) * math.sqrt(first.numel()) < 4


def test_a_stream_that_turns_cold_gives_zeros():
    buffer, generators = NoiseBuffer("gaussian", [torch.empty(2, 9)], 2), [stream(1), stream(2)]
    buffer.draw(generators)
    (piece,) = buffer.draw(generators, hot=[False, True])
    assert not piece[0].any()
    assert piece[1].all()


@pytest.mark.parametrize("kind", NOISES)
def test_noise_of_a_replica_does_not_depend_on_its_neighbours(kind):
    like = [torch.empty(3, 4, 5), torch.empty(3, 2)]
    together = draw(kind, like, [stream(s) for s in (5, 6, 7)])
    alone = draw(kind, [t[1:2] for t in like], [stream(6)])
    assert all(torch.equal(a[1:2], b) for a, b in zip(together, alone, strict=True))


def test_cold_replicas_draw_nothing():
    generators = [stream(5), stream(6)]
    before = generators[1].get_state()
    (piece,) = draw("gaussian", [torch.empty(2, 9)], generators, hot=[True, False])
    assert torch.equal(generators[1].get_state(), before)
    assert not piece[1].any()
    assert piece[0].all()


def test_signs_cost_no_more_randomness_than_their_bits():
    a, b = stream(1), stream(1)
    signs(640, a)
    torch.empty(10, dtype=torch.int64).random_(-(2**63), None, generator=b)
    assert torch.equal(a.get_state(), b.get_state())


@pytest.mark.parametrize("scheme", ["euler", "leimkuhler_matthews"])
@pytest.mark.parametrize("hk", [0.2, 0.6])
def test_excess_kurtosis_under_random_signs_is_the_exact_one(scheme, hk):
    """And Gaussian noise, which has none, fails the same check."""
    k, temperature = 1.7, 0.3

    def z_score(noise):
        def powers(weights, optimizer):
            return torch.stack([weights.square(), weights**4], dim=2)

        def make(p):
            return Langevin(p, hk / k, temperature, scheme, noise, generator=stream(8))

        start = math.sqrt(temperature / k) * torch.randn(60_000, 1, generator=stream(9))
        per_chain = time_average(make, start, lambda x: k * x, powers, int(10 / hk), int(16 / hk)).double()
        second, fourth = per_chain.mean(0)[0]
        kurtosis = fourth / second**2 - 3
        influence = per_chain[:, 0, 1] / second**2 - 2 * fourth / second**3 * per_chain[:, 0, 0]
        error = influence.std() / math.sqrt(len(start))
        assert error < 0.02
        return abs(kurtosis - exact.kurtosis(hk / k, k, scheme)) / error

    assert z_score("rademacher") < 4
    assert z_score("gaussian") > 4
