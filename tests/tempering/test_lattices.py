"""Ising lattices and spin glasses through exchange: against Kaufman at every level, and the Gaussian identity."""

import numpy as np
import pytest
import torch

from physlearn.instruments.statistics import standard_error
from physlearn.streams import streams
from physlearn.systems import exact as systems
from physlearn.systems.spin_glass import sherrington_kirkpatrick
from physlearn.systems.square_lattice import Ising
from physlearn.tempering import diagnostics, exact, forecast, swaps
from physlearn.tempering.ladder import adaptation_sweeps, geometric, linear
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange
from physlearn.tempering.trace import Trace


def lattice(size, temperatures, ladders, burn_in, sweeps, adapt_at=(), rule="heat_bath"):
    """(arrays, temperatures) of exchange on an L x L lattice from a random start."""
    system, ladder = Ising(size), replicas(temperatures, ladders)
    numbers = streams(1, range(ladder.levels.numel()))
    states = system.start(numbers)
    loop = exchange(
        ladder,
        lambda heat: system.sweep(states, heat, numbers, rule),
        lambda: system.energy(states),
        torch.Generator().manual_seed(2),
        adapt_at=adapt_at,
    )
    record = Trace(sweeps, ladders, len(temperatures))
    for _ in range(burn_in):
        next(loop)
    for _ in range(sweeps):
        record.append(next(loop))
    return record.arrays(), ladder.temperatures


def worst_z(arrays, temperatures, size):
    heat = temperatures.numpy()
    truth = np.array([systems.ising(size, t) for t in heat])
    energy, capacity = diagnostics.energy(arrays["energies"]), diagnostics.heat_capacity(arrays["energies"], heat)
    scores = [(energy.mean - truth[:, 0]) / energy.error, (capacity.mean - truth[:, 1]) / capacity.error]
    return np.abs(scores).max()


@pytest.mark.parametrize(
    ("size", "levels", "ladders", "sweeps", "rule"),
    [(8, 8, 20, 2000, "heat_bath"), (8, 8, 20, 2000, "metropolis"), (16, 12, 10, 2500, "heat_bath")],
)
def test_every_level_has_the_energy_and_heat_capacity_of_kaufman(size, levels, ladders, sweeps, rule):
    """Through T_c = 2.269, from a random start."""
    arrays, temperatures = lattice(size, linear(1.6, 3.4, levels), ladders, 400, sweeps, rule=rule)
    assert worst_z(arrays, temperatures, size) < 4


def test_control_swapping_on_rejection_fails(monkeypatch):
    monkeypatch.setattr(swaps, "probability", lambda s: 1 - (-s.delta).exp().clamp(max=1))
    arrays, temperatures = lattice(8, linear(1.6, 3.4, 8), 20, 400, 1000)
    assert worst_z(arrays, temperatures, 8) > 20


@pytest.mark.parametrize(("cold", "hot", "acceptance"), [(2.0, 2.5, 0.613614), (1.5, 3.0, 0.179293)])
def test_acceptance_with_ties_on_the_four_by_four_lattice(cold, hot, acceptance):
    """<A> = 2 P(E_cold > E_hot) + P(E_cold = E_hot)."""
    spectrum = systems.enumerate_energies(Ising(4).energy, 16)
    assert exact.spectrum_acceptance(spectrum, cold, hot) == pytest.approx(acceptance, abs=1e-6)
    arrays, _ = lattice(4, [cold, hot], 100, 100, 800)
    measured = diagnostics.acceptance(arrays["probability"])
    assert abs(measured.mean[0] - acceptance) < 4 * measured.error[0]
    assert measured.error[0] < 0.01


def spread(arrays):
    mean = diagnostics.acceptance(arrays["probability"]).mean
    return np.abs(mean - mean.mean()).max()


