"""Distillation: the energy of a pupil, against its definition and at its minimum."""

import pytest
import torch

from physlearn.pruning.teaching import softened, taught


@pytest.fixture
def logits():
    generator = torch.Generator().manual_seed(2)
    return [2 * torch.randn(7, 4, generator=generator).double() for _ in range(3)]


def test_teachers_are_averaged_as_probabilities(logits):
    """(1/K) sum softmax(f_k / tau) by hand; the softmax of the mean logits is another thing."""
    expected = sum(torch.exp(f / 1.7) / torch.exp(f / 1.7).sum(1, keepdim=True) for f in logits) / 3
    torch.testing.assert_close(softened(iter(logits), 1.7), expected)
    assert (softened(iter(logits), 1.7) - (sum(logits) / 3 / 1.7).softmax(1)).abs().max() > 0.01


def test_the_energy_is_its_definition(logits):
    p, f = softened(logits[:2], 1.7), logits[2]
    expected = (
        0.4 * 0.9
        - 0.6
        * 1.7**2
        * sum(p[i, c] * (f[i, c] / 1.7 - torch.logsumexp(f[i] / 1.7, 0)) for i in range(7) for c in range(4))
        / 7
    )
    torch.testing.assert_close(taught(torch.tensor(0.9).double(), f, p, 0.6, 1.7), expected)


def test_a_pupil_that_says_the_same_is_at_rest_and_another_is_pulled_by_tau_times_the_difference(logits):
    """dE/df = a tau (softmax(f/tau) - p) / N: 0 where they agree; tau^2 makes it tau, not 1/tau."""
    p = softened(logits[:1], 3.0)
    for pupil in (logits[0], logits[1]):
        f = pupil.clone().requires_grad_()
        taught(torch.tensor(0.0).double(), f, p, 0.6, 3.0).backward()
        torch.testing.assert_close(f.grad, 0.6 * 3.0 * ((pupil / 3).softmax(1) - p) / 7)
