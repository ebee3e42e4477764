"""Exact truths agree with one another and with the published numbers."""

import math

import numpy as np
import pytest
import torch

from physlearn.systems import exact
from physlearn.systems.gaussian_mixture import GaussianMixture
from physlearn.systems.quartic_well import DoubleWell
from physlearn.systems.spin_glass import edwards_anderson, sherrington_kirkpatrick
from physlearn.systems.square_lattice import Ising


@pytest.mark.parametrize(
    ("temperature", "size", "energy"),
    [
        (2.0, 4, -1.755380289),
        (2.0, 8, -1.745683170),
        (exact.CRITICAL_TEMPERATURE, 4, -1.565623788),
        (exact.CRITICAL_TEMPERATURE, 8, -1.491589107),
        (3.0, 4, -1.017069627),
    ],
)
def test_kaufman_energies_per_site(temperature, size, energy):
    assert exact.ising(size, temperature)[0] / size**2 == pytest.approx(energy, abs=1e-9)


@pytest.mark.parametrize("temperature", [0.4, 1.7, 2.27, 5.1])
def test_kaufman_agrees_with_the_enumeration_of_the_small_lattice(temperature):
    spectrum = exact.enumerate_energies(Ising(4).energy, 16)
    energy, capacity, log_z = exact.ising(4, temperature)
    assert energy == pytest.approx(spectrum.energy(temperature), rel=1e-10)
    assert capacity == pytest.approx(spectrum.heat_capacity(temperature), rel=1e-7)
    assert log_z == pytest.approx(spectrum.log_z(temperature), rel=1e-12)


def test_density_of_states_of_the_four_by_four_lattice():
    counts = {32: 2, 24: 32, 20: 64, 16: 424, 12: 1728, 8: 6688, 4: 13568, 0: 20524}
    spectrum = exact.enumerate_energies(Ising(4).energy, 16)
    found = dict(zip(spectrum.levels.astype(int).tolist(), np.exp(spectrum.log_weights).round().tolist(), strict=True))
    assert found == {sign * level: count for level, count in counts.items() for sign in (1, -1)}


@pytest.mark.parametrize("temperature", [0.4, 1.7])
def test_averages_over_all_states_are_those_of_the_density_of_states(temperature):
    glass = sherrington_kirkpatrick(8, torch.Generator().manual_seed(2))
    states, spectrum = exact.all_spins(8), exact.enumerate_energies(glass.energy, 8)
    every = exact.Enumeration(glass.energy(states))
    assert every.energy(temperature) == pytest.approx(spectrum.energy(temperature), rel=1e-8)
    assert every.heat_capacity(temperature) == pytest.approx(spectrum.heat_capacity(temperature), rel=1e-8)
    weights = [math.exp(-float(e) / temperature) for e in glass.energy(states)]
    pairs = [float(s[2] * s[5]) for s in states]
    direct = sum(w * x for w, x in zip(weights, pairs, strict=True)) / sum(weights)
    assert every.mean((states[:, 2] * states[:, 5]).double(), temperature) == pytest.approx(direct, rel=1e-10)


def test_harmonic_coordinates_share_the_energy_equally():
    energy, capacity = exact.harmonic(3, 0.7)
    levels = exact.quadrature(lambda x: 1.9 * x[:, 0] ** 2 / 2, -12, 12)
    assert energy == pytest.approx(3 * levels.energy(0.7), rel=1e-9)
    assert capacity == pytest.approx(3 * levels.heat_capacity(0.7), rel=1e-9)


@pytest.mark.parametrize("rows", [range(0, 12), range(3, 9), range(4, 6), range(5, 10)])
def test_some_rows_keep_the_couplings_of_their_samples(rows):
    """Three samples of four rows each; a process may hold any run of rows."""
    generator = torch.Generator().manual_seed(2)
    for whole in (sherrington_kirkpatrick(16, generator, 3), edwards_anderson(4, 2, generator, 3)):
        states = torch.randint(2, (12, 16), generator=generator).mul(2).sub(1).to(torch.int8)
        part = whole.of_rows(rows, 4).energy(states[rows.start : rows.stop].contiguous())
        torch.testing.assert_close(part, whole.energy(states)[rows.start : rows.stop])


@pytest.mark.parametrize("size", [16, 64])
def test_kaufman_heat_capacity_is_the_slope_of_the_energy(size):
    for temperature in (0.9, 2.2, exact.CRITICAL_TEMPERATURE, 2.5, 7.0):
        step = 1e-4
        above, below = (exact.ising(size, temperature + sign * step)[0] for sign in (1, -1))
        assert exact.ising(size, temperature)[1] == pytest.approx((above - below) / (2 * step), rel=1e-4)


def test_large_lattices_approach_onsager():
    """<E>/N -> -sqrt(2) at the critical temperature, from below, by 1/L."""
    gaps = [-math.sqrt(2) - exact.ising(size, exact.CRITICAL_TEMPERATURE)[0] / size**2 for size in (32, 64, 128)]
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=1e-2)
    assert gaps[1] / gaps[2] == pytest.approx(2, rel=1e-2)


