"""Replicas as rows: every row's loss and gradient is that of the module with those weights, alone."""

import pytest
import torch
from torch import nn

from physlearn.systems.network import Network

DECAY = 0.03


def convolutional():
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(3 * 36, 10))


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 7), nn.ReLU(), nn.Linear(7, 10, bias=False))


@pytest.fixture(params=[perceptron, convolutional])
def network(request):
    torch.manual_seed(3)
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(40, 1, 8, 8, generator=generator, dtype=torch.float64)
    targets = torch.randint(10, (40,), generator=generator)
    return Network(request.param().double(), inputs, targets, DECAY)


def rows(network, replicas=4):
    return network.prior_sample(replicas, 0.01, torch.Generator().manual_seed(8))


def alone(network, row, batch):
    """Energy and gradient of one row by plain autograd on the module itself."""
    nn.utils.vector_to_parameters(row.clone(), network.module.parameters())
    network.module.zero_grad()
    loss = nn.functional.cross_entropy(network.module(batch[0]), batch[1])
    energy = loss + DECAY / 2 * sum(p.square().sum() for p in network.module.parameters())
    energy.backward()
    return energy.detach(), torch.cat([p.grad.flatten() for p in network.module.parameters()])


def test_energies_and_gradients_of_rows_are_those_of_the_module(network):
    states, whole = rows(network), (network.inputs, network.targets)
    energies, gradients = network.energy(states), network.gradient(states)
    for i, row in enumerate(states):
        energy, gradient = alone(network, row, whole)
        torch.testing.assert_close(energies[i], energy)
        torch.testing.assert_close(gradients[i], gradient)


def test_a_batch_for_all_and_a_batch_for_each(network):
    states = rows(network)
    indices = torch.randint(40, (4, 9), generator=torch.Generator().manual_seed(6))
    own = network.inputs[indices], network.targets[indices]
    shared = own[0][2], own[1][2]
    each, same = network.gradient(states, own), network.gradient(states, shared)
    torch.testing.assert_close(
        network.losses(states, shared).mean(1) + network.prior(states), network.energy(states, shared)
    )
    for i, row in enumerate(states):
        torch.testing.assert_close(each[i], alone(network, row, (own[0][i], own[1][i]))[1])
        torch.testing.assert_close(same[i], alone(network, row, shared)[1])


def test_the_gradient_lands_where_it_is_told_to(network):
    states = rows(network)
    buffer = torch.full_like(states, 7.0)
    assert network.gradient(states, into=buffer) is buffer
    torch.testing.assert_close(buffer, network.gradient(states))
    losses, without_prior = network.loss_and_gradient(states)
    torch.testing.assert_close(without_prior, buffer - DECAY * states)
    torch.testing.assert_close(losses, network.energy(states) - network.prior(states))


def test_the_row_of_the_module_and_the_width_of_the_prior(network):
    row = network.row()
    assert row.shape == (1, network.dimension)
    torch.testing.assert_close(network.energy(row)[0], alone(network, row[0], (network.inputs, network.targets))[0])
    draws = network.prior_sample(200, 0.05, torch.Generator().manual_seed(4))
    n, variance = draws.numel(), 0.05 / DECAY
    assert abs(draws.var() / variance - 1) < 4 * (2 / n) ** 0.5


def test_bad_input_is_one_clear_line():
    inputs, targets = torch.zeros(4, 3), torch.zeros(4, dtype=torch.int64)
    plain = nn.Linear(3, 2)
    for make, words in (
        (lambda: Network(plain, inputs, targets[:2]), "equally many"),
        (lambda: Network(plain, inputs, targets, -1.0), "weight_decay"),
        (lambda: Network(nn.BatchNorm1d(3), inputs, targets), "buffers"),
        (lambda: Network(plain, inputs, targets).prior_sample(2, 1.0, torch.Generator()), "weight_decay"),
    ):
        with pytest.raises(ValueError, match=words):
            make()
