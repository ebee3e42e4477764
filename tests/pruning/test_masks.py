"""Removed weights are exactly zero after every step of every kind of motion; without the guard they are not."""

import pytest
import torch
from torch.nn import functional as F

from physlearn.dynamics.langevin import Langevin
from physlearn.models.lenet import LeNet5
from physlearn.pruning.criteria import Seen, magnitude
from physlearn.pruning.masks import count, everything, hold, prunable, regrown

OPTIMIZERS = {
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-2),
    "adam": lambda weights: torch.optim.Adam(weights, lr=1e-3, weight_decay=1e-2),
    "langevin": lambda weights: Langevin(weights, 0.01, 1e-3, generator=torch.Generator().manual_seed(3)),
}


def trained(make, guard, before=6, after=6):
    """A network that learns, is pruned to a tenth, and learns on; (model, masks, optimizer)."""
    generator = torch.Generator().manual_seed(0)
    model = LeNet5((1, 16, 16), 3).to(memory_format=torch.channels_last)
    x, y = torch.randn(32, 1, 16, 16, generator=generator), torch.randint(3, (32,), generator=generator)
    optimizer, masks = make(model.parameters()), everything(model)
    for step in range(before + after):
        if step == before:
            masks = magnitude(Seen(prunable(model)), count(masks) // 10)
            hold(model, masks, optimizer if guard else None)

        def closure():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            return loss

        optimizer.step(closure)
        if guard:
            hold(model, masks, optimizer)
            assert regrown(model, masks) == 0
    return model, masks, optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_nothing_grows_back(name):
    model, masks, optimizer = trained(OPTIMIZERS[name], guard=True)
    weights = prunable(model)
    assert regrown(model, masks) == 0
    for weight, mask in zip(weights.values(), masks.values(), strict=True):
        for remembered in optimizer.state[weight].values():
            if torch.is_tensor(remembered) and remembered.shape == weight.shape:
                assert (remembered[~mask] == 0).all()
                assert not mask.any() or (remembered[mask] != 0).any()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_masks_weights_grow_back(name):
    """The negative control: gradients, momentum and noise move nearly all the weights that were set to zero."""
    model, masks, _ = trained(OPTIMIZERS[name], guard=False)
    removed = sum(int((~mask).sum()) for mask in masks.values())
    assert regrown(model, masks) > removed / 2


def test_momentum_alone_moves_a_weight_whose_gradient_is_masked():
    """The negative control for the optimizer's memory: masked gradients are not enough."""
    weight = torch.nn.Parameter(torch.ones(4))
    optimizer, mask = torch.optim.SGD([weight], lr=0.1, momentum=0.9), torch.tensor([True, False, True, False])
    weight.grad = torch.ones(4)
    optimizer.step()
    with torch.no_grad():
        weight *= mask
    weight.grad = torch.ones(4) * mask
    optimizer.step()
    assert (weight[~mask] != 0).all()


def test_hold_raises_where_a_weight_stays():
    """A parameter that cannot be held: its storage is written to by somebody else."""
    model = torch.nn.Linear(5, 5)
    masks = everything(model)
    masks["weight"][0] = False

    class Stubborn(torch.nn.Parameter):
        def mul_(self, other):
            return self

    model.weight = Stubborn(torch.ones(5, 5))
    with pytest.raises(ArithmeticError, match="weight: removed weights are not zero, 5 in all"):
        hold(model, masks)


def test_masks_cover_weights_and_no_biases():
    masks = everything(LeNet5((1, 28, 28), 10))
    assert list(masks) == ["conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight"]
    assert count(masks) == 430_500
