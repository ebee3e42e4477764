"""Replica exchange over a memory: every level samples Gibbs, and cold replicas get out of where they began."""

import math

import pytest
import torch

from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.exchange import exchanging
from physlearn.hopfield.patterns import overlap, random_patterns
from physlearn.systems.exact import all_spins
from physlearn.tempering import swaps
from physlearn.tempering.permutation import replicas

TEMPERATURES, LADDERS, ROUNDS = [0.15, 0.35, 0.7, 1.4], 800, 150


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def network():
    return HopfieldNetwork(random_patterns(3, 12, seeded(5), torch.float64))


def z(seen, exact):
    return float((seen.mean() - exact) / (seen.std() / math.sqrt(len(seen))))


def ends(net):
    """States by level after the last round, (level, ladder, neuron), all rows begun at the first pattern."""
    ladder = replicas(TEMPERATURES, LADDERS)
    states = net.patterns[:1].repeat(LADDERS * len(TEMPERATURES), 1)
    rounds = exchanging(net, states, ladder, seeded(1), seeded(2))
    for _ in range(ROUNDS):
        next(rounds)
    return states[ladder.rows().T]


def scores(net, by_level):
    """z of the mean energy and of the mean overlap with the first pattern, which is 0, at every level."""
    low, found = net.energy(all_spins(12).double()), []
    for level, temperature in zip(by_level, TEMPERATURES, strict=True):
        exact = float((low * (-low / temperature).softmax(0)).sum())
        found += [z(net.energy(level), exact), z(overlap(level, net.patterns[:1]), 0.0)]
    return found


def test_every_level_samples_gibbs_and_forgets_its_start():
    net = network()
    assert max(map(abs, scores(net, ends(net)))) < 4


def test_without_exchange_the_cold_rows_never_leave_their_pattern():
    """Negative control: the same sweeps at fixed temperatures; after 150 of them m at T = 0.15 is still near 1."""
    net = network()
    heat = torch.tensor(TEMPERATURES).repeat_interleave(LADDERS)
    start = net.patterns[:1].expand(len(heat), 12)
    alone = net.recall(start, heat, sweeps=ROUNDS, generator=seeded(1)).view(len(TEMPERATURES), LADDERS, 12)
    assert scores(net, alone)[1] > 50


def test_swaps_without_regard_to_the_energy_are_found_out(monkeypatch):
    """Negative control: every swap accepted heats the cold levels."""
    net = network()
    monkeypatch.setattr(swaps, "probability", lambda reading: torch.ones_like(reading.delta))
    assert max(map(abs, scores(net, ends(net)))) > 20


def test_it_goes_on_bit_for_bit():
    net = network()
    ladder, spins, lots = replicas(TEMPERATURES, 5), seeded(1), seeded(2)
    states = random_patterns(20, 12, seeded(3), torch.float64)
    rounds = exchanging(net, states, ladder, spins, lots)
    for _ in range(7):
        next(rounds)
    saved = states.clone(), ladder.state_dict(), spins.get_state(), lots.get_state()
    for _ in range(7):
        next(rounds)
    again, other, spins2, lots2 = saved[0], replicas(TEMPERATURES, 5), seeded(0), seeded(0)
    other.load_state_dict(saved[1])
    spins2.set_state(saved[2])
    lots2.set_state(saved[3])
    rounds = exchanging(net, again, other, spins2, lots2)
    for _ in range(7):
        next(rounds)
    assert torch.equal(again, states)
    assert torch.equal(other.levels, ladder.levels)


def test_as_many_states_as_replicas():
    with pytest.raises(ValueError, match="20 replicas need as many states, got 3"):
        exchanging(network(), torch.ones(3, 12), replicas(TEMPERATURES, 5), seeded(1), seeded(2))
