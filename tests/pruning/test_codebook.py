"""Weight sharing: k-means groups, and a step of shared values that is the projected gradient step."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from physlearn.models.lenet import LeNet300
from physlearn.pruning import codebook
from physlearn.pruning.masks import hold, prunable


@pytest.fixture
def network():
    model = LeNet300((1, 5, 5), 3, generator=torch.Generator().manual_seed(4))
    draw = torch.Generator().manual_seed(5)
    masks = {name: torch.rand(w.shape, generator=draw) < 0.2 for name, w in prunable(model).items()}
    with torch.no_grad():
        model.fc1.bias[:100] = 1.0
    hold(model, masks)
    return model, masks


def test_groups_are_those_of_well_separated_values():
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 4, 500)
    index = codebook.cluster(np.array([-1.0, -0.3, 0.2, 0.9])[truth] + 0.01 * rng.normal(size=500), 4)
    assert np.array_equal(index, truth)
    assert codebook.cluster(np.array([2.0, 1.0, 2.0]), 16).tolist() == [1, 0, 1]
    assert len(codebook.cluster(np.zeros(0), 4)) == 0


def test_a_layer_has_at_most_two_to_the_bits_values_and_its_zeros(network):
    model, masks = network
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    books = codebook.share(model, masks, 3)
    for name, parameter in model.named_parameters():
        where = books[name].where
        assert len(parameter[where].unique()) == books[name].size <= 8
        assert not parameter[~where].any()
        if where.any():  # each value is the mean of what it replaces: the sum stays
            assert torch.isclose(parameter.sum(), before[name].sum(), atol=1e-4)
    assert int(books["fc1.bias"].where.sum()) == 100
    with pytest.raises(ValueError, match="bits=0 is not allowed"):
        codebook.share(model, masks, 0)


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}])
def test_tied_steps_are_the_optimizers_steps_on_the_shared_values(network, settings):
    """Against an optimizer whose parameters are the values c themselves, given (1/n) sum of the members' gradients."""
    model, masks = network
    books = codebook.share(model, masks, 2)
    parameters = dict(model.named_parameters())
    centres = {name: books[name].centres(p).requires_grad_() for name, p in parameters.items()}
    exact = torch.optim.SGD(centres.values(), lr=0.05, **settings)
    tied = torch.optim.SGD(model.parameters(), lr=0.05, **settings)
    x = torch.randn(64, 1, 5, 5, generator=torch.Generator().manual_seed(6))
    for _ in range(5):
        tied.zero_grad()
        F.cross_entropy(model(x), torch.arange(64) % 3).backward()
        for name, p in parameters.items():
            book = books[name]
            total = torch.zeros(book.size).index_add_(0, book.index, p.grad[book.where])
            centres[name].grad = total / book.index.bincount(minlength=book.size)
        tied.step()
        codebook.tie(model, books)
        exact.step()
    for name, p in parameters.items():
        assert torch.allclose(books[name].centres(p), centres[name].detach(), atol=1e-5)
        assert len(p[books[name].where].unique()) <= 4


def test_untied_steps_fail_the_same_check(network):
    """Negative control: without `tie` the groups fall apart."""
    model, masks = network
    books = codebook.share(model, masks, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    x = torch.randn(64, 1, 5, 5, generator=torch.Generator().manual_seed(6))
    F.cross_entropy(model(x), torch.arange(64) % 3).backward()
    optimizer.step()
    assert len(model.fc1.weight[books["fc1.weight"].where].unique()) > 4
