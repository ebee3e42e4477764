"""Energies, free energies, gradients and Gibbs steps against sums over all configurations."""

import pytest
import torch

from physlearn.boltzmann_machine import exact
from physlearn.boltzmann_machine.laws import random_machine
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine, base_rates, draw
from physlearn.boltzmann_machine.training import Centres, Moments, ascend, moments, spread
from physlearn.streams import stream
from physlearn.tensor.exact import chi_square

MACHINE = random_machine(5)
V, H = exact.all_units(9), exact.all_units(6)


def joint(machine):
    """-E of all pairs, (configuration of v, configuration of h), unit by unit."""
    a, b, W = machine.visible, machine.hidden, machine.weights
    return torch.stack([torch.stack([v @ a + h @ b + h @ W @ v for h in H]) for v in V[:40]])


def plain(machine):
    return Centres(torch.zeros_like(machine.visible), torch.zeros_like(machine.hidden))


def test_free_energies_are_sums_over_the_other_layer():
    pairs = joint(MACHINE)
    every_v, every_h = V[:40].repeat_interleave(64, 0), H.repeat(40, 1)
    torch.testing.assert_close(-MACHINE.energy(every_v, every_h).view(40, 64), pairs)
    torch.testing.assert_close(-MACHINE.free_energy(V[:40]), pairs.logsumexp(1))
    all_pairs = -MACHINE.energy(V.repeat_interleave(64, 0), H.repeat(512, 1)).view(512, 64)
    torch.testing.assert_close(-MACHINE.hidden_free_energy(H), all_pairs.logsumexp(0))


def test_ln_z_is_the_same_over_either_layer_and_over_both():
    turned = RestrictedBoltzmannMachine(MACHINE.weights.T.contiguous(), MACHINE.hidden, MACHINE.visible)
    pairs = -MACHINE.energy(V.repeat_interleave(64, 0), H.repeat(512, 1))
    assert exact.log_z(MACHINE) == pytest.approx(float(pairs.logsumexp(0)), abs=1e-12)
    assert exact.log_z(turned) == pytest.approx(exact.log_z(MACHINE), abs=1e-12)
    assert float(exact.log_likelihood(MACHINE, V).exp().sum()) == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match="at most 20 units, got 21"):
        exact.all_units(21)
    with pytest.raises(ValueError, match=r"weights must be \(hidden, visible\) = \(9, 6\)"):
        RestrictedBoltzmannMachine(MACHINE.weights, MACHINE.hidden, MACHINE.visible)


def test_gibbs_steps_end_in_p_and_those_of_another_rule_do_not(monkeypatch):
    machine = RestrictedBoltzmannMachine(*(0.6 * value for value in MACHINE.parameters))
    shares = exact.probabilities(machine)
    common = shares * 6000 >= 5
    merged = torch.cat((shares[common], 1 - shares[common].sum()[None]))

    def p_value():
        v = machine.gibbs(torch.zeros(6000, 9, dtype=torch.float64), 50, stream(1, "gibbs"))
        counts = torch.bincount((v.long() * 2 ** torch.arange(8, -1, -1)).sum(1), minlength=512)
        return chi_square(torch.cat((counts[common], counts[~common].sum()[None])), merged)[1]

    assert p_value() > 1e-3
    monkeypatch.setattr("physlearn.boltzmann_machine.rbm.draw", lambda fields, numbers: draw(0.8 * fields, numbers))
    assert p_value() < 1e-12


def differentiated(machine, rows, centres=None):
    """The gradient of mean ln p by autograd, in the coordinates whose energy has (v - mu) and (h - lambda)."""
    mu, lam = centres or plain(machine)
    W = machine.weights.clone().requires_grad_()
    a = (machine.visible + lam @ machine.weights).requires_grad_()
    b = (machine.hidden + machine.weights @ mu).requires_grad_()
    own = RestrictedBoltzmannMachine(W, a - lam @ W, b - W @ mu)
    (-own.free_energy(rows).mean() - (-own.free_energy(V)).logsumexp(0)).backward()
    return W, a, b


@pytest.mark.parametrize("centred", [False, True])
def test_an_update_is_the_exact_gradient_in_its_coordinates(centred):
    machine, rows = MACHINE.clone(), V[torch.randperm(512, generator=stream(0, "rows"))[:20]]
    centres = Centres(V[:300].mean(0), torch.linspace(0.1, 0.9, 6).double()) if centred else plain(machine)
    W, a, b = differentiated(machine, rows, centres)
    lr, decay = 0.3, 0.07
    weights = W + lr * W.grad
    ascend(machine, moments(machine, rows), exact.exact_moments(machine), lr, decay, centres)
    torch.testing.assert_close(machine.weights, (weights - lr * decay * W).detach())
    before = a + lr * a.grad - centres.hidden @ weights
    torch.testing.assert_close(machine.visible, before.detach())
    torch.testing.assert_close(machine.hidden, (b + lr * b.grad - weights @ centres.visible).detach())


@pytest.mark.parametrize("centred", [False, True])
def test_spread_is_the_trace_of_the_covariance_row_by_row(centred):
    rows = V[3:60]
    centres = Centres(V[:300].mean(0), torch.linspace(0.1, 0.9, 6).double()) if centred else plain(MACHINE)
    h = MACHINE.hidden_fields(rows).sigmoid()
    products = torch.einsum("rh,rv->rhv", h - centres.hidden, rows - centres.visible)
    table = torch.cat((products.flatten(1), rows, h), 1)  # (row, coordinate)
    assert spread(MACHINE, rows, centres) == pytest.approx(float(table.var(0).sum()), rel=1e-12)


def test_base_rates_are_the_fields_of_the_frequencies():
    rows = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    assert base_rates(rows).sigmoid().tolist() == pytest.approx([3 / 5, 1 / 5])


def test_weighted_moments_are_means():
    weights = torch.linspace(1, 2, 512).double().softmax(0)
    found = moments(MACHINE, V, weights)
    h = MACHINE.hidden_fields(V).sigmoid()
    expected = Moments(torch.einsum("r,rh,rv->hv", weights, h, V), weights @ V, weights @ h)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
