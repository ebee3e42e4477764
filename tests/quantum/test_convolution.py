"""The convolutional network: symmetry, gradient row by row, gradient and metric against enumeration."""

import pytest
import torch
from networks import generator, of, shaken
from torch import nn

from physlearn.quantum.chain import tfim
from physlearn.quantum.convolution import Convolution
from physlearn.quantum.local_energy import LocalEnergy, spins_of
from physlearn.quantum.measure import all_states, certified_energy, enumerated
from physlearn.quantum.reconfiguration import moments


def make(sites):
    return Convolution(sites, 2, 3, generator(1), 0.5)


def test_psi_written_out_for_one_configuration():
    net = make(5)
    spins = torch.tensor([1.0, -1, -1, 1, -1], dtype=torch.float64)
    first, second = net.first.detach(), net.second.detach().unflatten(0, (3, 2))  # (k, c), (k, c, d)
    hidden = [[sum(first[k, c] * spins[(i + k) % 5] for k in range(3)).tanh() for c in range(2)] for i in range(5)]
    logs = 0.0
    for i in range(5):
        for d in range(2):
            x = sum(second[k, c, d] * hidden[(i + k) % 5][c] for k in range(3) for c in range(2))
            logs += float(x.cosh().log())
    assert net(spins[None]).item() == pytest.approx(logs, rel=1e-12)
    assert sum(p.numel() for p in net.parameters()) == 2 * 3 + 2 * 2 * 3


@torch.no_grad()
def test_translations_and_the_flip_of_all_spins_change_nothing():
    net, states = shaken(make, 6), all_states(6)[0]
    logs = of(net)(states)
    assert torch.allclose(logs, of(net)(states.roll(1, 1)), atol=1e-12)
    assert torch.allclose(logs, of(net)(1 - states), atol=1e-12)
    assert float(logs.std()) > 0.1


def test_derivatives_row_by_row_are_those_of_each_row():
    net, states = shaken(make, 6), all_states(6)[0][::7]
    found = net.derivatives(spins_of(states))
    for row, state in zip(found, states, strict=True):
        slopes = torch.autograd.grad(net(spins_of(state[None])).sum(), list(net.parameters()))
        assert torch.allclose(row, nn.utils.parameters_to_vector(slopes), atol=1e-12)


@torch.no_grad()
def test_gradient_and_metric_against_enumeration():
    """N = 8: F = (1/2) dE/d theta, and S the metric of |psi>/|psi|."""
    local, net = LocalEnergy(tfim(8, 1.0, 0.7, periodic=True)), shaken(make, 8)
    states = all_states(8)[0]
    weights = enumerated(of(net), local).square()
    metric, force, _ = moments(net.derivatives(spins_of(states)), local(of(net), states), weights)
    vector = nn.utils.parameters_to_vector(net.parameters())
    turn = torch.randn(len(vector), generator=generator(3), dtype=torch.float64)
    turn /= turn.norm()
    h, moved, values = 1e-3, [], []
    for k in (-2, -1, 1, 2):
        nn.utils.vector_to_parameters(vector + k * h * turn, net.parameters())
        moved.append(enumerated(of(net), local))
        values.append(certified_energy(of(net), local))
    slope, change = ((own[0] - 8 * own[1] + 8 * own[2] - own[3]) / (12 * h) for own in (values, moved))
    assert float(force @ turn) == pytest.approx(slope / 2, abs=1e-8)
    assert float(turn @ metric @ turn) == pytest.approx(float(change.square().sum()), abs=1e-8)


def test_a_kernel_longer_than_the_chain_is_refused():
    with pytest.raises(ValueError, match="kernel=9 is not allowed: it must be a whole number from 1 to N = 8"):
        Convolution(8, 2, 9, generator())
