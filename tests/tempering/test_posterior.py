"""A Bayesian perceptron under exchange: the cold level has the energy of single chains, and no preferred sign."""

import numpy as np
import pytest
import torch

from physlearn.data.dataset import load
from physlearn.dynamics.mala import MALA
from physlearn.instruments.statistics import blocking_error
from physlearn.models.mlp import MLP
from physlearn.systems.network import Network
from physlearn.tempering import swaps
from physlearn.tempering.ladder import geometric
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange

EXAMPLES, LEVELS, LADDERS, SWEEPS, BURN_IN = 30, 6, 8, 700, 300


@pytest.fixture(scope="module")
def network():
    data = load("digits", limit=EXAMPLES, validation=0)
    module = MLP(data.shape, data.classes, widths=(1,), activation="tanh")
    return Network(module, data.train_x, data.train_y, weight_decay=3 / EXAMPLES)


def cold(network, swap, levels=LEVELS):
    """Energy and output of the hidden unit at the coldest level, (ladder, sweep) each."""
    ladder = replicas(geometric(1 / EXAMPLES, 2 / EXAMPLES, levels), LADDERS)
    rows = LADDERS * levels
    states = torch.nn.Parameter(network.prior_sample(rows, 1 / EXAMPLES, torch.Generator().manual_seed(1)))
    mover = MALA([states], lr=0.3, generator=torch.Generator().manual_seed(2))
    explore = weight_mover(mover, states, lambda w: (network.energy(w), network.gradient(w)), every=3)
    loop = exchange(
        ladder, explore, lambda: network.energy(states.detach()), torch.Generator().manual_seed(3), swap=swap
    )
    energies, units, example = [], [], network.inputs[0].flatten()
    for sweep in range(BURN_IN + SWEEPS):
        result = next(loop)
        if sweep >= BURN_IN:
            energies.append(result.energies[:, 0].numpy())
            own = states.detach()[ladder.rows()[:, 0]]
            units.append((own[:, :64] @ example + own[:, 64]).tanh().numpy())
    return np.stack(energies, 1), np.stack(units, 1)


def z(one, other):
    return (one.mean() - other.mean()) / np.hypot(blocking_error(one), blocking_error(other))


@pytest.fixture(scope="module")
def alone(network):
    return cold(network, "none", levels=2)


@pytest.mark.slow
def test_the_cold_level_has_the_energy_of_chains_alone_and_no_preferred_sign(network, alone):
    energies, units = cold(network, "deo")
    assert abs(z(energies, alone[0])) < 4
    assert blocking_error(energies) < 0.01 * energies.mean()
    assert abs(units.mean()) < 4 * blocking_error(units)


@pytest.mark.slow
def test_control_swaps_that_are_always_accepted_heat_the_cold_level(network, alone, monkeypatch):
    monkeypatch.setattr(swaps, "probability", lambda statistic: torch.ones_like(statistic.delta))
    energies, _ = cold(network, "deo")
    assert z(energies, alone[0]) > 8
