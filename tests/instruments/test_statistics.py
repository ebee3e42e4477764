"""Errors of correlated series against AR(1), whose autocorrelation time (1 + rho)/(1 - rho) and variance are known."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from physlearn.instruments.statistics import (
    autocorrelation_time,
    blocking_error,
    effective_sample_size,
    mean_and_error,
    standard_error,
)


def autoregressive(rho, chains, steps, seed=1):
    """Stationary AR(1) of variance 1 and mean 3: (chain, time)."""
    noise = np.random.default_rng(seed).normal(size=(chains, steps)) * math.sqrt(1 - rho**2)
    noise[:, 0] /= math.sqrt(1 - rho**2)
    return 3 + lfilter([1], [1, -rho], noise, axis=1)


def true_error(rho, steps):
    """Exact standard error of the mean of an AR(1) series of finite length."""
    lags = np.arange(1, steps)
    return math.sqrt((1 + 2 * ((1 - lags / steps) * rho**lags).sum()) / steps)


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.5, 0.9, 0.97])
def test_autocorrelation_time_is_that_of_ar1(rho):
    """The mean of 40 estimates, in units of its error, up to the few per cent that a finite window leaves out."""
    truth = (1 + rho) / (1 - rho)
    values = np.array([autocorrelation_time(s) for s in autoregressive(rho, 40, 40_000)])
    assert abs(values.mean() - truth) < 4 * standard_error(values) + 0.05 * truth
    assert standard_error(values) < 0.05 * truth


SHARES, RATES = (0.7, 0.3), (0.2, 0.96)  # of the variance, and rho, of a fast and a slow part


def two_times(chains, steps, seed=1):
    """A sum of two independent AR(1): rho(t) = .7 * .2^t + .3 * .96^t, which no single exponential is."""
    parts = [autoregressive(rho, chains, steps, seed + i) - 3 for i, rho in enumerate(RATES)]
    return 3 + sum(math.sqrt(share) * part for share, part in zip(SHARES, parts, strict=True))


def test_autocorrelation_time_of_two_exponentials():
    """tau = sum of shares times (1 + rho)/(1 - rho) = 15.75; lag 1 alone says 2.5."""
    truth = sum(share * (1 + rho) / (1 - rho) for share, rho in zip(SHARES, RATES, strict=True))
    series = two_times(40, 20_000)
    values = np.array([autocorrelation_time(s) for s in series])
    assert standard_error(values) < 0.02 * truth
    assert abs(values.mean() - truth) < 4 * standard_error(values)
    first = np.array([np.corrcoef(s[1:], s[:-1])[0, 1] for s in series])
    assert abs((1 + first) / (1 - first) - truth).min() > 40 * standard_error(values)  # control: AR(1) by lag 1


@pytest.mark.parametrize("weights", [(1.0, 0.6, 0.3, 0.9), (1.0, -0.4, 0.5)])
def test_autocorrelation_time_of_a_moving_average(weights):
    """x_t = sum_k a_k noise_(t-k): tau = (sum a)^2 / sum a^2, finite memory, not monotone in the lag."""
    noise = np.random.default_rng(3).normal(size=(60, 20_000))
    values = np.array([autocorrelation_time(s) for s in lfilter(weights, [1], noise, axis=1)])
    truth = sum(weights) ** 2 / sum(a * a for a in weights)
    assert abs(values.mean() - truth) < 4 * standard_error(values) + 0.02 * truth


def test_blocking_finds_the_error_of_two_exponentials():
    series = two_times(60, 20_000)
    truth = math.sqrt(sum(share * true_error(rho, 20_000) ** 2 for share, rho in zip(SHARES, RATES, strict=True)))
    found = np.mean([blocking_error(s) for s in series])
    assert abs(found / truth - 1) < 0.08


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.97])
def test_blocking_finds_the_error_of_the_mean(rho):
    """Within 12 % on average, and the naive error, right for white noise only, is not."""
    series, steps = autoregressive(rho, 60, 20_000), 20_000
    truth = true_error(rho, steps)
    found = np.mean([blocking_error(s) for s in series])
    assert abs(found / truth - 1) < 0.12
    naive = np.mean([standard_error(s) for s in series])
    assert (abs(naive / truth - 1) < 0.12) == (rho == 0)


def test_z_scores_by_blocking_are_standard_normal():
    z = np.array([(s.mean() - 3) / blocking_error(s) for s in autoregressive(0.8, 400, 4000)])
    assert abs(z.std() - 1) < 0.2


def test_chains_are_pooled():
    series = autoregressive(0.9, 50, 4000)
    assert abs(blocking_error(series) / (true_error(0.9, 4000) / math.sqrt(50)) - 1) < 0.12
    assert abs(autocorrelation_time(series) / 19 - 1) < 0.06
    assert abs(effective_sample_size(series) / (series.size / 19) - 1) < 0.06


def test_chains_in_different_places_are_worth_little():
    """Chains that disagree in their mean have not mixed: the pooled effective size must show it."""
    series = autoregressive(0.5, 4, 2000) + np.array([[0.0], [5.0], [10.0], [15.0]])
    assert effective_sample_size(series) < 100


def test_constant_series():
    assert blocking_error(np.full(100, 2.5)) == 0
    assert math.isnan(autocorrelation_time(np.full(100, 2.5)))
    assert math.isnan(effective_sample_size(np.full(100, 0.1)))


def test_standard_error_is_std_over_root_n_along_the_first_axis():
    samples = np.random.default_rng(1).normal(size=(50, 3))
    assert standard_error(samples) == pytest.approx(samples.std(0, ddof=1) / math.sqrt(50))


def test_mean_and_error_of_numbers_arrays_and_tensors():
    samples = np.random.default_rng(1).normal(size=(50, 3)) + 2
    mean, error = mean_and_error(samples)
    assert mean == pytest.approx(samples.mean(0))
    assert error == pytest.approx(samples.std(0, ddof=1) / math.sqrt(50))
    for given in (samples[:, 0], samples[:, 0].tolist(), torch.from_numpy(samples[:, 0])):
        assert mean_and_error(given) == pytest.approx((mean[0], error[0]))
    assert mean_and_error([1.0, 4.0]) == pytest.approx((2.5, 1.5))  # of two: |a - b| / 2


def test_a_single_sample_has_a_mean_and_no_error():
    mean, error = mean_and_error([3.0])
    assert mean == 3
    assert math.isnan(error)
    assert all(math.isnan(value) for value in mean_and_error([]))
    mean, error = mean_and_error(np.array([[1.0, 2.0]]))
    assert mean.tolist() == [1, 2]
    assert np.isnan(error).all()


@pytest.mark.parametrize("short", [[1.0], []])
def test_too_few_values(short):
    for instrument in (standard_error, blocking_error, autocorrelation_time):
        with pytest.raises(ValueError, match="at least"):
            instrument(np.array(short))


@pytest.mark.parametrize("length", [2, 3, 5, 9])
def test_short_series_have_a_finite_error(length):
    assert math.isfinite(blocking_error(np.random.default_rng(1).normal(size=length)))
