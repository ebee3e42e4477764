"""Complex networks: gradient and metric against enumeration, phases that a real network cannot have."""

import math

import pytest
import torch
from networks import generator, of, shaken
from torch import nn

from physlearn.quantum.chain import heisenberg
from physlearn.quantum.local_energy import LocalEnergy, spins_of
from physlearn.quantum.measure import all_states, certified_energy, enumerated, measure
from physlearn.quantum.neural import Boltzmann, SymmetricBoltzmann, log_cosh
from physlearn.quantum.reconfiguration import direction, moments
from physlearn.quantum.sampler import Chains
from physlearn.streams import streams

COMPLEX = torch.complex128
NETS = {
    "each its own": lambda n: Boltzmann(n, 1, generator(1), True, 0.3, COMPLEX),
    "translations": lambda n: SymmetricBoltzmann(n, 2, generator(1), False, 0.3, COMPLEX),
    "by two sites": lambda n: SymmetricBoltzmann(n, 1, generator(1), True, 0.3, COMPLEX, cell=2),
}


def test_log_cosh_of_complex_numbers():
    x = torch.tensor([-800 + 1j, -1.3 - 2j, 0.2j, 3 + 40j, 0.5 - 0.1j, 700 - 9j], dtype=COMPLEX)
    small = x.real.abs() < 300
    assert torch.allclose(log_cosh(x)[small].exp(), x[small].cosh(), rtol=1e-12)
    assert log_cosh(x).real[[0, 5]].tolist() == pytest.approx([800 - math.log(2), 700 - math.log(2)], rel=1e-14)


def test_initial_weights_have_the_scale_in_both_parts():
    weight = Boltzmann(40, 1, generator(2), scale=0.3, dtype=COMPLEX).weight.detach()
    assert float(weight.abs().square().mean()) == pytest.approx(0.09, rel=0.1)
    assert float(weight.imag.square().mean()) == pytest.approx(0.045, rel=0.15)


@torch.no_grad()
@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_holomorphic_gradient_and_metric_against_enumeration(make):
    """N = 8: dE = 2 Re(F* dtheta), |d psi|^2 across psi = dtheta* S dtheta, along a direction and i times it."""
    chain = heisenberg(8, periodic=True)
    local, net = LocalEnergy(chain, sign_rule=False), shaken(make, 8)
    states = all_states(8)[0]
    psi = enumerated(of(net), local)
    there = psi != 0
    energies = local(of(net), states[there])
    assert float(energies.imag.abs().max()) > 0.1  # nothing here is real by chance
    weights = psi[there].abs().square()
    metric, force, mean = moments(net.derivatives(spins_of(states[there])), energies, weights)
    assert mean == pytest.approx(certified_energy(of(net), local), abs=1e-11)
    assert torch.allclose(metric, metric.mH, atol=1e-14)
    assert float(metric.imag.abs().max()) > 1e-3
    vector = nn.utils.parameters_to_vector(net.parameters())
    along = torch.randn(len(vector), generator=generator(3), dtype=COMPLEX)
    along /= torch.linalg.vector_norm(along)
    h = 1e-3

    def across(step):
        """psi and its energy after a step, psi with the phase of that before it."""
        nn.utils.vector_to_parameters(vector + step, net.parameters())
        moved = enumerated(of(net), local)
        overlap = torch.vdot(psi, moved)
        return moved * overlap.conj() / overlap.abs(), certified_energy(of(net), local)

    for turn in (along, 1j * along):
        moved, values = zip(*(across(k * h * turn) for k in (-2, -1, 1, 2)), strict=True)
        slope, change = ((own[0] - 8 * own[1] + 8 * own[2] - own[3]) / (12 * h) for own in (values, moved))
        assert 2 * float(torch.vdot(force, turn).real) == pytest.approx(slope, abs=1e-8)
        assert float(torch.vdot(turn, metric @ turn).real) == pytest.approx(
            float(change.abs().square().sum()), abs=1e-8
        )


@torch.no_grad()
@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_derivatives_are_those_of_a_complex_step(make):
    net, states = shaken(make, 6), all_states(6)[0][::7]
    found = net.derivatives(spins_of(states))
    vector = nn.utils.parameters_to_vector(net.parameters())
    for step in (1e-6, 1e-6j):
        turn = step * torch.ones_like(vector)
        logs = []
        for sign in (1, -1):
            nn.utils.vector_to_parameters(vector + sign * turn, net.parameters())
            logs.append(of(net)(states))
        slope = torch.log((logs[0] - logs[1]).exp()) / 2 / step  # on one branch of the logarithm
        assert torch.allclose(slope, found.sum(1), atol=1e-8)


def test_a_unit_cell_shares_its_weights():
    net, states = shaken(NETS["by two sites"], 8), all_states(8)[0]
    psi = of(net)(states).exp()
    assert torch.allclose(psi, of(net)(states.roll(2, 1)).exp(), atol=1e-12)
    assert not torch.allclose(psi, of(net)(states.roll(1, 1)).exp(), atol=1e-3)
    assert sum(p.numel() for p in net.parameters()) == 2 * (1 * 9 + 1)
    with pytest.raises(ValueError, match="cell=3 is not allowed: it must divide N = 8"):
        SymmetricBoltzmann(8, 1, generator(), cell=3)


def noise_free(net, local, steps, lr=0.1):
    """The energy after so many steps of reconfiguration over all configurations, from lambda = 1 down to 1e-3."""
    states = all_states(local.chain.sites)[0]
    states = states[2 * states.sum(1) == local.chain.sites]
    place = 2 ** torch.arange(local.chain.sites - 1, -1, -1)
    for step in range(steps):
        psi = enumerated(of(net), local)[(states * place).sum(1)]
        metric, force, _ = moments(net.derivatives(spins_of(states)), local(of(net), states), psi.abs().square())
        delta, _ = direction(metric, force, max(0.9**step, 1e-3))
        vector = nn.utils.parameters_to_vector(net.parameters()) - lr * delta
        nn.utils.vector_to_parameters(vector, net.parameters())
    return certified_energy(of(net), local)


@torch.no_grad()
def test_without_the_sign_rule_a_complex_network_finds_what_a_real_one_cannot():
    chain = heisenberg(6, periodic=True)
    exact = -(2 + math.sqrt(13)) / 2
    local = LocalEnergy(chain, sign_rule=False)
    own = noise_free(SymmetricBoltzmann(6, 1, generator(3), True, 0.3, COMPLEX, cell=2), local, 80)
    control = noise_free(SymmetricBoltzmann(6, 1, generator(3), True, 0.3, cell=2), local, 40)
    assert 0 < own - exact < 1e-4 * abs(exact)
    assert control > 0.6 * exact


@torch.no_grad()
def test_a_sampled_complex_energy_is_that_of_enumeration():
    chain = heisenberg(6, periodic=True)
    net = Boltzmann(6, 1, generator(9), True, 0.3, COMPLEX)
    local, walk = LocalEnergy(chain, sign_rule=False), Chains(chain, streams(4, range(400)))
    rows = []
    for sweep in range(18):
        walk.sweep(of(net))
        rows += [local(of(net), walk.sampled())] * (sweep >= 6)
    energies = torch.stack(rows, 1)
    found = measure(energies, chain)
    assert abs(found.energy - certified_energy(of(net), local)) < 4 * found.error
    both = energies.real.var() + energies.imag.var()  # the imaginary part counts in the variance
    assert found.variance == pytest.approx(float(both), rel=1e-12)
    assert found.variance > 1.1 * float(energies.real.var())
