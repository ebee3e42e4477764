"""The weights of a network by layer: what thermometers are read for."""

from torch import Tensor, nn


def by_layer(model: nn.Module) -> dict[str, list[tuple[str, Tensor]]]:
    """Layer -> (name, parameter) of its trained weights and biases, in the order of the module."""
    layers: dict[str, list[tuple[str, Tensor]]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            layers.setdefault(name.rpartition(".")[0] or name, []).append((name, parameter))
    return layers
