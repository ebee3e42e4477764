"""The paper's Tables 2-5 come out of exact layer sizes; masks and activations are counted as they are."""

import pytest
import torch

from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.vgg import VGG16CIFAR
from physlearn.pruning.accounting import (
    account,
    measure_activations,
    positions,
    table,
    totals,
    weight_layers,
)
from physlearn.pruning.published import HAN


@pytest.mark.parametrize(
    ("name", "weights", "kept", "rate", "flops"),
    [
        ("lenet300", 266_200, 21_776, "12.224", "7.52"),
        ("lenet5", 430_500, 36_280, "11.866", "16.18"),
        ("alexnet", 60_954_656, 6_796_192, "8.969", "30.26"),
        ("vgg16", 138_344_128, 10_532_392, "13.135", "20.66"),
    ],
)
def test_the_papers_tables_are_reproduced(name, weights, kept, rate, flops):
    sums = totals(HAN[name].account())
    assert (sums["weights"], round(sums["weights_kept"])) == (weights, kept)
    assert f"{sums['compression']:.3f}" == rate
    assert f"{100 * sums['flops_fraction']:.2f}" == flops


@pytest.mark.parametrize(
    ("name", "layer", "flops", "share"),
    [  # the papers' own columns: FLOP to three digits, FLOP % rounded
        ("lenet300", "fc1", 470e3, 8),
        ("lenet5", "conv2", 3200e3, 10),
        ("alexnet", "conv1", 211e6, 84),
        ("alexnet", "conv2", 448e6, 33),
        ("vgg16", "conv1_2", 3.7e9, 12),
        ("vgg16", "fc6", 206e6, 1),
    ],
)
def test_flops_of_single_layers_are_the_papers(name, layer, flops, share):
    row = next(row for row in HAN[name].account() if row.layer == layer)
    assert row.flops_dense == pytest.approx(flops, rel=0.02)
    assert abs(100 * row.density * row.reads - share) < 1


def test_using_the_layers_own_activations_fails_the_same_check():
    """Negative control: a layer's own activations in place of those that it reads."""
    rows = HAN["lenet300"].account()
    wrong = sum(row.flops_weights * row.activation for row in rows) / sum(row.flops_dense for row in rows)
    assert f"{100 * wrong:.2f}" != "7.52"


def test_masks_are_counted_to_the_weight():
    model = LeNet5((1, 28, 28), 10)
    generator = torch.Generator().manual_seed(4)
    masks = {
        f"{name}.weight": torch.rand(layer.weight.shape, generator=generator) < 0.3
        for name, layer in weight_layers(model).items()
    }
    del masks["fc1.weight"]  # not pruned: kept whole
    rows = account(model, masks, (1, 28, 28))
    assert [row.layer for row in rows] == ["conv1", "conv2", "fc1", "fc2"]
    assert [row.positions for row in rows] == [24 * 24, 8 * 8, 1, 1]
    assert rows[2].kept == rows[2].weights == 400_000
    kept = 400_000 + sum(int(mask.sum()) for mask in masks.values())
    assert totals(rows)["weights_kept"] == kept
    assert totals(rows)["flops_fraction"] == totals(rows)["flops_weights_fraction"]
    assert len(table(rows)[1]) == 5


def test_activations_are_the_shares_that_the_next_layer_reads():
    """A network whose activations are known: fc1 passes the first 2 of 4 inputs on, fc2 one of its two sums."""
    model = LeNet300((1, 2, 2), 2)
    with torch.no_grad():
        for layer in weight_layers(model).values():
            layer.weight.zero_()
        model.fc1.weight[0, 0] = model.fc1.weight[1, 1] = model.fc1.weight[2, 2] = 1.0
        model.fc2.weight[5, 0], model.fc2.weight[6, 1] = 1.0, -1.0
        model.fc3.bias.copy_(torch.tensor([1.0, 0.0]))
    x = torch.tensor([[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, -1.0, 0.0]]).reshape(2, 1, 2, 2)
    found = measure_activations(model, x, chunk=1)
    assert found == {"fc1": 2 / 300, "fc2": 1 / 100, "fc3": 0.5}
    rows = account(model, {}, (1, 2, 2), found)
    assert [row.reads for row in rows] == [1.0, 2 / 300, 1 / 100]
    assert rows[1].flops == 2 * 30_000 * 2 / 300


def test_counting_leaves_the_model_as_it_was():
    model = VGG16CIFAR((3, 32, 32), 10, width=1 / 64)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    measure_activations(model, torch.ones(3, 3, 32, 32))
    assert positions(model, (3, 32, 32))["conv5_3"] == 4
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())
