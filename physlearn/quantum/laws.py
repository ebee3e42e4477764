"""The exact laws of the package, as `task=verify` reads them."""

import math
from collections.abc import Callable

import torch

from physlearn.instruments.law import Law
from physlearn.instruments.statistics import blocking_error
from physlearn.quantum.chain import aklt, heisenberg, tfim
from physlearn.quantum.diagonalisation import ground_state
from physlearn.quantum.dmrg import minimise
from physlearn.quantum.exact import central_charge, tfim_energy, tfim_entropies
from physlearn.quantum.local_energy import LocalEnergy, spins_of
from physlearn.quantum.measure import enumerated
from physlearn.quantum.neural import Boltzmann
from physlearn.quantum.sampler import Chains
from physlearn.streams import stream, stream_seed, streams
from physlearn.tensor.gauge import entanglement_entropies

ROUNDING = 1e-10  # the error given for what is exact up to rounding
SITES, CHAINS, SWEEPS = 8, 500, 60


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Energies and entropies of matrix product states; local energies and samples of a network. On the CPU."""

    def row(name: str, exact: float, measure: Callable[[], tuple[float, float]]) -> Law:
        return Law("quantum", name, float(exact), measure)

    def product(exact: float, chain: object, bond: int) -> Callable[[], tuple[float, float]]:
        def measure() -> tuple[float, float]:
            found = minimise(chain, bond, 1e-8, stream(seed, "laws: state"))
            return found.energies[-1], ROUNDING * abs(exact)

        return measure

    periodic = heisenberg(8, periodic=True)
    closed = 1 - 1 / math.sin(math.pi / 50)
    ferro = tfim(SITES, 1.0, 0.7, periodic=True)
    net = Boltzmann(SITES, 1, stream(seed, "laws: weights"), biases=True, scale=0.3)
    local = LocalEnergy(ferro)
    return [
        row("DMRG: open Ising chain at h = J, 12 sites: 1 - 1/sin(pi/50)", closed, product(closed, tfim(12), 32)),
        row("DMRG: periodic Heisenberg chain, 8 sites", -3.651093408937, product(3.65, periodic, 64)),
        row("DMRG: AKLT chain, 10 sites, bond 2: -2/3 a bond", -6, product(-6, aklt(10), 2)),
        row("DMRG: entropy of half the open critical chain, 12 sites", tfim_entropies(12)[5],
            lambda: (entanglement_entropies(minimise(tfim(12), 32, 1e-8, stream(seed, "laws: state")).state)[5], 1e-8)),
        row("free fermions: E_0 of 10 sites, h = 0.7 J, is that of exact diagonalisation",
            ground_state(tfim(10, 1.0, 0.7, True))[0], lambda: (tfim_energy(10, 1.0, 0.7, True), ROUNDING)),
        row("conformal field theory: S(128) - S(64) = (c/3) ln 2, c = 1/2", 0.5, lambda: (_charge(), 5e-4)),
        row("local energy of the exact state is E_0 everywhere (largest deviation)", 0.0,
            lambda: (_deviation(ferro), ROUNDING)),
        row("samples of a network: <E_loc> is its energy by enumeration", _energy(net, local),
            lambda: _sampled(net, local, seed)),
    ]  # fmt: skip


def _charge() -> float:
    first, second = (tfim_entropies(n, periodic=True)[n // 2 - 1] for n in (64, 128))
    return central_charge(first, second)


def _deviation(chain: object) -> float:
    energy, psi, _ = ground_state(chain)
    place = 2 ** torch.arange(chain.sites - 1, -1, -1)

    def log_psi(states: torch.Tensor) -> torch.Tensor:
        return psi[(states * place).sum(-1)].abs().log()

    every = torch.arange(2**chain.sites)[:, None] // place % 2
    return float((LocalEnergy(chain)(log_psi, every) - energy).abs().max())


@torch.no_grad()
def _energy(net: Boltzmann, local: LocalEnergy) -> float:
    psi = enumerated(lambda states: net(spins_of(states)), local)
    return float(psi @ local.chain.apply(psi))


@torch.no_grad()
def _sampled(net: Boltzmann, local: LocalEnergy, seed: int) -> tuple[float, float]:
    chains = Chains(local.chain, streams(stream_seed(seed, "laws: chains"), range(CHAINS)))
    rows = []
    for sweep in range(SWEEPS):
        chains.sweep(lambda states: net(spins_of(states)))
        if sweep >= SWEEPS // 6:
            rows.append(local(lambda states: net(spins_of(states)), chains.states))
    energies = torch.stack(rows, 1)  # (chain, time)
    return float(energies.mean()), blocking_error(energies.numpy())
