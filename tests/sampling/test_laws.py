"""The laws that `task=verify` reads: each within 4 standard errors, and wrong samplers beside them that fail."""

import pytest
import torch

from physlearn.sampling import ExactChains
from physlearn.sampling.laws import exact_chains, free_weights, laws

CPU = torch.device("cpu")
LAWS = laws(CPU)


@pytest.mark.parametrize("law", LAWS, ids=[law.name[:30] for law in LAWS])
def test_law_holds(law):
    mean, error = law.measure()
    assert law.package == "sampling"
    assert error > 0
    assert abs(mean - law.exact) < 4 * error


class Careless(ExactChains):
    def accept(self, change, uniform):
        return torch.ones_like(change, dtype=torch.bool)


@pytest.mark.parametrize("wrong", [dict(kind=Careless, kicks=1), dict(variance=1.2)])
def test_control_every_move_accepted_and_another_prior_fail(wrong):
    mean, error = exact_chains(CPU, 0, **wrong)
    assert abs(mean - LAWS[0].exact) > 6 * error


def test_control_noise_without_the_factor_2_fails():
    mean, error = free_weights(CPU, 0, 1, share=0.5)
    assert abs(mean - LAWS[2].exact) > 6 * error
