r"""The Gaussian prior N(0, sigma^2) of the weights: the curvature lambda of the energy follows from its variance.

E(W) = L(W) + sum_w (lambda_w/2) w^2, sampled as exp(-E/T), in one of two families:

    posterior    lambda = 1/(N sigma^2): E does not depend on T, and exp(-E/T) = [p(D|W) p(W)]^(1/NT). The variance that
                 the prior gives by itself is N T sigma^2; T -> 0 is the MAP estimate (the "cold posterior").
    likelihood   lambda = T/sigma^2: exp(-E/T) = exp(-L/T) N(W; 0, sigma^2). The prior keeps its variance sigma^2
                 whatever T is; T -> 0 is maximum likelihood (the "tempered" or power posterior).

They are the same at T = 1/N. Source: Wenzel et al., ICML 2020, section 2 (the first); Grunwald, ALT 2012 (the second).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from physlearn.prior_families import FAMILIES


@dataclass(frozen=True)
class Prior:
    """Variances sigma^2 by the names of the weight tensors, in one of the two families above.

    Args:
        variances: name of a parameter -> sigma^2 of each of its weights.
        family: ``posterior`` or ``likelihood``.

    Raises:
        ValueError: an unknown family, or a variance that is not positive.
    """

    variances: Mapping[str, float]
    family: str

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"family={self.family}: allowed are {', '.join(FAMILIES)}")
        if any(not variance > 0 for variance in self.variances.values()):
            raise ValueError("the variance of a prior must be positive")

    def decay(self, temperature: float, examples: int) -> dict[str, float]:
        """lambda by the names of the weight tensors: 1/(N sigma^2), or T/sigma^2.

        Args:
            temperature: T, nats per example.
            examples: N, of the training set.
        """
        strength = 1 / examples if self.family == "posterior" else temperature
        return {name: strength / variance for name, variance in self.variances.items()}

    @torch.no_grad()
    def draw(self, model: nn.Module, generator: torch.Generator) -> None:
        """Fills the weights and biases with samples of N(0, sigma^2), on the CPU, in the order of their names."""
        for name, weight in model.named_parameters():
            normals = torch.randn(weight.shape, generator=generator, dtype=weight.dtype)
            weight.copy_(normals * self.variances[name] ** 0.5)


def gaussian(model: nn.Module, variance: float, family: str) -> Prior:
    """sigma^2 = `variance` for every weight and bias of `model`."""
    return Prior({name: variance for name, _ in model.named_parameters()}, family)


def usual_variance(temperature: float, examples: int) -> float:
    """The width of the weights that did well on validation sets: sqrt(NT/1000), .01 at T = 0.1/N and .032 at 1/N.

    Between the two families: colder samples want narrower priors than one of fixed variance, and wider ones than the
    cold posterior's N T sigma^2. Chosen on the digits and on MNIST with LeNet-300-100; two digits, so that it can be
    typed. At T = 0 that of T = 1/N.
    """
    return float(f"{((examples * temperature or 1.0) / 1000) ** 0.5:.2g}")


def fan_in(model: nn.Module, scale: float, family: str) -> Prior:
    """sigma^2 = c/(fan-in of the layer) for its weights and biases, c = `scale`; c = 2 is He's initial variance.

    The fan-in is the number of inputs of a unit: of a weight (out, in, ...) the product of all but the first dimension.
    A layer without such a weight (batch normalisation) has fan-in 1.
    """
    weights = dict(model.named_parameters())
    return Prior({name: scale / _fan_in(weights, layer_of(name)) for name in weights}, family)


def layer_of(name: str) -> str:
    """The layer that a parameter belongs to: `fc1` of `fc1.weight`."""
    return name.rpartition(".")[0]


def _fan_in(weights: Mapping[str, Tensor], layer: str) -> int:
    return max(w[0].numel() for name, w in weights.items() if layer_of(name) == layer)
