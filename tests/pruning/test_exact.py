"""The share of a Gaussian layer's signal that pruning keeps: closed forms, the integral between them, and the code."""

import math

import pytest
import torch

from physlearn.pruning import exact
from physlearn.pruning.criteria import Seen, boltzmann

DRAWS = 1_000_000


@pytest.mark.parametrize(("density", "signal"), [(0.5, 0.929), (0.1, 0.439), (0.05, 0.279)])
def test_magnitude_keeps_the_signal_that_is_printed(density, signal):
    assert exact.magnitude_signal(density) == pytest.approx(signal, abs=5e-4)


def test_a_threshold_keeps_the_tail():
    assert exact.magnitude_density(1.7) == pytest.approx(math.erfc(1.7 / math.sqrt(2)))


@pytest.mark.parametrize("density", [0.03, 0.1, 0.6])
def test_the_ends_of_beta(density):
    """f at beta -> 0; at large beta the magnitude rule, from below, with a correction of order 1/beta^2."""
    assert exact.boltzmann_signal(density, 0) == density
    assert exact.boltzmann_signal(density, 1e-6) == pytest.approx(density, abs=1e-5)
    limit = exact.magnitude_signal(density)
    gaps = [limit - exact.boltzmann_signal(density, beta) for beta in (20, 40, 80)]
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert gaps[1] / gaps[2] == pytest.approx(4, rel=0.1)
    assert exact.boltzmann_signal(density, math.inf) == limit


@pytest.mark.parametrize("beta", [0.3, 1.0, 4.0, 30.0])
@pytest.mark.parametrize("density", [0.1, 0.5])
def test_the_criterion_keeps_the_signal_of_the_theory(beta, density):
    """c(f, beta) on a million weights at the quantiles of a Gaussian, so that the lots alone vary; z below 4.

    The control, half the temperature, is found out where the two differ at all.
    """
    weight = torch.special.ndtri((torch.arange(DRAWS, dtype=torch.float64) + 0.5) / DRAWS).view(1000, -1)
    energy = weight.square() / weight.square().mean()
    mask = boltzmann(Seen({"fc1.weight": weight}, seed=2), round(density * DRAWS), beta)["fc1.weight"]
    signal = float(energy[mask].sum()) / DRAWS
    fermi = torch.sigmoid(beta * (energy - exact.chemical_potential(density, beta)))
    spread = fermi * (1 - fermi)
    marginal = (energy * spread).sum() / spread.sum()  # a weight too many is made good by one of this energy
    error = float(((energy - marginal).square() * spread).sum().sqrt()) / DRAWS
    assert float(fermi.mean()) == pytest.approx(density, abs=1e-5)
    assert abs(signal - exact.boltzmann_signal(density, beta)) < 4 * error
    if beta < 10:
        assert abs(signal - exact.boltzmann_signal(density, 2 * beta)) > 20 * error
