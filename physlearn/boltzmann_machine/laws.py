"""The exact laws of Boltzmann machines, as `task=verify` reads them."""

from collections.abc import Callable

import torch

from physlearn.boltzmann_machine import ais, exact
from physlearn.boltzmann_machine.auditors import Auditors
from physlearn.boltzmann_machine.chains import Tempered
from physlearn.boltzmann_machine.gaussian_hidden import GaussianHiddenMachine
from physlearn.boltzmann_machine.path import Path
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.streams import stream

VISIBLE, HIDDEN = 9, 6
TEMPERATURE, NEURONS, PATTERNS = 0.7, 10, 3
LADDERS, SWEEPS = 1000, 60


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """ln Z by annealing, by its reverse and by auditors; tempered chains; the Hopfield network as a machine."""
    machine = random_machine(seed).to(device)
    path = Path(machine, machine.visible.new_zeros(VISIBLE))
    known = exact.log_z(machine)
    shares = exact.probabilities(machine)  # (configuration,)
    ones = float((shares * exact.all_units(VISIBLE).sum(1)).sum())
    hopfield = GaussianHiddenMachine(_patterns(seed).to(device))

    def row(name: str, value: float, measure: Callable[[], tuple[float, float]]) -> Law:
        return Law("boltzmann_machine", name, float(value), measure)

    def forward() -> tuple[float, float]:
        return ais.log_z(path, ais.forward_work(path, 2000, 100, stream(seed, "laws: AIS", device))[0])[:2]

    def reverse() -> tuple[float, float]:
        start = exact.samples(machine, 2000, stream(seed, "laws: samples"))
        work = ais.reverse_work(path, start, 100, stream(seed, "laws: reverse", device))
        return ais.log_z(path, work, reverse=True)[:2]

    return [
        row("ln Z by annealed importance sampling, 9 x 6 units", known, forward),
        row("ln Z by its reverse from exact samples", known, reverse),
        row("ln Z by auditors along 100 changes of the parameters", known, lambda: audited(path, seed)),
        row("tempered chains: mean number of ones", ones, lambda: tempered(machine, seed)),
        row("Gaussian hidden units: <E> of the Hopfield network at T = 0.7, 10 neurons, 3 patterns",
            hopfield_energy(hopfield, TEMPERATURE), lambda: _sampled(hopfield, seed)),
    ]  # fmt: skip


def random_machine(seed: int) -> RestrictedBoltzmannMachine:
    """A 9 x 6 machine with couplings of standard deviation 1.5, in double precision."""
    drawn = torch.randn(HIDDEN + 1, VISIBLE + 1, generator=stream(seed, "laws: machine"), dtype=torch.float64)
    return RestrictedBoltzmannMachine(1.5 * drawn[1:, 1:], 0.5 * drawn[0, 1:], 0.5 * drawn[1:, 0] - 1)


def audited(path: Path, seed: int) -> tuple[float, float]:
    """ln Z and its error, by 10 groups of 400 auditors from beta = 0 to 1."""
    generator = stream(seed, "laws: auditors", path.base.device)
    auditors = Auditors(path.at(0), path.start(4000, generator), path.log_z_base, 10, generator)
    for k in range(1, 101):
        auditors.follow(path.at(k / 100))
    return auditors.estimate()[:2]


def tempered(machine: RestrictedBoltzmannMachine, seed: int) -> tuple[float, float]:
    """Mean number of ones of the coldest replicas of independent ladders, after so many rounds."""
    device = machine.visible.device
    numbers = stream(seed, "laws: tempered", device), stream(seed, "laws: swaps")
    base = machine.visible.new_zeros(len(machine.visible))
    chains = Tempered(base, LADDERS, 6, 0.1, SWEEPS, *numbers)
    return mean_and_error(chains.sample(machine, base[None]).sum(1).cpu())


def hopfield_energy(machine: GaussianHiddenMachine, temperature: float) -> float:
    """<-|Xi s|^2/2N> over exp(-E/T) by enumeration of the spins."""
    energy = machine.free_energy(2 * exact.all_units(machine.patterns.shape[1]).to(machine.patterns) - 1)
    return float(((-energy / temperature).softmax(0) * energy).sum())


def _sampled(machine: GaussianHiddenMachine, seed: int) -> tuple[float, float]:
    generator = stream(seed, "laws: Gaussian hidden", machine.patterns.device)
    start = torch.ones(4000, NEURONS, dtype=torch.float64, device=machine.patterns.device)
    start[::2, ::2] = -1
    return mean_and_error(machine.free_energy(machine.gibbs(start, TEMPERATURE, 200, generator)).cpu())


def _patterns(seed: int) -> torch.Tensor:
    bits = torch.randint(2, (PATTERNS, NEURONS), generator=stream(seed, "laws: patterns"))
    return 2.0 * bits.double() - 1
