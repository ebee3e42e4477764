"""Estimators of entropy against sources whose entropy is known, in units of exactly computed moments."""

import math

import numpy as np
import pytest

from physlearn.codecs import entropy, exact, minimax

SOURCES = {"uniform": exact.uniform(300), "zipf": exact.zipf(300), "geometric": exact.geometric(300, 30.0)}
LN2 = math.log(2)


def plug_in_part(x, n):
    share = x / n
    return -share * np.log(np.where(x > 0, share, 1.0))


def corrected_part(x, n):
    return plug_in_part(x, n) + (x > 0) / (2 * n)


def test_exact_entropies():
    assert exact.entropy(exact.uniform(8)) == pytest.approx(3)
    p = exact.geometric(4000, 30.0)  # (1/m) (1 - 1/m)^s: H = [ln m - (m - 1) ln(1 - 1/m)] / ln 2
    assert exact.entropy(p) == pytest.approx((math.log(30) - 29 * math.log(1 - 1 / 30)) / LN2, rel=1e-12)
    assert exact.entropy(exact.zipf(2)) == pytest.approx(math.log2(3) - 2 / 3)


def test_by_hand():
    counts = np.array([2, 0, 1, 1])
    assert entropy.plug_in(counts) == pytest.approx(1.5)
    assert entropy.miller_madow(counts) == pytest.approx(1.5 + 2 / (8 * LN2))


@pytest.mark.parametrize("degree", [5, 9, 14])
def test_the_polynomial_is_nearest(degree):
    """Chebyshev: the best one deviates by the same amount, with alternating sign, at as many points as it is free."""
    powers = minimax.nearest_polynomial(degree)
    t = (1 - np.cos(np.linspace(0, np.pi, 4001))) / 2
    deviation = sum(a * t ** (k + 1) for k, a in enumerate(powers)) + t * np.log(np.where(t > 0, t, 1.0))
    largest = np.abs(deviation).max()
    signs = np.sign(deviation[np.abs(deviation) > 0.97 * largest])
    assert (signs[1:] != signs[:-1]).sum() + 1 >= degree + 1
    assert largest == pytest.approx(0.3243 / degree**2, rel=0.01)


def test_few_counts_have_the_mean_of_the_polynomial():
    """E g(X) = Delta P(p/Delta) - p ln Delta for X binomial: the factorial moments are unbiased."""
    from scipy.stats import binom

    samples, p = 200, 0.013
    delta = minimax.THRESHOLD * math.log(samples) / samples
    x = np.arange(samples + 1)
    below = np.where(x / samples <= delta, 1.0, 0.0)
    degree = 2 + math.ceil(minimax.DEGREE * math.log(samples))
    powers = minimax.nearest_polynomial(degree)
    factor, few = np.ones(len(x)), np.zeros(len(x))
    for k, a in enumerate(powers):
        factor = factor * (x - k) / ((samples - k) * delta)
        few += a * factor
    expected = delta * sum(a * (p / delta) ** (k + 1) for k, a in enumerate(powers)) - p * math.log(delta)
    g = delta * few - x / samples * math.log(delta)
    assert binom.pmf(x, samples, p) @ g == pytest.approx(expected, rel=1e-9)
    assert np.allclose((g - minimax.contributions(x, samples)) * below, 0, atol=1e-12)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("ratio", [0.1, 1.0, 10.0])
def test_mean_and_spread_are_the_exact_ones(source, ratio):
    """Over 400 samples of each source, mean within 4 SE of the sum over the law of each count."""
    p = SOURCES[source]
    samples = int(ratio * len(p))
    counts = np.random.default_rng(7).poisson(samples * p, (400, len(p)))
    for part in (plug_in_part, corrected_part, minimax.contributions):
        mean, spread = exact.moments(part, p, samples)
        found = part(counts.ravel(), samples).reshape(counts.shape).sum(1)
        assert abs(found.mean() - mean) < 4 * spread / math.sqrt(len(found))
        assert found.std() == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("source", SOURCES)
def test_minimax_is_better_where_samples_are_few(source):
    """Root-mean-square error, exact: below that of both others at n <= 0.3 S, of the plug-in up to 3 S."""
    p = SOURCES[source]
    truth = exact.entropy(p) * LN2

    def error(part, samples):
        mean, spread = exact.moments(part, p, samples)
        return math.hypot(mean - truth, spread)

    for ratio in (0.1, 0.3, 1.0, 3.0):
        errors = [error(part, int(ratio * len(p))) for part in (minimax.contributions, plug_in_part, corrected_part)]
        assert errors[0] < errors[1]
        assert errors[0] < errors[2] or ratio > 0.3
    many = 100 * len(p)
    assert error(minimax.contributions, many) < 0.03  # all agree where samples are many
    assert error(plug_in_part, many) < 0.03


def test_the_leading_bias_of_the_plug_in():
    p = SOURCES["uniform"]
    samples = 100 * len(p)
    mean, _ = exact.moments(plug_in_part, p, samples)
    assert mean - exact.entropy(p) * LN2 == pytest.approx(-len(p) / (2 * samples), rel=0.02)
    for part in (corrected_part, minimax.contributions):  # both take it off, no more and no less
        mean, _ = exact.moments(part, p, samples)
        assert abs(mean - exact.entropy(p) * LN2) < 0.03 * len(p) / (2 * samples)


def test_compressors_come_down_to_the_entropy_of_independent_bytes():
    rng = np.random.default_rng(5)
    p = exact.geometric(256, 12.0)
    truth = exact.entropy(p)
    for name in entropy.COMPRESSORS:
        few, many = (
            entropy.compressed(rng.choice(256, n, p=p).astype(np.uint8).tobytes(), name) for n in (300, 100_000)
        )
        assert truth < many < 1.1 * truth  # Huffman codes spend up to a bit a symbol more
        assert many < few


def test_a_compressor_sees_what_counts_do_not():
    stream = np.tile(np.arange(256, dtype=np.uint8), 100)
    assert entropy.plug_in(np.bincount(stream)) == pytest.approx(8)
    assert all(entropy.compressed(stream.tobytes(), name) < 0.6 for name in entropy.COMPRESSORS)


def test_bad_input():
    with pytest.raises(ValueError, match="no symbol"):
        entropy.plug_in(np.zeros(3))
    with pytest.raises(ValueError, match="2 samples"):
        entropy.minimax(np.array([1]))
    with pytest.raises(ValueError, match="zlib, bz2, lzma"):
        entropy.compressed(b"a", "gzip")
