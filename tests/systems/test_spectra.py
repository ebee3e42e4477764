"""Densities of states on grids against closed forms, quadrature and exact samples."""

import numpy as np
import pytest
import torch

from physlearn.systems import exact, spectra
from physlearn.systems.gaussian_mixture import GaussianMixture
from physlearn.systems.quartic_well import DoubleWell
from physlearn.tempering.exact import spectrum_acceptance

MIXTURE = GaussianMixture(
    *(torch.tensor(v, dtype=torch.float64) for v in ([[-2.0, 0.5], [1.5, 0.0]], [0.6, 1.1], [0.3, 0.7]))
)


@pytest.mark.parametrize("dimension", [1, 2, 3, 12])
@pytest.mark.parametrize("temperature", [0.7, 6.0])
def test_moments_of_the_wells_are_those_of_quadrature(dimension, temperature):
    spectrum = spectra.double_well(DoubleWell(9.0, dimension, 1.7), hottest=6.0)
    energy, capacity, log_z = exact.double_well(9.0, temperature, dimension, 1.7)
    assert spectrum.energy(temperature) == pytest.approx(energy, rel=1e-3)
    assert spectrum.heat_capacity(temperature) == pytest.approx(capacity, rel=1e-3)
    assert spectrum.log_z(temperature) == pytest.approx(log_z, abs=1e-3)


def test_a_grid_holds_the_whole_mixture():
    spectrum, points = spectra.mixture_grid(MIXTURE, hottest=4.0)
    weights = torch.from_numpy(spectrum.probabilities(1.0))
    assert spectrum.log_z(1.0) == pytest.approx(0, abs=1e-9)  # at T = 1 the law is a density
    assert (weights @ MIXTURE.shares(points)).tolist() == pytest.approx([0.3, 0.7], abs=1e-9)
    mean = (MIXTURE.weights[:, None] * MIXTURE.means).sum(0)
    assert (weights @ points).tolist() == pytest.approx(mean.tolist(), abs=1e-9)
    energies = MIXTURE.energy(MIXTURE.sample(200_000, torch.Generator().manual_seed(1))).numpy()
    assert abs(spectrum.energy(1.0) - energies.mean()) < 4 * energies.std() / len(energies) ** 0.5


def test_acceptance_off_the_grid_is_that_of_pairs_of_samples():
    """At T = 1 the mixture can be sampled; T = 2 by reweighting: 2 P(E_cold > E_hot)."""
    spectrum, _ = spectra.mixture_grid(MIXTURE, hottest=2.0)
    energies = np.sort(MIXTURE.energy(MIXTURE.sample(400_000, torch.Generator().manual_seed(2))).numpy())
    weights = np.exp(energies / 2)  # exp(-E/2) / exp(-E)
    below = np.concatenate([[0], np.cumsum(weights)[:-1]]) / weights.sum()  # P(E_hot < E)
    assert spectrum_acceptance(spectrum, 1.0, 2.0) == pytest.approx(2 * below.mean(), abs=0.01)


def test_three_dimensions_have_no_grid():
    with pytest.raises(ValueError, match="one or two dimensions"):
        spectra.mixture_grid(GaussianMixture(torch.zeros(1, 3), torch.ones(1), torch.ones(1)), 1.0)
