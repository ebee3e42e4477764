"""Whole neurons: the count is what the bound allows, what says least goes first; the smaller network is the same."""

import pytest
import torch
from torch import nn

from physlearn.models.alexnet import AlexNet
from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.vgg import VGG16CIFAR
from physlearn.pruning import magnitude
from physlearn.pruning.accounting import account, totals, weight_layers
from physlearn.pruning.criteria import Seen, kept_of
from physlearn.pruning.masks import count, everything, hold, prunable
from physlearn.pruning.neurons import alive_ends, parameters_kept, silence, useful
from physlearn.pruning.smaller import smaller_copy
from physlearn.pruning.structured import whole_neurons

MODELS = {
    "lenet300": (lambda: LeNet300((1, 9, 9), 10), (1, 9, 9)),
    "lenet5": (lambda: LeNet5((1, 20, 20), 10), (1, 20, 20)),
    "vgg": (lambda: VGG16CIFAR((3, 32, 32), 10, width=1 / 16), (3, 32, 32)),
}


def pruned(name, kept):
    model = MODELS[name][0]().eval()
    masks = whole_neurons(Seen(dict(prunable(model))), kept)
    hold(model, masks)
    silence(model, masks)
    return model, masks


def images(shape, number=4):
    return torch.randn(number, *shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", MODELS)
def test_whole_neurons_go_until_the_bound_is_met(name):
    """Every neuron is there with all its weights or with none; one neuron more would be more weights than asked."""
    model = MODELS[name][0]()
    weights, alive = sum(w.numel() for w in prunable(model).values()), {}
    for compression in (1, 2.5, 6.1, 30):
        kept = kept_of(weights, compression)
        masks = whole_neurons(Seen(dict(prunable(model)), alive), kept)
        dearest = 0
        for (layer, (reached, read)), mask in zip(alive_ends(model, masks).items(), masks.values(), strict=False):
            assert torch.equal(reached, read)
            assert reached.any()
            assert torch.equal(mask.flatten(1).any(1), reached), layer
            following = list(masks.values())[list(masks).index(f"{layer}.weight") + 1]
            dearest = max(
                dearest, int(mask.count_nonzero() + following.count_nonzero()) // int(reached.count_nonzero())
            )
        assert kept - dearest < count(masks) <= kept
        assert all(torch.equal(a, b) for a, b in zip(useful(model, masks).values(), masks.values(), strict=True))
        assert not any((masks[n] & ~alive[n]).any() for n in alive)
        alive = masks


@pytest.mark.parametrize("name", MODELS)
def test_the_smaller_network_is_the_same_function_and_counts_as_the_account_does(name):
    shape = MODELS[name][1]
    model, masks = pruned(name, sum(w.numel() for w in prunable(MODELS[name][0]()).values()) // 5)
    small, x = smaller_copy(model), images(shape)
    with torch.no_grad():
        assert torch.allclose(small(x), model(x), atol=1e-4)
    assert sum(w.numel() for w in prunable(small).values()) == count(masks)
    rows, smaller = account(model, masks, shape), account(small, everything(small), shape)
    assert totals(smaller)["flops_dense"] == pytest.approx(
        totals(rows)["flops_weights_fraction"] * totals(rows)["flops_dense"]
    )
    if name != "vgg":  # whose normalisations are counted as they are
        assert sum(p.numel() for p in small.parameters()) == parameters_kept(model, masks)
    assert sum(w.numel() for w in prunable(model).values()) > count(masks), "the network itself is left as it is"


def test_single_weights_leave_neurons_that_are_read():
    """By magnitude at 30x most neurons lose weights, some all that read them: the same function in fewer neurons."""
    model = LeNet300((1, 9, 9), 10).eval()
    masks = useful(model, magnitude(Seen(dict(prunable(model))), 1200))
    hold(model, masks)
    silence(model, masks)
    small, x = smaller_copy(model), images((1, 9, 9))
    with torch.no_grad():
        assert torch.allclose(small(x), model(x), atol=1e-5)
    assert sum(masks["fc1.weight"].any(1)) >= len(small.fc1.weight) > 0
    assert len(small.fc1.weight) < 300


def test_nothing_is_cut_beside_a_grouped_convolution_and_a_dead_layer_keeps_a_neuron():
    grouped = nn.Sequential(
        nn.Conv2d(2, 8, 3), nn.Conv2d(8, 8, 3, groups=2), nn.Conv2d(8, 4, 3), nn.Conv2d(4, 2, 3)
    ).eval()
    with torch.no_grad():
        for layer in grouped[1:]:
            layer.weight[:, 1] = 0
    small, x = smaller_copy(grouped), images((2, 12, 12))
    assert [len(layer.weight) for layer in small] == [8, 8, 3, 2]
    assert torch.allclose(small(x), grouped(x), atol=1e-5)
    dead = LeNet300((1, 9, 9), 10).eval()
    nn.init.zeros_(dead.fc3.weight)
    small, x = smaller_copy(dead), images((1, 9, 9))
    assert len(small.fc2.weight) == 1
    assert torch.allclose(small(x), dead(x), atol=1e-6)


def network(scale=1.0):
    """Ten neurons; the last two are hardly read, the third hardly reads; `scale` changes nothing after a ReLU."""
    generator = torch.Generator().manual_seed(3)
    first, second = torch.randn(10, 6, generator=generator), torch.randn(4, 10, generator=generator)
    second[:, 8:] *= 0.01
    first[2] *= 0.01
    first[5] *= scale
    second[:, 5] /= scale
    return {"fc1.weight": first, "fc2.weight": second}


def test_what_says_least_goes_first_however_a_relu_network_is_scaled():
    """The control, the mean square of a neuron's weights, is told otherwise by a scale that changes no output."""
    for scale in (0.01, 1.0, 100.0):
        masks = whole_neurons(Seen(network(scale)), 7 * 10)
        assert (~masks["fc1.weight"].any(1)).nonzero()[:, 0].tolist() == [2, 8, 9]
    first = network(0.001)["fc1.weight"]
    assert int(first.square().mean(1).argmin()) == 5


def test_layers_are_compared_by_what_they_say_for_their_weights():
    """Two layers of equal neurons: one of the second, which has 30 weights to the other's 12, goes first."""
    weights = {"a": torch.ones(10, 2), "b": torch.ones(10, 10), "c": torch.ones(20, 10)}
    asked = 2 * 10 + 100 + 200 - 1
    masks = whole_neurons(Seen(weights), asked)
    assert [int(mask.any(1).count_nonzero()) for mask in masks.values()] == [10, 9, 20]
    weights["a"][9] *= 0.1  # now the first layer has one that says a hundredth of the others
    assert not whole_neurons(Seen(weights), asked)["a"][9].any()


def test_neurons_that_only_unread_ones_read_go_too():
    model = LeNet300((1, 9, 9), 10).eval()
    with torch.no_grad():
        model.fc3.weight[:, 4] = 0
        model.fc2.weight[:, 7] = 0
        model.fc2.weight[4, 7] = 1
    small, x = smaller_copy(model), images((1, 9, 9))
    assert (len(small.fc1.weight), len(small.fc2.weight)) == (299, 99)
    assert torch.allclose(small(x), model(x), atol=1e-5)


def test_what_cannot_be_done_is_refused():
    with pytest.raises(ValueError, match=r"compression leaves 5 weights, but one neuron in each layer takes 10"):
        whole_neurons(Seen(network()), 5)
    with torch.device("meta"):
        model = AlexNet((3, 67, 67), 4)
    assert any(getattr(layer, "groups", 1) > 1 for layer in weight_layers(model).values())
    with pytest.raises(ValueError, match="none can be taken whole"):
        whole_neurons(Seen(dict(prunable(model))), 10_000)
