"""The exact laws of the package, as `task=verify` reads them."""

from collections.abc import Callable
from functools import cache

import torch

from physlearn.dynamics.mala import MALA
from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.orbitals.averages import Average, summarise
from physlearn.orbitals.chains import Chains
from physlearn.orbitals.exact import entropy, moments
from physlearn.orbitals.grid_born import GridBornMachine
from physlearn.orbitals.inverse import draw
from physlearn.orbitals.orbital import Orbital
from physlearn.streams import stream
from physlearn.tempering.permutation import replicas

LADDER = [1.0, 1.6, 2.5, 4.0]
LADDERS, BURN_IN, SWEEPS, EVERY = 48, 60, 300, 5
STEP = 4.0


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Exact samples against closed forms, chains with exchange across a node, a Born machine against its own cells."""
    independent, lobes = Orbital(3, 2, 1), Orbital(2, 1, 0)

    @cache
    def drawn() -> torch.Tensor:
        return draw(independent, 40_000, stream(seed, "laws: inverse"))

    @cache
    def chains() -> dict[str, Average]:
        return sampled(lobes, device, seed)

    def of_chains(name: str) -> Callable[[], tuple[float, float]]:
        return lambda: (chains()[name].mean, chains()[name].error)

    machine = GridBornMachine((4, 3, 2), bond=4, loops=1)
    points = torch.rand(500, 3, generator=stream(seed, "laws: points"), dtype=torch.float64).square()
    machine.begin(points, stream(seed, "laws: state"))
    for step in range(machine.steps):
        machine.advance(step)
    shares = machine.state.dense().flatten().square()
    cells = float(-torch.xlogy(shares, shares).sum()) - machine.sites * torch.tensor(2.0).log().item()

    def own_entropy() -> tuple[float, float]:
        samples = machine.sample(20_000, stream(seed, "laws: samples"))
        return mean_and_error(-machine.log_density(samples))

    return [
        Law("orbitals", "3d1, inverted distributions: <r> = (3n^2 - l(l+1))/2", moments(independent)["r"],
            lambda: mean_and_error(drawn().norm(dim=1))),
        Law("orbitals", "3d1: <-ln |psi|^2> is the entropy by quadrature", entropy(independent),
            lambda: mean_and_error(independent.energy(drawn()))),
        Law("orbitals", "2p0, MALA with exchange up to T = 4: share of the upper lobe", 0.5, of_chains("region_2")),
        Law("orbitals", "2p0, the same chains: <1/r> = 1/n^2", 0.25, of_chains("inverse_r")),
        Law("orbitals", "2p0, the same chains: virial <x.grad E>/3", 1.0, of_chains("virial")),
        Law("orbitals", "Born machine: <-ln p> of its samples is the entropy of its 2^9 cells", cells, own_entropy),
    ]  # fmt: skip


def sampled(orbital: Orbital, device: torch.device, seed: int) -> dict[str, Average]:
    """Averages over the coldest level of exchanging Metropolis-adjusted chains."""
    noise = stream(seed, "laws: thermal", device)

    def equation(states: torch.nn.Parameter) -> MALA:
        return MALA([states], STEP, torch.ones(len(states), device=device), generator=noise)

    ladder = replicas(LADDER, LADDERS)
    chains = Chains(orbital, ladder, equation, EVERY, stream(seed, "laws: swaps"), device=device)
    series = []
    for sweep in range(BURN_IN + SWEEPS):
        chains.sweep()
        if sweep >= BURN_IN:
            series.append(chains.coldest().clone())
    return summarise(orbital, torch.stack(series, 1))
