"""Dead neurons: taking them out changes nothing that the network says, and their weights go to living ones."""

import pytest
import torch
from torch import nn

from physlearn.models.alexnet import AlexNet
from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.vgg import VGG16CIFAR
from physlearn.pruning.criteria import Seen, magnitude, random
from physlearn.pruning.masks import count, everything, hold, prunable
from physlearn.pruning.neurons import alive_ends, gone, parameters_kept, silence, useful, without_dead_neurons


class Grouped(nn.Module):
    """Two convolutions, the second in two groups, then two linear layers on 2 x 2 images."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 6, 3, groups=2)
        self.fc1, self.fc2 = nn.Linear(24, 5), nn.Linear(5, 3)

    def forward(self, x):
        h = self.conv2(self.conv1(x).relu()).relu()
        return self.fc2(self.fc1(h.flatten(1)).relu())


def outputs(model, seed=0):
    torch.manual_seed(seed)
    return model(torch.randn(7, 1, 6, 6))


@pytest.mark.parametrize(
    ("layer", "unread"),
    [
        ("conv1", lambda m: m["conv2.weight"][3:, 1]),  # channel 3 is the second one that the second group reads
        ("conv2", lambda m: m["fc1.weight"][:, 4 * 3 : 4 * 4]),
        ("fc1", lambda m: m["fc2.weight"][:, 3]),
    ],
)
def test_a_neuron_that_nothing_reads(layer, unread):
    """It is found, with the weights that lead to it; without them the network says the same."""
    torch.manual_seed(1)
    model = Grouped()
    masks = everything(model)
    unread(masks).fill_(False)
    hold(model, masks)
    before = outputs(model)
    slimmer = useful(model, masks)
    assert count(slimmer) == count(masks) - model.get_submodule(layer).weight[0].numel()
    assert [int(units.nonzero()) for units in gone(model, slimmer).values() if units.any()] == [3]
    hold(model, slimmer)
    silence(model, slimmer)
    assert torch.equal(outputs(model), before)
    assert model.get_submodule(layer).bias[3] == 0
    assert parameters_kept(model, slimmer) == sum(int(p.count_nonzero()) for p in model.parameters())


def test_a_neuron_that_nothing_reaches():
    """What leads on from it goes as well: it says the same about every picture."""
    model = Grouped()
    masks = everything(model)
    masks["conv1.weight"][3] = False
    slimmer = useful(model, masks)
    assert not slimmer["conv2.weight"][3:, 1].any()
    assert count(slimmer) == count(masks) - 3 * 9


@pytest.mark.parametrize(
    "model", [LeNet300((1, 8, 8), 10), LeNet5((1, 28, 28), 10), VGG16CIFAR((3, 32, 32), 10, width=0.125)]
)
@pytest.mark.parametrize("criterion", [magnitude, random])
def test_the_count_stays_and_the_living_get_the_weights(model, criterion):
    """At compressions where many neurons are dead, none is left, and not a weight is missing."""
    weights = prunable(model)
    kept = sum(w.numel() for w in weights.values()) // 40
    plain = criterion(Seen(weights), kept)
    assert any((~(reached & read)).any() for reached, read in alive_ends(model, plain).values())
    masks = without_dead_neurons(model, lambda alive: criterion(Seen(weights, alive), kept), everything(model))
    assert count(masks) == count(plain) == kept
    assert all(torch.equal(reached, read) for reached, read in alive_ends(model, masks).values())


def test_too_few_weights_for_a_path_are_still_counted():
    model = LeNet300((1, 8, 8), 10)
    weights = prunable(model)
    masks = without_dead_neurons(model, lambda alive: magnitude(Seen(weights, alive), 2), everything(model))
    assert count(masks) == 2


def test_the_chains_of_large_networks_fit():
    """Every layer of AlexNet (grouped) and VGG reads as many neurons as the one before it has."""
    with torch.device("meta"):
        model = AlexNet((3, 64, 64), 10)
    masks = {name: torch.ones(weight.shape, dtype=torch.bool) for name, weight in prunable(model).items()}
    assert all(read.all() and len(read) == len(reached) for reached, read in alive_ends(model, masks).values())
