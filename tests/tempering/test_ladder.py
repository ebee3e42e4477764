"""Ladders: rules, forecasts, adaptation, and what is refused."""

import math

import numpy as np
import pytest
import torch

from physlearn.tempering import exact, forecast
from physlearn.tempering.ladder import adaptation_sweeps, check_temperatures, equalise, geometric, linear
from physlearn.tempering.permutation import replicas


def test_rules():
    assert geometric(0.5, 8.0, 5).tolist() == pytest.approx([0.5, 1, 2, 4, 8])
    assert linear(0.5, 2.0, 4).tolist() == pytest.approx([0.5, 1, 1.5, 2])
    assert adaptation_sweeps(3, 50) == [50, 150, 350]


def rejections(temperatures, degrees):
    ratios = (temperatures[1:] / temperatures[:-1]).tolist()
    return torch.tensor([1 - exact.harmonic_acceptance(degrees, ratio) for ratio in ratios], dtype=torch.float64)


def test_a_constant_heat_capacity_wants_a_geometric_ladder():
    """From an even ladder, exact rejections, a few rounds: equal ratios (Kofke's rule)."""
    ladder = linear(1.0, 9.0, 7)
    for _ in range(6):
        ladder = equalise(ladder, rejections(ladder, 12))
    assert (ladder[1:] / ladder[:-1]).tolist() == pytest.approx([9 ** (1 / 6)] * 6, rel=2e-3)


def test_a_ladder_that_never_or_always_rejects_stays_a_ladder():
    for value in (0.0, 1.0):
        new = equalise(linear(1.0, 2.0, 5), torch.full((4,), value, dtype=torch.float64))
        assert new.tolist() == pytest.approx(linear(1.0, 2.0, 5).tolist(), rel=0.02)
    lopsided = equalise(linear(1.0, 2.0, 5), torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64))
    assert (lopsided.diff() > 0).all()
    assert lopsided[1] > 1.7


@pytest.mark.parametrize("degrees", [400, 10**5])
def test_the_barrier_of_harmonic_wells(degrees):
    """Lambda = sqrt(d/2 pi) ln(T_max/T_min) is the sum of rejections on a fine ladder; about 580 at 10^5, 10x."""
    fine = geometric(1.0, 10.0, 40 * round(math.sqrt(degrees)))
    said = forecast.harmonic(geometric(1.0, 10.0, 8), degrees)
    assert rejections(fine, degrees).sum().item() == pytest.approx(said.barrier, rel=5e-3)
    assert said.temperatures_needed == pytest.approx(2 * said.barrier, abs=1)
    if degrees == 10**5:
        assert said.temperatures_needed == pytest.approx(580, abs=3)
        assert "almost never swap" in said.words()


def test_the_forecast_of_equal_levels_is_near_one_half():
    degrees = 300
    levels = forecast.harmonic(geometric(1.0, 4.0, 3), degrees).temperatures_needed
    said = forecast.harmonic(geometric(1.0, 4.0, levels), degrees)
    assert said.acceptance == pytest.approx(np.full(levels - 1, 0.5), abs=0.1)
    assert f"{levels} temperatures are recommended" in said.words()


def test_moments_and_degrees_say_the_same_of_many_wells():
    heat, degrees = geometric(1.0, 2.0, 9), 2000.0
    capacities = np.full(9, degrees / 2)
    by_moments = forecast.from_moments(heat, degrees / 2 * heat.numpy(), capacities)
    by_degrees = forecast.harmonic(heat, degrees)
    assert by_moments.acceptance == pytest.approx(by_degrees.acceptance, rel=0.01)
    assert by_moments.barrier == pytest.approx(by_degrees.barrier, rel=1e-6)


@pytest.mark.parametrize(
    ("temperatures", "words"),
    [
        ([1.0], "at least two"),
        ([], "at least two"),
        ([1.0, 1.0], "must rise"),
        ([2.0, 1.0], "must rise"),
        ([0.0, 1.0], "positive"),
        ([-1.0, 1.0], "positive"),
        ([1.0, float("inf")], "finite"),
        ([1.0, float("nan")], "positive"),
    ],
)
def test_bad_temperatures_are_one_clear_line(temperatures, words):
    for make in (check_temperatures, replicas):
        with pytest.raises(ValueError, match=words) as refusal:
            make(temperatures)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("rule", [geometric, linear])
@pytest.mark.parametrize("ends", [(1.0, 2.0, 1), (2.0, 1.0, 4), (1.0, 1.0, 4), (0.0, 1.0, 4), (-1.0, 1.0, 4)])
def test_bad_ends_are_one_clear_line(rule, ends):
    with pytest.raises(ValueError, match="needs"):
        rule(*ends)


def test_bad_adaptation_is_one_clear_line():
    with pytest.raises(ValueError, match="rounds"):
        adaptation_sweeps(-1)
    with pytest.raises(ValueError, match="rounds"):
        adaptation_sweeps(2, 1)
