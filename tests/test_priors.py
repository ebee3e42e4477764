"""Priors by their variance: lambda in both families, and the widths that the weights really take."""

import math

import pytest
import torch
from torch import nn

from physlearn.dynamics.langevin import Langevin
from physlearn.priors import fan_in, gaussian
from physlearn.temperatures import is_temperature, number_of


def network():
    return nn.Sequential(nn.Conv2d(2, 3, 4), nn.Flatten(), nn.Linear(3, 5), nn.BatchNorm1d(5)).double()


def test_variances_by_layer():
    """fan_in: c over the inputs of a unit, for weights and biases; gaussian: the same everywhere."""
    assert fan_in(network(), 1.5, "posterior").variances == {
        "0.weight": 1.5 / 32,
        "0.bias": 1.5 / 32,
        "2.weight": 0.5,
        "2.bias": 0.5,
        "3.weight": 1.5,
        "3.bias": 1.5,
    }
    assert set(gaussian(network(), 0.3, "likelihood").variances.values()) == {0.3}


@pytest.mark.parametrize(("family", "expected"), [("posterior", 1 / (40 * 0.3)), ("likelihood", 0.07 / 0.3)])
def test_lambda_of_each_family(family, expected):
    """lambda = 1/(N sigma^2), or T/sigma^2; the two meet at T = 1/N."""
    prior = gaussian(network(), 0.3, family)
    assert list(prior.decay(0.07, 40).values()) == pytest.approx([expected] * 6)
    assert prior.decay(1 / 40, 40)["0.bias"] == pytest.approx(1 / (40 * 0.3))


@pytest.mark.parametrize("seed", [0, 1])
def test_weights_that_no_data_constrain_take_the_prior_s_variance(seed):
    """Langevin at T on E = (lambda/2) w^2: variance N T sigma^2 (posterior) or sigma^2 (likelihood) / (1 - hk/2)."""
    N, T, variance, h, size = 12, 0.03, 0.4, 3.0, 20_000
    for family, expected in (("posterior", N * T * variance), ("likelihood", variance)):
        decay = gaussian(nn.Linear(1, 1), variance, family).decay(T, N)["weight"]
        w = nn.Parameter(torch.zeros(size, dtype=torch.float64))
        generator = torch.Generator().manual_seed(seed)
        optimizer = Langevin([w], h, T, weight_decay=decay, generator=generator)
        w.grad = torch.zeros_like(w)
        for _ in range(math.ceil(6 / (h * decay))):
            optimizer.step()
        exact = expected / (1 - h * decay / 2)
        z = (float(w.detach().square().mean()) - exact) / (exact * math.sqrt(2 / size))
        assert abs(z) < 4
        assert abs(z - exact * (N * T - 1) / (exact * math.sqrt(2 / size))) > 20  # the other family's width


def test_a_draw_has_the_variances_of_the_prior():
    model = nn.Sequential(nn.Linear(200, 300), nn.Linear(300, 7)).double()
    prior = fan_in(model, 3.0, "posterior")
    prior.draw(model, torch.Generator().manual_seed(3))
    for name, weight in model.named_parameters():
        size, variance = weight.numel(), prior.variances[name]
        z = (float(weight.detach().square().mean()) / variance - 1) / math.sqrt(2 / size)
        assert abs(z) < 4


def test_what_a_prior_refuses():
    with pytest.raises(ValueError, match="family=flat: allowed are posterior, likelihood"):
        gaussian(network(), 1.0, "flat")
    with pytest.raises(ValueError, match="must be positive"):
        gaussian(network(), 0.0, "posterior")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (0.25, 0.25),
        (0, 0.0),
        ("posterior", 1 / 40),
        ("0.1posterior", 0.1 / 40),
        ("2.5e-2posterior", 0.025 / 40),
        (".5Posterior", 0.5 / 40),
        ("3.posterior", 3 / 40),
    ],
)
def test_temperatures_as_typed(typed, expected):
    assert is_temperature(typed)
    assert number_of(typed, 40) == pytest.approx(expected)


@pytest.mark.parametrize(
    "typed", [-1, True, None, math.inf, math.nan, "", "hot", "-1posterior", "1e999posterior", "e3posterior"]
)
def test_what_is_no_temperature(typed):
    assert not is_temperature(typed)
