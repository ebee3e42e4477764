"""An Ising lattice through exchange as in a notebook, and the mover of its replicas."""

from itertools import islice

import numpy as np
import pytest
import torch

from physlearn.streams import stream
from physlearn.systems import exact
from physlearn.systems.spin_glass import sherrington_kirkpatrick
from physlearn.systems.square_lattice import Ising
from physlearn.tempering import diagnostics
from physlearn.tempering.ladder import linear
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange
from physlearn.tempering.spins import spin_replicas


def ten_lines(rule="heat_bath", scale=1.0):
    """(mean energies, their errors, exact energies) of an 8 x 8 lattice at 8 temperatures through T_c."""
    system = Ising(size=8)
    ladder = replicas(linear(1.6, 3.4, 8), ladders=20)
    mover = spin_replicas(system, rows=160, seed=1, rule=rule)
    rounds = exchange(ladder, lambda t: mover.explore(scale * t), mover.measure, stream(1, "swaps"))
    energies = np.stack([result.energies.numpy() for result in islice(rounds, 1900)][400:])
    found = diagnostics.energy(energies)
    return found.mean, found.error, np.array([exact.ising(8, t)[0] for t in ladder.temperatures.tolist()])


@pytest.mark.parametrize("rule", ["heat_bath", "metropolis"])
def test_a_lattice_is_tempered_in_ten_lines(rule):
    mean, error, truth = ten_lines(rule)
    assert np.abs((mean - truth) / error).max() < 4


def test_control_a_sweep_five_percent_too_hot_fails():
    mean, error, truth = ten_lines(scale=1.05)
    assert np.abs((mean - truth) / error).max() > 10


def test_the_numbers_of_a_replica_belong_to_its_global_index():
    """Rows 5 to 8 alone are rows 5 to 8 of ten."""
    system, temperatures = sherrington_kirkpatrick(30, torch.Generator().manual_seed(2)), torch.linspace(0.5, 2, 10)
    every, some, other = (
        spin_replicas(system, rows, seed) for rows, seed in ((10, 3), (range(5, 9), 3), (range(5, 9), 4))
    )
    for _ in range(3):
        every.explore(temperatures)
        some.explore(temperatures[5:9])
        other.explore(temperatures[5:9])
    assert torch.equal(every.states[5:9], some.states)
    assert torch.equal(every.measure()[5:9], some.measure())
    assert not torch.equal(other.states, some.states)


def test_a_saved_mover_goes_on_bit_for_bit():
    temperatures, mover, again = torch.linspace(1.5, 3, 4), spin_replicas(Ising(6), 4, 1), spin_replicas(Ising(6), 4, 1)
    mover.explore(temperatures)
    again.load_state_dict({key: value + 0 for key, value in mover.state_dict().items()})
    mover.explore(temperatures)
    again.explore(temperatures)
    assert torch.equal(mover.states, again.states)
