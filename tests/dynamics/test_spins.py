"""Heat bath and Metropolis sample exp(-E/T)/Z: against enumeration, on lattices and glasses, at three temperatures."""

import numpy as np
import pytest
import torch

from physlearn.dynamics import dense_spins, spin_kernels, spins
from physlearn.instruments.statistics import blocking_error
from physlearn.streams import Streams, streams
from physlearn.systems import exact
from physlearn.systems.spin_glass import edwards_anderson, sherrington_kirkpatrick
from physlearn.systems.square_lattice import Ising

TEMPERATURES = (1.3, 2.4, 3.7)
ROWS = 300  # independent chains, a third at each temperature


def small_systems():
    generator = torch.Generator().manual_seed(4)
    return {
        "ising": Ising(4),
        "sherrington_kirkpatrick": sherrington_kirkpatrick(12, generator),
        "sherrington_kirkpatrick_pm": sherrington_kirkpatrick(12, generator, law="pm"),
        "edwards_anderson": edwards_anderson(4, 2, generator),
        "edwards_anderson_pm": edwards_anderson(4, 2, generator, law="pm"),
        "edwards_anderson_3d": edwards_anderson(2, 3, generator),
    }


def z_scores(system, sweep, sweeps=600, burn_in=100):
    temperatures = torch.tensor(TEMPERATURES, dtype=torch.float64).repeat_interleave(ROWS // 3)
    numbers = streams(7, range(ROWS))
    states, energies = system.start(numbers), []
    for n in range(sweeps):
        sweep(states, temperatures, numbers)
        if n >= burn_in:
            energies.append(system.energy(states).numpy())
    series = np.stack(energies, 1)  # (row, sweep)
    spectrum = exact.enumerate_energies(system.energy, system.spins)
    scores = []
    for i, temperature in enumerate(TEMPERATURES):
        chains = series[i * ROWS // 3 : (i + 1) * ROWS // 3]
        squares = (chains - chains.mean()) ** 2 / temperature**2
        scores.append((chains.mean() - spectrum.energy(temperature)) / blocking_error(chains))
        scores.append((squares.mean() - spectrum.heat_capacity(temperature)) / blocking_error(squares))
    return np.abs(scores)


@pytest.mark.parametrize("rule", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("name", small_systems())
def test_energies_and_heat_capacities_are_those_of_enumeration(name, rule):
    system = small_systems()[name]
    scores = z_scores(system, lambda *a: system.sweep(*a, rule=rule))
    assert scores.max() < 4, scores


def test_control_a_field_without_its_factor_two_fails():
    system = Ising(4)
    scores = z_scores(system, lambda states, heat, numbers: system.sweep(states, 2 * heat, numbers))
    assert scores.max() > 10


def test_control_all_spins_at_once_fails():
    """Without the checkerboard neighbours move together: Little's parallel dynamics has another stationary law."""
    system = sherrington_kirkpatrick(12, torch.Generator().manual_seed(4))

    def parallel(states, heat, numbers):
        field = states.double() @ system.couplings[0]
        dense_spins.update_together(states, field, heat, numbers)

    assert z_scores(system, parallel).max() > 10


@pytest.mark.parametrize("rule", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("name", small_systems())
def test_compiled_and_vectorised_sweeps_agree_spin_by_spin(name, rule, monkeypatch):
    system, temperatures = small_systems()[name], torch.linspace(0.6, 4.0, 6, dtype=torch.float64)
    states = []
    for compiled in (True, False):
        monkeypatch.setattr(spin_kernels, "compiled", lambda _, compiled=compiled: compiled)
        numbers = streams(3, range(6))
        states.append(system.start(numbers))
        for _ in range(8):
            system.sweep(states[-1], temperatures, numbers, rule)
    assert torch.equal(*states)
    assert 0 < (states[0] == 1).double().mean() < 1


def test_a_replica_does_not_depend_on_its_neighbours_nor_on_the_threads():
    system, temperatures = Ising(64), torch.linspace(1.5, 3.5, 16, dtype=torch.float64)
    before = torch.get_num_threads()

    def run(rows, threads):
        torch.set_num_threads(threads)
        numbers = streams(9, rows)
        states = system.start(numbers)
        for _ in range(4):
            system.sweep(states, temperatures[list(rows)], numbers)
        return states

    try:
        together, part, threaded = run(range(16), 1), run([3, 11], 1), run(range(16), 2)
    finally:
        torch.set_num_threads(before)
    assert torch.equal(together, threaded)
    assert torch.equal(together[[3, 11]], part)
    assert not torch.equal(together[3], together[11])


def test_a_saved_stream_goes_on_bit_for_bit():
    system, heat, numbers = Ising(8), torch.tensor([2.0, 2.6]), streams(2, range(2))
    states = system.start(numbers)
    system.sweep(states, heat, numbers)
    copy, saved = states.clone(), Streams(numbers.keys.clone(), numbers.count)
    system.sweep(states, heat, numbers)
    system.sweep(copy, heat, saved)
    assert torch.equal(states, copy)
    assert saved.count == numbers.count


@pytest.mark.parametrize("size", [1, 5])
def test_an_odd_lattice_has_no_checkerboard(size):
    with pytest.raises(ValueError, match="even side"):
        Ising(size)
    with pytest.raises(ValueError, match="even side"):
        edwards_anderson(size, 2, torch.Generator())
    with pytest.raises(ValueError, match="even side"):
        spins.ising_sweep(torch.ones(2, size, size, dtype=torch.int8), torch.ones(2), streams(0, range(2)))


def test_bad_input_is_one_clear_line():
    system, numbers = Ising(4), streams(0, range(2))
    states = system.start(numbers)
    for heat, rule, words in (
        ([1.0, -1.0], "heat_bath", "temperatures > 0"),
        ([1.0], "heat_bath", "temperatures > 0"),
        ([1.0, 2.0], "wolff", "heat_bath or metropolis"),
    ):
        with pytest.raises(ValueError, match=words) as refusal:
            system.sweep(states, torch.tensor(heat), numbers, rule)
        assert "\n" not in str(refusal.value)
