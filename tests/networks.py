"""What tests of neural states share."""

import torch

from physlearn.quantum.local_energy import spins_of


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def of(net):
    """ln psi of states of 0 and 1."""
    return lambda states: net(spins_of(states))


def shaken(make, sites):
    """The net with biases that are not 0."""
    net = make(sites)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator(7), dtype=parameter.dtype)
    return net