def test_energies_of_glasses_are_sums_over_bonds():
    generator = torch.Generator().manual_seed(1)
    glass = edwards_anderson(4, 3, generator, samples=2)
    states = torch.randint(2, (6, 64), generator=generator).mul(2).sub(1).to(torch.int8)
    for row, state in enumerate(states.view(6, 4, 4, 4).double()):
        bonds = glass.bonds[row // 3].view(4, 4, 4, 3)
        total = -sum((bonds[..., axis] * state * state.roll(-1, axis)).sum() for axis in range(3))
        assert glass.energy(states)[row].item() == pytest.approx(total.item())
    model = sherrington_kirkpatrick(9, generator, samples=2)
    spins = states[:, :9].contiguous()
    for row, state in enumerate(spins.double()):
        couplings = model.couplings[row // 3]
        total = -sum(couplings[i, j] * state[i] * state[j] for i in range(9) for j in range(i))
        assert model.energy(spins)[row].item() == pytest.approx(total.item())


def test_the_couplings_of_sherrington_and_kirkpatrick_have_variance_one_over_n():
    for law in ("gaussian", "pm"):
        couplings = sherrington_kirkpatrick(50, torch.Generator().manual_seed(3), samples=40, law=law).couplings
        upper = couplings[:, *torch.triu_indices(50, 50, 1)] * 50**0.5
        n, fourth = upper.numel(), 3 if law == "gaussian" else 1
        assert abs(upper.mean()) < 4 / n**0.5
        assert abs(upper.square().mean() - 1) <= 4 * ((fourth - 1) / n) ** 0.5 + 1e-9
        assert torch.equal(couplings, couplings.mT)
        assert not couplings.diagonal(dim1=1, dim2=2).any()


def test_the_double_well_by_quadrature_and_by_equipartition():
    """<x . grad E> = d T, an identity that the quadrature does not know."""
    barrier, temperature, dimension, stiffness = 5.0, 0.7, 3, 2.3
    well = exact.quadrature(lambda x: barrier * (x[:, 0] ** 2 - 1) ** 2, -3, 3)
    x = np.linspace(-3, 3, len(well.levels))
    weights = well.probabilities(temperature)
    assert weights @ (4 * barrier * x**2 * (x**2 - 1)) == pytest.approx(temperature, rel=1e-9)
    energy, capacity, log_z = exact.double_well(barrier, temperature, dimension, stiffness)
    assert energy == pytest.approx(well.energy(temperature) + temperature, rel=1e-9)
    step = 1e-3
    above, below = (exact.double_well(barrier, temperature + s, dimension, stiffness) for s in (step, -step))
    assert capacity == pytest.approx((above[0] - below[0]) / (2 * step), rel=1e-5)
    slope = (above[2] - below[2]) / (1 / (temperature + step) - 1 / (temperature - step))
    assert -slope == pytest.approx(energy, rel=1e-5)
    assert log_z == pytest.approx(well.log_z(temperature) + math.log(2 * math.pi * temperature / stiffness), rel=1e-9)


def mixture():
    means = torch.tensor([[-2.0, 1.0], [1.5, 0.5], [0.0, -2.0]], dtype=torch.float64)
    widths, weights = torch.tensor([0.5, 0.8, 0.6]).double(), torch.tensor([0.5, 0.2, 0.3]).double()
    return GaussianMixture(means, widths, weights)


@pytest.mark.parametrize("system", [DoubleWell(3.7, 4, 1.9), mixture()], ids=["double_well", "gaussian_mixture"])
def test_gradients_are_those_of_the_energy(system):
    dimension = 4 if isinstance(system, DoubleWell) else 2
    states = torch.randn(7, dimension, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) * 2
    states.requires_grad_()
    (gradient,) = torch.autograd.grad(system.energy(states).sum(), states)
    torch.testing.assert_close(system.gradient(states.detach()), gradient)


def test_the_mixture_is_normalised_and_its_draws_follow_it():
    system = mixture()
    grid = torch.linspace(-6, 6, 1201, dtype=torch.float64)
    points = torch.cartesian_prod(grid, grid)
    density = (-system.energy(points)).exp() * (grid[1] - grid[0]) ** 2
    assert density.sum().item() == pytest.approx(1, abs=1e-6)
    draws = system.sample(40_000, torch.Generator().manual_seed(5))
    error = draws.std(0) / 200
    assert ((draws.mean(0) - (density[:, None] * points).sum(0)).abs() < 4 * error).all()


def test_bad_input_is_one_clear_line():
    two = torch.ones(2)
    for make, words in (
        (lambda: DoubleWell(-1.0), "positive"),
        (lambda: DoubleWell(1.0, 0), "dimension"),
        (lambda: GaussianMixture(torch.ones(2, 1), two, two), "sum to one"),
        (lambda: GaussianMixture(torch.ones(2, 1), -two, two / 2), "positive"),
        (lambda: GaussianMixture(torch.ones(3, 1), two, two / 2), "must be"),
        (lambda: sherrington_kirkpatrick(1, torch.Generator()), "at least 2"),
        (lambda: sherrington_kirkpatrick(4, torch.Generator(), law="cauchy"), "gaussian or pm"),
        (lambda: edwards_anderson(4, 4, torch.Generator()), "2 or 3"),
        (lambda: exact.all_spins(40), "1 to 22"),
    ):
        with pytest.raises(ValueError, match=words) as refusal:
            make()
        assert "\n" not in str(refusal.value)
