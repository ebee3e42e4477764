"""Averages over couplings: what is within a sample and what is between samples, and windows of time."""

import numpy as np
import pytest
import torch

from physlearn.dynamics.spins import random_spins
from physlearn.instruments.statistics import standard_error
from physlearn.streams import streams
from physlearn.systems.spin_glass import edwards_anderson, gaussian_energy, sherrington_kirkpatrick
from physlearn.tempering import diagnostics, disorder

SAMPLES, LADDERS, LEVELS, SWEEPS = 40, 2, 3, 500
TEMPERATURES = np.array([0.5, 1.0, 2.0])


def made(seed=1):
    """Samples whose means scatter by 5, each fluctuating by T: C = 1 within, and much more if they are mixed up."""
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 5, (SAMPLES, 1, 1)).repeat(LADDERS, 1).reshape(-1, 1)
    return means + rng.normal(0, TEMPERATURES, (SWEEPS, SAMPLES * LADDERS, LEVELS))


@pytest.fixture
def energies():
    return made()


def test_heat_capacity_is_within_a_sample(energies):
    found = disorder.heat_capacity(energies, TEMPERATURES, SAMPLES)
    assert (np.abs(found.mean - 1) < 4 * found.error).all()
    assert (found.error < 0.02).all()
    mixed = diagnostics.heat_capacity(energies, TEMPERATURES)  # control: the samples' own means count as heat
    assert (mixed.mean > 3).all()


def test_errors_are_those_over_samples(energies):
    """Var of the mean = (25 + T^2/1000)/40, as the mean of 60 estimates, in units of its own error."""
    found = disorder.energy(energies, SAMPLES)
    assert (np.abs(found.mean) < 4 * found.error).all()
    squares = np.array([disorder.energy(made(seed), SAMPLES).error ** 2 for seed in range(60)])  # (draw, level)
    exact = (25 + TEMPERATURES**2 / (LADDERS * SWEEPS)) / SAMPLES
    assert (np.abs(squares.mean(0) - exact) < 4 * standard_error(squares)).all()
    assert (standard_error(squares) < 0.04 * exact).all()
    naive = diagnostics.energy(energies)  # control: two ladders of a sample are no independent draws of the couplings
    assert (naive.error < found.error / 1.3).all()


def test_one_sample_has_the_error_of_its_time_series(energies):
    """Var of the mean = T^2/1000 over two ladders of 500 sweeps; one ladder's, twice as much, is far off."""

    def z_scores(ladders):
        errors = [disorder.energy(energies[:, 2 * s : 2 * s + ladders], 1).error for s in range(SAMPLES)]
        relative = np.array(errors) ** 2 * LADDERS * SWEEPS / TEMPERATURES**2  # (sample, level), 1 in the mean
        return (relative.mean(0) - 1) / standard_error(relative)

    assert (np.abs(z_scores(LADDERS)) < 4).all()
    assert (z_scores(1) > 6).all()


@pytest.mark.parametrize("sweeps", [8, 70, 2048, 3000])
def test_windows_cover_every_sweep_once_and_never_shrink(sweeps):
    parts = disorder.windows(sweeps)
    assert [sweep for part in parts for sweep in range(sweeps)[part]] == list(range(sweeps))
    lengths = [part.stop - part.start for part in parts]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize("kind", ["sk", "ea"])
def test_link_overlap_is_the_mean_over_bonds(kind):
    """Against the double sum over all pairs that are coupled."""
    draw = torch.Generator().manual_seed(1)
    system = sherrington_kirkpatrick(16, draw) if kind == "sk" else edwards_anderson(4, 2, draw)
    first, second = random_spins(16, streams(1, range(2)))
    if kind == "sk":
        pairs = [(i, j) for i in range(16) for j in range(i)]
    else:
        pairs = [(i, int(j)) for i in range(16) for j in system.neighbours[i, :2]]
    links = [float(first[i] * first[j] * second[i] * second[j]) for i, j in pairs]
    assert float(system.link_overlap(first, second)) == pytest.approx(np.mean(links))
    assert system.variance == pytest.approx(len(pairs) * (1 / 16 if kind == "sk" else 1) / 16)
    assert gaussian_energy(system.variance, 0.5, 0.25) == pytest.approx(-system.variance * 1.5)


def test_one_sample_has_the_error_of_its_time_series_and_none_where_that_is_one_sweep():
    series = np.random.default_rng(3).normal(0, 1, (6400, 1, 2))  # (sweep, sample, level)
    assert disorder.average(series).error == pytest.approx(1 / 80, rel=0.2)
    assert np.isnan(disorder.average(series[:1]).error).all()
