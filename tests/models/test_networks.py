"""The networks are the literature's, to the parameter; their weights begin with the variance that is stated."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from physlearn.models.alexnet import AlexNet
from physlearn.models.layers import initialise
from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.mlp import MLP
from physlearn.models.vgg import VGG16, VGG16CIFAR

CONF = Path(__file__).parents[2] / "conf" / "model"


def on_meta(kind, shape, classes, **options):
    with torch.device("meta"):
        return kind(shape, classes, **options)


def parameters(model, kind=""):
    return sum(p.numel() for name, p in model.named_parameters() if name.endswith(kind))


@pytest.mark.parametrize(
    ("network", "shape", "classes", "weights", "total"),
    [
        (LeNet300, (1, 28, 28), 10, 266_200, 266_610),
        (LeNet5, (1, 28, 28), 10, 430_500, 431_080),
        (AlexNet, (3, 227, 227), 1000, 60_954_656, 60_965_224),
        (AlexNet, (3, 224, 224), 1000, 60_954_656, 60_965_224),
        (VGG16, (3, 224, 224), 1000, 138_344_128, 138_357_544),
    ],
)
def test_parameters_are_those_of_the_literature(network, shape, classes, weights, total):
    model = on_meta(network, shape, classes)
    assert parameters(model) == total
    assert parameters(model, "weight") == weights
    assert model(torch.empty(2, *shape, device="meta")).shape == (2, classes)


def test_vgg16_for_cifar_and_its_width():
    model = on_meta(VGG16CIFAR, (3, 32, 32), 10)
    assert parameters(model) == 14_724_042
    quarter = VGG16CIFAR((3, 32, 32), 10, width=0.25)
    assert quarter(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    assert quarter.fc.in_features == 128


@pytest.mark.parametrize(
    ("network", "shape", "names"),
    [
        (LeNet300, (1, 28, 28), "fc1 fc2 fc3"),
        (LeNet5, (1, 28, 28), "conv1 conv2 fc1 fc2"),
        (AlexNet, (3, 224, 224), "conv1 conv2 conv3 conv4 conv5 fc1 fc2 fc3"),
        (
            VGG16,
            (3, 224, 224),
            "conv1_1 conv1_2 conv2_1 conv2_2 conv3_1 conv3_2 conv3_3 conv4_1 conv4_2 conv4_3 "
            "conv5_1 conv5_2 conv5_3 fc6 fc7 fc8",
        ),
    ],
)
def test_layers_carry_the_names_of_the_papers_tables_in_order(network, shape, names):
    model = on_meta(network, shape, 10)
    assert [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)] == names.split()


def test_input_width_comes_from_the_data():
    assert LeNet300((1, 8, 8), 10).fc1.in_features == 64
    assert MLP((3, 4, 5), 7, widths=[11]).fc1.in_features == 60
    assert MLP((3, 4, 5), 7, widths=[])(torch.zeros(2, 3, 4, 5)).shape == (2, 7)


def test_alexnet_fits_every_picture_that_it_admits():
    """The width of fc1 follows Caffe's rounding up in all three poolings."""
    for side in range(63, 231, 7):
        shape = (3, side, side + 3)
        assert on_meta(AlexNet, shape, 10)(torch.empty(1, *shape, device="meta")).shape == (1, 10)


def test_weights_begin_with_variance_gain_over_fan_in():
    """|z| < 4 for the variance of each layer: 2 / fan_in in hidden layers, 1 / fan_in in the last; biases 0."""
    model = LeNet5((1, 28, 28), 10, generator=torch.Generator().manual_seed(4))
    for name, fan_in, gain in (("conv1", 25, 2), ("conv2", 500, 2), ("fc1", 800, 2), ("fc2", 500, 1)):
        weight, bias = getattr(model, name).weight.detach().double(), getattr(model, name).bias
        n, exact = weight.numel(), gain / fan_in
        assert abs((weight**2).mean() - exact) / (exact * math.sqrt(2 / n)) < 4
        assert abs(weight.mean()) / math.sqrt(exact / n) < 4
        assert not bias.any()


def test_torchs_own_first_weights_fail_the_same_check():
    """Negative control: uniform of variance 1 / (3 fan_in)."""
    torch.manual_seed(4)
    weight = nn.Linear(800, 500).weight.detach()
    assert abs((weight**2).mean() - 2 / 800) / (2 / 800 * math.sqrt(2 / weight.numel())) > 100


def test_a_deep_relu_network_keeps_the_variance_of_its_activations():
    """Mean square of the input of every layer is 1, then 2 <h^2> / 2 = 1; with gain 1 it would be 2^-20 at the end."""
    model = MLP((1, 1, 400), 400, widths=[400] * 20, generator=torch.Generator().manual_seed(4))
    x = torch.randn(200, 1, 1, 400, generator=torch.Generator().manual_seed(5))
    kept = model(x).square().mean()
    faded = initialise(model, torch.Generator().manual_seed(4), gain=1.0)(x).square().mean()
    assert 0.2 < kept < 2.5
    assert faded < 1e-5


def test_weights_come_from_the_generator_that_is_given_and_move_no_other():
    before = torch.get_rng_state()
    a, b, c = (LeNet300((1, 8, 8), 10, generator=torch.Generator().manual_seed(seed)) for seed in (4, 4, 5))
    assert torch.equal(a.fc2.weight, b.fc2.weight)
    assert not torch.equal(a.fc2.weight, c.fc2.weight)
    initialise(c, torch.Generator().manual_seed(4))
    assert torch.equal(a.fc2.weight, c.fc2.weight)
    assert torch.equal(before, torch.get_rng_state())


def test_dropout_reaches_hidden_activations_only():
    """With p near 1 nothing but the last layer's bias is left: dropout sits after the last hidden activation."""
    from physlearn.models.dropout import set_generator, set_rate

    for model in (LeNet300((1, 28, 28), 10), LeNet5((1, 28, 28), 10)):
        set_rate(model, 1 - 1e-9)
        set_generator(model, torch.Generator().manual_seed(4))
        assert not model(torch.ones(5, 1, 28, 28)).any()
        assert model.eval()(torch.ones(5, 1, 28, 28)).any()


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (
            lambda: LeNet5((1, 8, 8), 10),
            "LeNet5 needs images of at least 16 x 16, these are 8 x 8; choose model=lenet300",
        ),
        (lambda: AlexNet((3, 32, 32), 10), "AlexNet needs images of at least 63 x 63, these are 32 x 32"),
        (lambda: VGG16((3, 16, 40), 10), "VGG16 needs images of at least 32 x 32, these are 16 x 40"),
        (lambda: VGG16CIFAR((1, 28, 28), 10), "VGG16CIFAR needs images of at least 32 x 32"),
        (lambda: VGG16CIFAR((3, 32, 32), 10, width=0.01), "model.width=0.01: allowed are numbers from 1/64"),
        (lambda: MLP((1, 8, 8), 10, widths=[100, 0]), "model.widths=[100, 0]: allowed are whole numbers from 1"),
        (lambda: MLP((1, 8, 8), 10, activation="sine"), "model.activation=sine: allowed are relu, tanh"),
    ],
)
def test_what_does_not_fit_is_one_line(make, line):
    with pytest.raises(ValueError, match=" ") as caught:
        make()
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_names_a_network_and_its_arguments(path):
    import importlib

    from omegaconf import OmegaConf

    assert path.read_text().startswith("# ")
    module, _, network = (options := dict(OmegaConf.load(path))).pop("_target_").rpartition(".")
    assert on_meta(getattr(importlib.import_module(module), network), (3, 224, 224), 10, **options).training
