"""A barrier of 20 T: the cold chain alone stays where it began, with exchange it is on both sides alike."""

import numpy as np
import pytest
import torch

from physlearn.dynamics.mala import MALA
from physlearn.instruments.statistics import blocking_error
from physlearn.systems import exact as systems
from physlearn.systems.exact import quadrature
from physlearn.systems.quartic_well import DoubleWell
from physlearn.tempering import diagnostics, exact
from physlearn.tempering.ladder import geometric
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange
from physlearn.tempering.trace import Trace

BARRIER, COLD, LADDERS, LEVELS, SWEEPS, BURN_IN = 10.0, 0.5, 100, 7, 1500, 300
SYSTEM = DoubleWell(BARRIER, dimension=2, stiffness=3.0)


@pytest.fixture(scope="module")
def run():
    """The record of all ladders, and the side (ladder, sweep) that the cold chain was on; all begin at x = +1."""
    ladder, draw = replicas(geometric(COLD, 8.0, LEVELS), LADDERS), torch.Generator().manual_seed(1)
    start = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(LEVELS * LADDERS, 1)
    states = torch.nn.Parameter(start)
    mover = MALA([states], lr=0.01, generator=draw)
    explore = weight_mover(mover, states, lambda w: (SYSTEM.energy(w), SYSTEM.gradient(w)), every=2)
    loop = exchange(ladder, explore, lambda: SYSTEM.energy(states.detach()), torch.Generator().manual_seed(2))
    record, sides = Trace(SWEEPS, LADDERS, LEVELS), []
    for sweep in range(BURN_IN + SWEEPS):
        result = next(loop)
        if sweep >= BURN_IN:
            record.append(result)
            sides.append((states.detach()[ladder.rows()[:, 0], 0] > 0).double().numpy())
    return record.arrays(), np.stack(sides, 1), ladder.temperatures


def test_both_sides_are_visited_alike(run):
    side = run[1]
    assert abs(side.mean() - 0.5) < 4 * blocking_error(side)
    assert blocking_error(side) < 0.05


def test_the_cold_chain_alone_stays_on_its_side():
    draw = torch.Generator().manual_seed(3)
    states = torch.nn.Parameter(torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(LADDERS, 1))
    mover = MALA([states], lr=0.01, generator=draw)
    explore = weight_mover(mover, states, lambda w: (SYSTEM.energy(w), SYSTEM.gradient(w)), every=1000)
    explore(torch.full((LADDERS,), COLD, dtype=torch.float64))
    assert bool((states[:, 0] > 0).all())
    assert mover.acceptance().mean() > 0.5


def test_energies_and_heat_capacities_are_those_of_quadrature(run):
    arrays, _, temperatures = run
    energy = diagnostics.energy(arrays["energies"])
    capacity = diagnostics.heat_capacity(arrays["energies"], temperatures.numpy())
    truth = np.array([systems.double_well(BARRIER, t, 2, 3.0) for t in temperatures.tolist()])  # (level, 3)
    assert (np.abs(energy.mean - truth[:, 0]) < 4 * energy.error).all()
    assert (np.abs(capacity.mean - truth[:, 1]) < 4 * capacity.error).all()


def test_free_energies_by_thermodynamic_integration(run):
    """ln Z(T_i) - ln Z(T_0) against quadrature; by the plain trapezoid rule, at seven levels, it misses."""
    arrays, _, temperatures = run
    truth = np.array([systems.double_well(BARRIER, t, 2, 3.0) for t in temperatures.tolist()])
    found = diagnostics.log_z(arrays["energies"], temperatures.numpy())
    exact_difference = truth[:, 2] - truth[0, 2]
    assert found.mean[0] == 0
    assert (np.abs(found.mean - exact_difference)[1:] < 4 * found.error[1:] + 0.01).all()
    steps = np.diff(1 / temperatures.numpy())
    trapezoid = np.cumsum(-steps * (truth[1:, 0] + truth[:-1, 0]) / 2)
    assert np.abs(trapezoid - exact_difference[1:]).max() > 0.05


def test_acceptances_are_those_of_the_density_of_states(run):
    """In one dimension 2 P(E_cold > E_hot) can be summed on a grid; here a second coordinate adds its own energy."""
    arrays, _, temperatures = run
    measured = diagnostics.acceptance(arrays["probability"])
    grid = torch.linspace(-2.6, 2.6, 1201, dtype=torch.float64)
    points = torch.cartesian_prod(grid, grid[::2] * 2)  # exp(-E/T) is nothing beyond
    levels = SYSTEM.energy(points).numpy()
    spectrum = systems.Spectrum(levels, np.zeros(len(levels)))
    pairs = zip(temperatures[:-1].tolist(), temperatures[1:].tolist(), strict=True)
    predicted = np.array([exact.spectrum_acceptance(spectrum, *pair) for pair in pairs])
    assert (np.abs(measured.mean - predicted) < 4 * measured.error + 1e-3).all(), (measured, predicted)


def test_grid_acceptance_of_one_well_is_the_incomplete_beta_function():
    well = quadrature(lambda x: 0.9 * x[:, 0] ** 2, -30, 30)
    assert exact.spectrum_acceptance(well, 0.7, 1.6) == pytest.approx(exact.harmonic_acceptance(1, 1.6 / 0.7), abs=1e-4)
