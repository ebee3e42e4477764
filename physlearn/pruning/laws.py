"""The share of a Gaussian layer's signal energy that each criterion keeps, measured: what `task=verify` reads."""

from collections.abc import Callable
from functools import partial

import torch

from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.pruning import criteria, exact
from physlearn.pruning.criteria import Seen
from physlearn.pruning.masks import Masks
from physlearn.streams import stream_seed

WEIGHTS, LAYERS, DENSITY = 100_000, 20, 0.1


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """c = sum of kept w^2 / sum of w^2 at 10 % density: random, at two temperatures, by magnitude; about a second."""

    def row(name: str, beta: float, criterion: Callable[[Seen, int], Masks]) -> Law:
        return Law(
            "pruning", name, exact.boltzmann_signal(DENSITY, beta), partial(signal_kept, criterion, device, seed)
        )

    def boltzmann(beta: float) -> Law:
        name = f"Boltzmann, beta = {beta:g}: c = <w^2 / (1 + exp(-beta (w^2 - mu)))>"
        return row(name, beta, partial(criteria.boltzmann, beta=beta))

    return [
        row("random, 10 % kept: c = f", 0.0, criteria.random),
        boltzmann(0.8),
        boltzmann(5.0),
        row("magnitude, 10 % kept: c = f + 2 x0 phi(x0)", float("inf"), criteria.magnitude),
    ]


def signal_kept(criterion: Callable[[Seen, int], Masks], device: torch.device, seed: int = 0) -> tuple[float, float]:
    """Mean of c over independent Gaussian layers, and its standard error."""
    shares = []
    for layer in range(LAYERS):
        own = stream_seed(seed, f"laws: layer {layer}")
        generator = torch.Generator().manual_seed(own)
        energy = torch.randn(WEIGHTS, generator=generator, dtype=torch.float64).to(device).square()
        mask = criterion(Seen({"weight": energy.sqrt()}, seed=own), round(DENSITY * WEIGHTS))["weight"]
        shares.append(float(energy[mask].sum() / energy.sum()))
    return mean_and_error(shares)
