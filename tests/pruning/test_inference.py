"""The network in compressed rows computes what the dense one computes; its time is measured, not promised."""

import pytest
import torch

from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.vgg import VGG16CIFAR
from physlearn.pruning import inference
from physlearn.pruning.masks import hold, prunable


def sparse(model, density=0.1):
    generator = torch.Generator().manual_seed(4)
    hold(model, {name: torch.rand(w.shape, generator=generator) < density for name, w in prunable(model).items()})
    return model.eval()


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: LeNet300((1, 9, 9), 10), (1, 9, 9)),
        (lambda: LeNet5((1, 28, 28), 10), (1, 28, 28)),
        (lambda: VGG16CIFAR((3, 32, 32), 10, width=1 / 16), (3, 32, 32)),
        (lambda: torch.nn.Sequential(torch.nn.Conv2d(6, 8, (3, 2), 2, (2, 1), groups=2, bias=False)), (6, 9, 11)),
    ],
)
def test_logits_are_the_dense_networks(make, shape):
    model = sparse(make())
    x = torch.randn(5, *shape, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        assert torch.allclose(inference.sparse_copy(model)(x), model(x), atol=1e-4)


def test_latency_measures_both_and_refuses_networks_that_differ(monkeypatch):
    model, x = sparse(LeNet300((1, 9, 9), 10)), torch.randn(7, 1, 9, 9)
    found = inference.latency(model, x, batches=(1, 20), repeats=5)
    assert [(row.batch, row.form) for row in found] == [(n, form) for n in (1, 20) for form in ("CSR", "smaller")]
    assert all(row.dense > 0 and row.other > 0 and row.quartiles[0] <= row.ratio <= row.quartiles[1] for row in found)
    assert len(inference.table(found)[1]) == 4
    monkeypatch.setattr(inference, "sparse_copy", lambda model: sparse(LeNet300((1, 9, 9), 10), density=0.2))
    with pytest.raises(ArithmeticError, match="logits in the form CSR are not the dense network's"):
        inference.latency(model, x, batches=(1,), repeats=3)


def test_the_table_says_where_sparse_does_not_win():
    rows = [
        inference.Latency(1, "CSR", 2.0, 1.0, 2.0, (1.8, 2.2)),
        inference.Latency(8, "CSR", 1.0, 2.0, 0.5, (0.4, 0.6)),
        inference.Latency(64, "smaller", 1.0, 1.0, 1.0, (0.9, 1.1)),
    ]
    assert [line[-1] for line in inference.table(rows)[1]] == ["faster", "slower", "no different"]
