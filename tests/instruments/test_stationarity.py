"""What keeps a run from sampling, and numbers with errors as they are written."""

import math

import numpy as np
import pytest

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.stationarity import settled_step, why_not_sampling
from physlearn.instruments.statistics import trend
from physlearn.schedules import constant, cyclical, linear


def test_from_where_schedules_stand_still():
    schedules = {"a": constant(0.3), "b": linear(0.5, 0.0, 0.25), "c": linear(1.0, 0.5), "d": cyclical(1.0, 0.0, 4)}
    assert settled_step(schedules, 100) == {"a": 0, "b": 25, "c": 99, "d": 99}


def test_a_run_that_can_sample_has_no_reason_against_it():
    assert why_not_sampling({"dropout rate": 200}, 500, 1000, 100.0) == []
    assert why_not_sampling({"dropout rate": 500}, 500, 1000, None) == []


@pytest.mark.parametrize(
    ("settled", "first", "steps", "relaxation", "words"),
    [
        ({"dropout rate": 501}, 500, 1000, 10.0, "the dropout rate still changes until step 501"),
        ({"dropout rate": 201}, 500, 1000, 100.0, "only 299 steps are at constant temperature"),
        ({"dropout rate": 0}, 500, 819, 160.0, "samples are taken over 319"),
        ({}, 500, 1000, math.inf, "without a prior"),
    ],
)
def test_each_reason(settled, first, steps, relaxation, words):
    (reason,) = why_not_sampling(settled, first, steps, relaxation)
    assert words in reason


def test_weights_drawn_from_the_prior_need_a_shorter_burn_in():
    settled = {"dropout rate": 201}
    assert len(why_not_sampling(settled, 500, 1000, 240.0)) == 1
    assert why_not_sampling(settled, 500, 1000, 240.0, drawn=True) == []
    assert len(why_not_sampling({"dropout rate": 401}, 500, 1000, 240.0, drawn=True)) == 1


def ar1(rho, steps, seed):
    noise = np.random.default_rng(seed).normal(size=steps + 500)
    series = np.zeros(steps + 500)
    for t in range(1, len(series)):
        series[t] = rho * series[t - 1] + noise[t]
    return series[500:]


def test_a_trend_is_seen_and_a_stationary_series_has_none():
    """z of 200 stationary series is about normal; a slope of two standard deviations over the series is seen."""
    z = np.array([trend(ar1(0.6, 200, seed)) for seed in range(200)])
    assert np.quantile(np.abs(z), 0.95) < 3.2
    assert np.abs(z).max() < 7
    slope = np.linspace(0, 6, 200)
    assert min(trend(ar1(0.3, 200, seed) + slope) for seed in range(20)) > 5
    assert trend(np.linspace(0.0, 1.0, 200)) > 5
    assert math.isnan(trend(np.ones(50)))
    assert math.isnan(trend(np.arange(7.0)))


@pytest.mark.parametrize(
    ("value", "error", "written"),
    [
        (0.01602, 0.00049, "0.0160 ± 0.0005"),
        (7.613e-4, 1.2e-6, "(7.613 ± 0.012)e-4"),
        (-5.29204, 0.021, "-5.29 ± 0.02"),
        (23_281.3, 41.0, "23281 ± 41"),
        (1.0, 0.0996, "1.00 ± 0.10"),
        (3.0e7, 2.0e6, "(3.0 ± 0.2)e7"),
        (0.5, None, "0.5"),
        (0.5, math.nan, "0.5"),
        (math.nan, 0.1, "-"),
        (0.0, 0.0, "0"),
    ],
)
def test_a_value_is_rounded_to_its_error(value, error, written):
    assert plus_minus(value, error) == written
