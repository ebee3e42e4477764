"""The Hopfield network is a machine with Gaussian hidden units: an identity of energies, and samples of its law."""

import math

import pytest
import torch

from physlearn.boltzmann_machine.exact import all_units
from physlearn.boltzmann_machine.gaussian_hidden import GaussianHiddenMachine
from physlearn.boltzmann_machine.laws import hopfield_energy
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.patterns import random_patterns
from physlearn.streams import stream

NEURONS, PATTERNS, T = 10, 3, 0.3


@pytest.fixture(scope="module")
def patterns():
    return random_patterns(PATTERNS, NEURONS, stream(3, "patterns")).double()


def test_free_energy_is_the_energy_of_the_hopfield_network(patterns):
    spins = 2 * all_units(NEURONS) - 1
    machine, network = GaussianHiddenMachine(patterns), HopfieldNetwork(patterns, "hebb")
    difference = machine.free_energy(spins) - network.energy(spins) + PATTERNS / 2
    assert float(difference.abs().max()) < 1e-12


def test_free_energy_is_the_integral_over_the_hidden_unit(patterns):
    """One pattern, by the trapezoidal rule: -T ln int dx exp(-E/T), less (T/2) ln(2 pi T)."""
    machine = GaussianHiddenMachine(patterns[:1])
    spins = (2 * all_units(NEURONS) - 1)[::97]
    x = torch.linspace(-15, 15, 6001, dtype=torch.float64)
    table = torch.stack([machine.energy(s.expand(len(x), -1), x[:, None]) for s in spins])
    integral = -T * ((-table / T).logsumexp(1) + math.log(float(x[1] - x[0])))
    torch.testing.assert_close(integral + T / 2 * math.log(2 * math.pi * T), machine.free_energy(spins))


def test_alternating_draws_sample_the_hopfield_network_at_t(patterns, monkeypatch):
    machine = GaussianHiddenMachine(patterns)
    start = 2.0 * torch.randint(2, (2000, NEURONS), generator=stream(0, "start")).double() - 1

    def z():
        found = machine.free_energy(machine.gibbs(start, T, 100, stream(1, "draws")))
        return abs(float(found.mean()) - hopfield_energy(machine, T)) / (float(found.std()) / len(found) ** 0.5)

    assert z() < 4
    normal = torch.randn
    monkeypatch.setattr(
        torch, "randn", lambda *size, **more: normal(*size, **more) / T**0.5
    )  # variance 1 in place of T
    assert z() > 8
