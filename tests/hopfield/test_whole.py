"""Whole-number couplings: the same J, the same moves, fields without any rounding."""

import pytest
import torch

from physlearn.dynamics.dense_spins import relax
from physlearn.hopfield import classical
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.patterns import random_patterns
from physlearn.hopfield.whole import whole_couplings
from physlearn.streams import streams


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def network(patterns=8, rule="hebb", dtype=torch.float64):
    return HopfieldNetwork(random_patterns(patterns, 90, seeded(1), dtype), rule)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("patterns", [1, 7, 8])
def test_hebbs_couplings_are_whole_multiples(patterns, dtype):
    """k/N with k even for an even number of patterns: the unit is 2/N then, and 1/N for an odd one."""
    weights = network(patterns, dtype=dtype).weights
    whole, unit = whole_couplings(weights)
    assert unit * 90 == pytest.approx(2 - patterns % 2, rel=1e-6)
    torch.testing.assert_close(unit * whole.to(dtype), weights)


def test_random_dilution_keeps_them_whole():
    pruned = network().dilute(0.3, "random", seeded(2))
    whole, unit = whole_couplings(pruned.weights)
    torch.testing.assert_close(unit * whole.double(), pruned.weights)


@pytest.mark.parametrize("rule", ["projection", "storkey"])
def test_other_couplings_are_not(rule):
    assert whole_couplings(network(rule=rule).weights) is None
    assert whole_couplings(torch.zeros(4, 4)) is None
    wide = torch.tensor([[0.0, 1.0, 40000.0], [1.0, 0.0, 0.0], [40000.0, 0.0, 0.0]])  # no room in 16 bits
    assert whole_couplings(wide) is None


@pytest.mark.parametrize("dynamics", ["asynchronous", "sequential"])
def test_the_moves_are_those_of_the_floating_path(dynamics, monkeypatch):
    states, heat = random_patterns(30, 90, seeded(3), torch.float64), torch.linspace(0, 1.5, 30)
    fast = network().recall(states, heat, dynamics, sweeps=40, generator=seeded(4))
    *_, path = network().trajectory(states, heat, dynamics, sweeps=40, generator=seeded(4))
    monkeypatch.setattr(classical, "whole_couplings", lambda weights: None)
    slow = network().recall(states, heat, dynamics, sweeps=40, generator=seeded(4))
    assert torch.equal(fast, slow)
    assert torch.equal(path, slow)


def test_whole_fields_have_no_error_at_all():
    net = network()
    whole, unit = whole_couplings(net.weights)
    spins = random_patterns(4, 90, seeded(5), torch.int8)
    fields = (spins.int() @ whole.int()).contiguous()
    heat = torch.full((200, 4), 0.9 / unit, dtype=torch.float64)
    relax(spins, fields, whole[None], heat, streams(1, range(4)))
    assert torch.equal(fields, spins.int() @ whole.int())


def test_changed_couplings_are_noticed():
    """In place or replaced: what was made of the old ones is not used for the new ones."""
    states = random_patterns(20, 90, seeded(3), torch.float64)
    for change in (lambda net: net.weights.mul_(-1), lambda net: setattr(net, "weights", -net.weights)):
        net = network()
        net.recall(states, 0.5, sweeps=1)
        change(net)
        assert float(net.energy(net.recall(states, 0.2, sweeps=30)).mean()) < float(net.energy(states).mean()) - 1