@pytest.mark.slow
def test_an_adapted_ladder_swaps_alike_everywhere():
    """16 x 16 across T_c from a bad ladder, even in T from 0.9 to 6: every acceptance within 0.05 of their mean."""
    bad = linear(0.9, 6.0, 16)
    assert spread(lattice(16, bad, 2, 500, 500)[0]) > 0.3
    adapt_at = adaptation_sweeps(6)
    arrays, temperatures = lattice(16, bad, 2, adapt_at[-1], 3000, adapt_at)
    assert spread(arrays) < 0.05
    assert temperatures[[0, -1]].tolist() == [0.9, 6.0]

    truth = np.array([systems.ising(16, t) for t in temperatures.tolist()])
    said = forecast.from_moments(temperatures, truth[:, 0], truth[:, 1])
    measured = diagnostics.acceptance(arrays["probability"]).mean
    assert np.abs(said.acceptance - measured)[3:].max() < 0.04  # the coldest levels are frozen, not normal
    assert diagnostics.barrier(arrays["probability"]) == pytest.approx(said.barrier, rel=0.2)


def test_log_z_of_the_lattice_by_thermodynamic_integration():
    arrays, temperatures = lattice(8, geometric(1.8, 4.0, 10), 20, 300, 1500)
    truth = np.array([systems.ising(8, t)[2] for t in temperatures.tolist()])
    found = diagnostics.log_z(arrays["energies"], temperatures.numpy())
    assert (np.abs(found.mean - (truth - truth[0]))[1:] < 4 * found.error[1:] + 0.01).all()


def gaussian_identity(spins, samples, windows, levels=10, cold=0.4):
    """Both sides of u = -(beta/2)(1 - <q^2>) per sample in each window: (window, sample) twice.

    Two independent ladders a sample; q is the overlap of their coldest replicas, and
    -(beta/N^2) sum_{i<j} (1 - <s_i s_j>^2) = -(beta/2)(1 - <q^2>), as N^2 q^2 = N + 2 sum_{i<j} s_i s_j s'_i s'_j.
    """
    glass = sherrington_kirkpatrick(spins, torch.Generator().manual_seed(5), samples)
    ladder = replicas(geometric(cold, 1.5, levels), ladders=2 * samples)
    numbers = streams(6, range(2 * samples * levels))
    states = glass.start(numbers)
    loop = exchange(
        ladder,
        lambda heat: glass.sweep(states, heat, numbers),
        lambda: glass.energy(states),
        torch.Generator().manual_seed(7),
    )
    energies, identities = [], []
    for count in np.diff([0, *windows]):
        energy, squares = 0, 0
        for _ in range(count):
            energy = energy + next(loop).energies[:, 0].view(samples, 2).mean(1)
            pairs = states[ladder.rows()[:, 0]].view(samples, 2, spins).double()
            squares = squares + ((pairs[:, 0] * pairs[:, 1]).mean(1)) ** 2
        energies.append((energy / count / spins).numpy())
        identities.append((-(1 - squares / count) / (2 * cold)).numpy())
    return np.array(energies), np.array(identities)


def identity_z(energies, identities):
    difference = energies - identities  # (window, sample): both sides see the same couplings
    return difference.mean(1) / standard_error(difference.T)


def test_the_gaussian_identity_holds_in_equilibrium_and_not_before():
    """SK, N = 32, T = 0.4; u is read before each round of swaps and q after it, both in the same law."""
    scores = identity_z(*gaussian_identity(32, 100, [2, 8, 100, 900]))
    assert scores[0] > 10
    assert abs(scores[-1]) < 4


@pytest.mark.slow
def test_the_gaussian_identity_of_sixty_four_spins():
    """SK, N = 64, T = 0.4, 200 samples."""
    energies, identities = gaussian_identity(64, 200, [2, 8, 32, 128, 512, 2048])
    scores = identity_z(energies, identities)
    assert scores[0] > 10
    assert scores[1] > 4
    assert abs(scores[-1]) < 4
