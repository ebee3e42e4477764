"""Networks A ... F of Friedland et al.: parameters and multiply-adds to the unit, ReLU where they have it."""

import pytest
import torch

from physlearn.models import Helmholtz
from physlearn.models.dropout import set_generator, set_rate

PARAMETERS = {"a": 701386, "b": 1079562, "c": 1144138, "d": 1276618, "e": 1620298, "f": 1686090}
MILLIONS = {"a": 134.1, "b": 124.1, "c": 147.4, "d": 145.1, "e": 124.7, "f": 124.7}  # multiply-adds a picture
STEM = {"c": 978_752, "d": 978_752}


def multiply_adds(model, shape):
    total = 0

    def count(layer, inputs, output):
        nonlocal total
        positions = output[0, 0].numel() if output.ndim == 4 else 1
        total += layer.weight.numel() * positions

    for layer in model.modules():
        if hasattr(layer, "weight"):
            layer.register_forward_hook(count)
    model(torch.zeros(1, *shape))
    return total


@pytest.mark.parametrize("network", PARAMETERS)
def test_counts(network):
    model = Helmholtz((3, 32, 32), 10, network)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[network]
    stem = sum(p.numel() for name in model.strides for p in model.get_submodule(name).parameters())
    assert stem == STEM.get(network, 536_000)
    assert multiply_adds(model, (3, 32, 32)) / 1e6 == pytest.approx(MILLIONS[network], abs=0.05)


def by_hand(model, x, dense, rectified):
    """The network written out once more, without dropout."""
    from torch.nn import functional as F

    convolutions = [layer for layer in model.modules() if isinstance(layer, torch.nn.Conv2d)]
    strided = (3, 6, 9) if len(model.strides) == 9 else (3, 6)
    for i, layer in enumerate(convolutions, 1):
        x = F.conv2d(x, layer.weight, layer.bias, 2 if i in strided else 1, layer.weight.shape[-1] // 2)
        last = i == len(convolutions) and not dense
        x = x if i in strided or last else F.relu(x)
    if dense:
        x = x.flatten(1)
        layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
        for i, layer in enumerate(layers, 1):
            x = F.linear(x, layer.weight, layer.bias)
            x = F.relu(x) if i < len(layers) else x
    else:
        x = x.mean((2, 3))
    return F.relu(x) if rectified else x


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize("network", ["a", "c", "d", "f"])
def test_logits(network, faithful):
    dense = network in "bdef"
    model = Helmholtz((3, 32, 32), 10, network, width=0.25, faithful=faithful).double()
    x = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    found = model(x).detach()
    assert torch.allclose(found, by_hand(model, x, dense, faithful and dense).detach(), atol=1e-10)
    assert bool((found < 0).any()) != (faithful and dense)


def test_dropout_is_on_what_the_strides_leave():
    model = Helmholtz((3, 32, 32), 10, "a", width=0.25).train()
    set_rate(model, 0.5)
    set_generator(model, torch.Generator().manual_seed(3))
    x = torch.ones(1, 3, 32, 32)
    assert not torch.equal(model(x).detach(), model(x).detach())
    assert torch.equal(model.eval()(x).detach(), model(x).detach())


def test_bad_input():
    with pytest.raises(ValueError, match="network=g"):
        Helmholtz((3, 32, 32), 10, "g")
    with pytest.raises(ValueError, match="1/32"):
        Helmholtz((3, 32, 32), 10, "a", width=0.02)
    with pytest.raises(ValueError, match="8 x 8"):
        Helmholtz((3, 4, 4), 10, "a")
