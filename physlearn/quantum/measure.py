"""What is said of a sampled energy: error, variance, whether the chains moved; and the energy without sampling."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from physlearn.instruments.chains import r_hat
from physlearn.instruments.statistics import autocorrelation_time, blocking_error
from physlearn.quantum.chain import SpinChain
from physlearn.quantum.local_energy import LocalEnergy

LARGEST = 20  # spins of a state that is enumerated
FROZEN = 1e-4  # share of accepted moves below which a chain counts as frozen
NOT_ONE_LAW = 1.05  # R-hat above which chains have not sampled one law


class Magnetisation(NamedTuple):
    """<sum_i s_i>/N of samples, its standard error, and R-hat of the chains: above 1 where they do not change wells."""

    mean: float
    error: float
    r_hat: float


class Measured(NamedTuple):
    """<E_loc>, its standard error, Var E_loc, the V-score, autocorrelation time in sweeps and R-hat of the chains."""

    energy: float
    error: float
    variance: float
    v_score: float
    autocorrelation: float
    r_hat: float


def measure(energies: Tensor, chain: SpinChain) -> Measured:
    """Mean and error of local energies, (chain, time), by blocking: correlated samples are not counted as independent.

    Of complex ones the energy is the mean of the real part, and the variance <|E_loc - <E_loc>|^2>.

    V-score = N Var E_loc / (E - E_inf)^2, E_inf the energy at infinite temperature: 0 for an eigenstate, comparable
    between systems. Source: Wu et al., Science 386 (2024) 296 (arXiv 2302.04919).
    """
    series = energies.real.numpy()
    mean, variance = float(energies.mean().real), float(energies.var())
    d = chain.physical
    infinite = len(chain.bonds) * float(chain.bond.trace()) / d**2 + chain.sites * float(chain.field.trace()) / d
    score = chain.sites * variance / (mean - infinite) ** 2 if mean != infinite else math.nan
    return Measured(mean, blocking_error(series), variance, score, autocorrelation_time(series), r_hat(series))


def measure_magnetisation(series: Tensor) -> Magnetisation:
    """Of sum_i s_i/N, (chain, time).

    The two wells of an ordered state have the same energies: only this tells whether chains go from one to the other.
    """
    values = series.numpy()
    return Magnetisation(float(series.mean()), blocking_error(values), r_hat(values))


def warnings_of(moved: Tensor, moves: int, found: Measured) -> list[str]:
    """What makes a sampled energy doubtful, in sentences.

    Args:
        moved: accepted moves of every chain.
        moves: attempted ones of each.
        found: of the same samples.
    """
    frozen = int((moved < FROZEN * moves).sum())
    told = [f"{frozen} of {len(moved)} chains froze: hardly one of their {moves:,} moves was accepted."] * (frozen > 0)
    if found.r_hat > NOT_ONE_LAW:
        told.append(
            f"The chains have not sampled one law (R-hat {found.r_hat:.3f}): the error of the energy is too small."
        )
    return told


def all_states(sites: int, chunk: int = 2**14) -> list[Tensor]:
    """Every configuration of spins 1/2 in pieces, int64 (row, site), the first site slowest.

    Raises:
        ValueError: more than 20 sites.
    """
    if sites > LARGEST:
        raise ValueError(f"size={sites}: at most {LARGEST} spins are enumerated")
    place = torch.arange(sites - 1, -1, -1)
    return [part[:, None] >> place & 1 for part in torch.arange(2**sites).split(chunk)]


def enumerated(log_psi: Callable[[Tensor], Tensor], local: LocalEnergy) -> Tensor:
    """psi of all 2^N configurations, (2^N,), |psi| = 1, with the signs of `local`; S^z = 0 alone where it is kept."""
    chain = local.chain
    logs, signs = [], []
    for states in all_states(chain.sites):
        own = log_psi(states)
        if chain.conserves_sz:
            own = torch.where(2 * states.sum(1) == chain.sites, own, -math.inf)
        logs.append(own)
        signs.append(local.signs(states))
    whole = torch.cat(logs)
    psi = torch.cat(signs) * (whole - whole.real.max()).exp()
    return psi / torch.linalg.vector_norm(psi)


def certified_energy(log_psi: Callable[[Tensor], Tensor], local: LocalEnergy) -> float:
    """<psi|H|psi> by enumeration of all 2^N configurations: nothing is sampled."""
    return energy_of(enumerated(log_psi, local), local.chain)


def energy_of(psi: Tensor, chain: SpinChain) -> float:
    """<psi|H|psi> of a dense state, (2^N,), |psi| = 1."""
    return float(torch.vdot(psi, chain.apply(psi)).real)


def magnetisation_of(psi: Tensor, sites: int) -> float:
    """<sum_i s_i>/N of a dense state of spins 1/2, (2^N,), |psi| = 1."""
    up = torch.cat([2 * (states == 0).sum(1) - sites for states in all_states(sites)])  # (2^N,)
    return float(psi.abs().square() @ up.double()) / sites
