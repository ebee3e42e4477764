"""Layers that draw nothing when they are made, and the one place where weights are drawn."""

import torch
from torch import nn

Shape = tuple[int, ...]  # (channel, height, width) of images, (feature,) of tables


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A fully connected layer without values yet: torch's own would move the global generator."""
    return nn.Linear(inputs, outputs, device="meta")


def convolution(inputs: int, outputs: int, size: int, **options: int | bool) -> nn.Conv2d:
    """A convolution without values yet; options as `nn.Conv2d` has them."""
    return nn.Conv2d(inputs, outputs, size, device="meta", **options)


@torch.no_grad()
def initialise(model: nn.Module, generator: torch.Generator | None = None, gain: float = 2.0) -> nn.Module:
    """Draw all weights of linear and convolution layers: w ~ N(0, gain / fan_in), in the last layer N(0, 1 / fan_in).

    Biases are 0. gain = 2 keeps the variance of activations from layer to layer with ReLU, gain = 1 with tanh. The last
    layer, which no ReLU follows, gives logits of variance about 1 (times the mean square of what it reads).

    Args:
        model: its layers are filled where they are; layers without values yet are made on torch's default device (and
            left empty where that is ``meta``).
        generator: the stream of the weights; None: a new one, seed 0, so the same weights each time.
        gain: of all layers but the last.

    Source: He et al., Delving deep into rectifiers (2015), eq. 10.
    """
    generator = generator or torch.Generator().manual_seed(0)
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    for layer in layers:
        if layer.weight.is_meta:
            layer.to_empty(device=torch.get_default_device())
        if layer.weight.is_meta:
            continue
        variance = (1.0 if layer is layers[-1] else gain) / layer.weight[0].numel()
        # drawn where the generator lives, so that the device of the model does not change its weights
        noise = torch.empty(layer.weight.shape, dtype=layer.weight.dtype, device=generator.device)
        layer.weight.copy_(noise.normal_(0, variance**0.5, generator=generator))
        if layer.bias is not None:
            layer.bias.zero_()
    return model


def normalised_layers(model: nn.Module) -> list[str]:
    """The layers that normalise over the minibatch in training: the loss of an example then depends on the others."""
    return [name for name, layer in model.named_modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]


def check_size(network: str, shape: Shape, smallest: int) -> None:
    """Refuse images that a network's pooling would leave nothing of.

    Raises:
        ValueError: height or width is below `smallest`; or they are no images.
    """
    if len(shape) != 3:
        raise ValueError(f"{network} needs images; this is a table of {shape[0]} columns; type model=lenet300 or mlp")
    if min(shape[1:]) < smallest:
        raise ValueError(
            f"{network} needs images of at least {smallest} x {smallest}, these are {shape[1]} x {shape[2]}; "
            f"choose model=lenet300 or mlp, which take any size"
        )
