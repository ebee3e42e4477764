"""Dropout with a generator of its own and a rate that can be set while the network trains."""

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """y = m x / (1 - p), m = 0 with probability p, else 1, independently for each value (inverted scaling).

    So E[y] = x and Var[y] = x^2 p / (1 - p). With p = `rate` = 0, or after `eval()`, y = x and nothing is drawn.

    Args:
        rate: p, the probability of *dropping*, 0 <= p < 1. Set it at any time: ``layer.rate = p``, or `set_rate`.
        generator: the stream of the masks, on the device of x. A layer that must draw and has none raises
            RuntimeError.

    Raises:
        ValueError: p is outside [0, 1).

    Source: Srivastava et al., Dropout, JMLR 15 (2014), section 4, scaled at training time (section 10).
    """

    def __init__(self, rate: float = 0.0, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.rate = rate
        self.generator = generator

    @property
    def rate(self) -> float:
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"dropout rate {rate}: allowed is 0 <= p < 1, the probability of dropping")
        self._rate = float(rate)

    def forward(self, x: Tensor) -> Tensor:
        if self.rate == 0 or not self.training:
            return x
        if self.generator is None:
            raise RuntimeError("a dropout layer with p > 0 needs a generator: call set_generator(model, generator)")
        keep = 1 - self.rate
        fine = torch.promote_types(x.dtype, torch.float32)  # the numbers of bfloat16 lie 1/256 apart
        uniform = torch.rand(x.shape, generator=self.generator, dtype=fine, device=x.device)
        return x * (uniform < keep).to(x.dtype).div_(keep)  # a comparison is twice as fast as bernoulli_

    def extra_repr(self) -> str:
        return f"rate={self.rate:g}"


def dropout_layers(model: nn.Module) -> list[Dropout]:
    """Every dropout layer of `model`; a loop that sets their rate at each step asks once."""
    return [layer for layer in model.modules() if isinstance(layer, Dropout)]


def set_rate(model: nn.Module, rate: float) -> None:
    """Give every dropout layer of `model` the same rate p, 0 <= p < 1."""
    for layer in dropout_layers(model):
        layer.rate = rate


def set_generator(model: nn.Module, generator: torch.Generator) -> None:
    """Let every dropout layer of `model` draw its masks from `generator`."""
    for layer in dropout_layers(model):
        layer.generator = generator


def replace_dropout(model: nn.Module) -> int:
    """Puts a `Dropout` of rate 0 in the place of every `nn.Dropout` of a model; returns how many there were.

    Names, order and state_dict stay. A layer that is used in two places stays one layer. Layers that drop channels
    (`nn.Dropout2d`) follow another law and stay as they are.
    """
    made: dict[nn.Module, Dropout] = {}
    for parent in list(model.modules()):
        for name, child in list(parent._modules.items()):
            if type(child) is nn.Dropout:
                made.setdefault(child, Dropout().train(child.training))
                parent._modules[name] = made[child]
    return len(made)
