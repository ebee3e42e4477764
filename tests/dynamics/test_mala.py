"""MALA accepts as often as the Gaussian integral says, and is exact where its proposal alone is far off."""

import pytest
import torch

from physlearn.dynamics import exact
from physlearn.dynamics.mala import MALA
from physlearn.instruments.statistics import mean_and_error

STIFFNESS, TEMPERATURE = 1.7, 0.3


def stream(seed):
    return torch.Generator().manual_seed(seed)


def sample(kind, hk, dimension, weight_decay=0.0, replicas=4000, steps=60):
    """(acceptance of each replica, <x^2> of each replica); the prior takes `weight_decay` of the curvature."""
    x = torch.randn(replicas, dimension, generator=stream(1)).mul_((TEMPERATURE / STIFFNESS) ** 0.5).requires_grad_()
    optimizer = kind([x], hk / STIFFNESS, TEMPERATURE, weight_decay, generator=stream(2))
    likelihood = STIFFNESS - weight_decay

    def closure():
        x.grad = likelihood * x.detach()
        return likelihood / 2 * x.detach().square().sum(1)

    squares = torch.zeros(replicas)
    for _ in range(steps):
        optimizer.step(closure)
        squares += x.detach().square().mean(1)
    return optimizer.acceptance(), squares / steps


class ForgetsTheProposal(MALA):
    """The Metropolis test without the ratio of proposals: a published mistake."""

    def _accept(self, scaled_ratio, temperature):
        return super()._accept(-self.energy_change, temperature)

    def _energy(self, closure):
        energy = super()._energy(closure)
        self.energy_change, self.last = energy - getattr(self, "last", energy), energy
        return energy


@pytest.mark.parametrize("weight_decay", [0.0, 0.6])
@pytest.mark.parametrize(("hk", "dimension"), [(0.5, 5), (0.8, 2), (1.0, 3)])
def test_acceptance_is_the_closed_form_and_the_variance_exact(hk, dimension, weight_decay):
    acceptance, squares = sample(MALA, hk, dimension, weight_decay)
    mean, error = mean_and_error(acceptance)
    assert error < 0.002
    assert abs(mean - exact.mala_acceptance(hk / STIFFNESS, STIFFNESS, dimension)) < 4 * error
    mean, error = mean_and_error(squares)
    assert error < 0.01 * mean
    assert abs(mean - TEMPERATURE / STIFFNESS) < 4 * error


def test_control_without_the_ratio_of_proposals():
    mean, error = mean_and_error(sample(ForgetsTheProposal, 0.8, 2)[1])
    assert abs(mean - TEMPERATURE / STIFFNESS) > 4 * error


def test_a_scalar_energy_is_one_chain():
    x = torch.ones(4, 2, requires_grad=True)
    optimizer = MALA([x], 0.3, TEMPERATURE, generator=stream(3))

    def closure():
        x.grad = x.detach().clone()
        return x.detach().square().sum() / 2

    for _ in range(20):
        before = x.detach().clone()
        energy = optimizer.step(closure)
        assert float(energy) == pytest.approx(float(x.detach().square().sum() / 2))
        assert torch.equal(x.grad, x.detach())
        moved = (x.detach() != before).view(-1)
        assert bool(moved.all()) or not bool(moved.any())
    assert 0 < float(optimizer.acceptance()) < 1


def test_a_proposal_without_a_finite_energy_is_rejected():
    x = torch.ones(2, 1, requires_grad=True)
    optimizer = MALA([x], 0.3, TEMPERATURE, generator=stream(3))
    calls = []

    def closure():
        calls.append(0)
        x.grad = x.detach() * (1.0 if len(calls) % 2 else float("nan"))
        return (x.detach().square().sum(1) / 2) * (1.0 if len(calls) % 2 else float("nan"))

    optimizer.step(closure)
    assert torch.equal(x.detach(), torch.ones(2, 1))
