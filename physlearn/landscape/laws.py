"""The exact laws of landscapes, as measured on the machine at hand: what `task=verify` reads."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.landscape.curvature import hessian_product
from physlearn.landscape.energy import Energy, energy_of, flatten
from physlearn.streams import stream

DRAWS = 400  # vectors of signs


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """The trace of a network's Hessian by products with random signs, a tenth of a second."""
    energy, weights = small_network(device, seed)
    hessian = whole_hessian(energy, weights)
    name = "network 3-4-3, random signs v: <v.Hv> = tr H, H by torch.func"
    return [Law("landscape", name, float(hessian.trace()), lambda: trace(energy, weights, seed))]


def small_network(device: torch.device, seed: int) -> tuple[Energy, Tensor]:
    """The energy of a network of 31 weights on 20 random examples, weight decay 0.1, and weights for it."""
    generator = stream(seed, "landscape")
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)).double().to(device)
    for parameter in model.parameters():
        parameter.data.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    x = torch.randn(20, 3, generator=generator, dtype=torch.float64).to(device)
    y = torch.randint(3, (20,), generator=generator).to(device)
    decay = {name: 0.1 for name, _ in model.named_parameters()}
    return energy_of(model, F.cross_entropy, x, y, decay), flatten(dict(model.named_parameters())).detach()


def whole_hessian(energy: Energy, weights: Tensor) -> Tensor:
    """All second derivatives, (parameter, parameter): for small networks. Reverse over reverse mode of torch.func."""
    return torch.func.jacrev(torch.func.jacrev(energy))(weights)


def trace(energy: Energy, weights: Tensor, seed: int) -> tuple[float, float]:
    """Mean and standard error of v.Hv over vectors of random signs (Hutchinson 1990)."""
    product, generator = hessian_product(energy, weights), stream(seed, "signs")
    signs = torch.randint(2, (DRAWS, len(weights)), generator=generator).to(weights) * 2 - 1
    return mean_and_error([float(v @ product(v)) for v in signs])
