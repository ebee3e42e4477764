"""The exact laws of the package, as `task=verify` reads them."""

from collections.abc import Callable

import torch

from physlearn.hopfield.capacities import dense_error_exact
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.dense import DenseMemory
from physlearn.hopfield.experiments import thermal_overlap
from physlearn.hopfield.patterns import random_patterns
from physlearn.hopfield.theory import order_parameters
from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.streams import stream
from physlearn.systems.exact import Enumeration, all_spins


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Gibbs sampling, the saddle point, the alignment of the projection rule, the bit error of a dense memory."""

    def row(name: str, exact: float, measure: Callable[[torch.device, torch.Generator], tuple[float, float]]) -> Law:
        return Law("hopfield", name, exact, lambda: measure(device, stream(seed, f"laws: {name}")))

    small = HopfieldNetwork(random_patterns(3, 12, stream(seed, "laws: 12 spins"), torch.float64, str(device)))
    return [
        row("heat bath: mean energy of 12 spins at T = 0.6 is Gibbs's", _exact_energy(small, 0.6),
            lambda _, draw: _mean_energy(small, 0.6, draw)),
        row("overlap m of the saddle point, alpha 0.03, T 0.5, N 2000", order_parameters(0.03, 0.5).m,
            lambda device, draw: _overlap(device, 0.03, 0.5, draw)),
        row("projection rule: alignment 1 - alpha, alpha = 0.3, N = 200", 0.7, _alignment),
        row("dense memory x^3, N = 60, K = 200: bit error of one update", dense_error_exact(60, 200, 3), _dense_error),
    ]  # fmt: skip


def _exact_energy(network: HopfieldNetwork, temperature: float) -> float:
    """<E> over all 2^N states, enumerated."""
    states = all_spins(len(network.weights)).to(network.weights)
    return Enumeration(network.energy(states)).energy(temperature)


def _mean_energy(network: HopfieldNetwork, temperature: float, generator: torch.Generator) -> tuple[float, float]:
    """Over independent rows after 60 sweeps; half of them start at a pattern, half at random."""
    start = random_patterns(4000, len(network.weights), generator, torch.float64, str(network.weights.device))
    start[::2] = network.patterns[0]
    return mean_and_error(network.energy(network.recall(start, temperature, sweeps=60, generator=generator)).cpu())


def _overlap(device: torch.device, load: float, temperature: float, generator: torch.Generator) -> tuple[float, float]:
    means = []
    for _ in range(12):
        network = HopfieldNetwork(random_patterns(round(2000 * load), 2000, generator, torch.float32, str(device)))
        means.append(thermal_overlap(network, network.patterns[:8], temperature, 80, 40, generator).mean())
    return mean_and_error(torch.stack(means).cpu())


def _alignment(device: torch.device, generator: torch.Generator) -> tuple[float, float]:
    """The law is exact for every set of patterns: the error given is that of rounding."""
    network = HopfieldNetwork(random_patterns(60, 200, generator, torch.float64, str(device)), "projection")
    aligned = (network.fields(network.patterns) * network.patterns).mean()
    return float(aligned), 1e-12


def _dense_error(_: torch.device, generator: torch.Generator) -> tuple[float, float]:
    errors = []
    for _ in range(40):
        patterns = random_patterns(200, 60, generator)
        errors.append((DenseMemory(patterns, power=3).fields(patterns) * patterns < 0).double().mean())
    return mean_and_error(torch.stack(errors))
