"""The predictive average: which steps are kept, and that it is the mean of the probabilities."""

import pytest
import torch

from physlearn.ensemble import predict, probabilities, sample_steps, snapshot
from physlearn.models.mlp import MLP


def test_samples_are_evenly_spaced_and_end_with_the_run():
    steps = sample_steps(1000, burn_in=0.6, keep=8, epoch=50)
    assert steps == [650, 700, 750, 800, 850, 900, 950, 1000]


def test_burn_in_above_one_counts_epochs():
    assert sample_steps(1000, burn_in=3, keep=5, epoch=50)[0] == 150 + 850 // 5


def test_a_short_run_keeps_one_a_step():
    assert sample_steps(7, burn_in=0.5, keep=20, epoch=7) == [5, 6, 7]


def test_a_burn_in_that_leaves_nothing_is_refused():
    with pytest.raises(ValueError, match="must leave steps"):
        sample_steps(100, burn_in=5, keep=3, epoch=20)


def test_prediction_is_the_mean_of_probabilities_not_of_logits():
    """p(y|x) = (1/K) sum_k softmax(f_k(x)); averaging logits or weights, the usual mistakes, is another number."""
    x = torch.randn(40, 1, 3, 3, generator=torch.Generator().manual_seed(1))
    models = [MLP((1, 3, 3), 4, widths=(6,), generator=torch.Generator().manual_seed(k)) for k in range(3)]
    samples = [snapshot(model) for model in models]
    model = models[0]
    before = snapshot(model)
    mean = predict(model, samples, x)
    truth = torch.stack([probabilities(m, x) for m in models]).mean(0)
    with torch.no_grad():
        of_logits = torch.softmax(torch.stack([m(x) for m in models]).mean(0), -1)
    assert torch.allclose(mean, truth, atol=1e-6)
    assert not torch.allclose(of_logits, truth, atol=1e-3)
    assert all(torch.equal(before[name], tensor) for name, tensor in snapshot(model).items())
