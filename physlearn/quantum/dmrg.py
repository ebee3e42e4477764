"""The density-matrix renormalisation group: the energy of a matrix product state, minimised two sites at a time.

    E = min over theta of <theta| H_eff |theta>,      theta = A_k A_{k+1} with the centre on it, |theta| = 1

All other cores are isometries, so that H_eff is H between them: left environment, two tensors of the operator, right
environment. Its lowest eigenvector (Lanczos) is split by singular values, and the centre moves on. Source: White, PRL
69 (1992) 2863; Schollwoeck, Annals of Physics 326 (2011) 96, section 6.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from physlearn.quantum.chain import SpinChain
from physlearn.quantum.lanczos import lowest
from physlearn.quantum.mpo import matrix_product_operator
from physlearn.tensor.born import bond_of
from physlearn.tensor.decomposition import Cutoff, svd
from physlearn.tensor.state import MatrixProductState
from physlearn.tensor.states import random_state

FIRST_BOND = 8
RAMP = 4  # sweeps that are not counted as converged


class OperatorEnvironments:
    """H between the state and itself, left and right of a bond; they move along with a sweep.

    left(j): sites before j, (bond, operator's bond, bond'); right(j): sites from j on, the same order.

    Args:
        cores: of the state, read from the list that the caller changes.
        operator: W_j, (left, s', s, right).
    """

    def __init__(self, cores: list[Tensor], operator: list[Tensor]) -> None:
        self.cores, self.operator = cores, operator
        one = cores[0].new_ones(1, 1, 1)
        self.left: list[Tensor | None] = [one] + [None] * len(cores)
        self.right: list[Tensor | None] = [None] * len(cores) + [one]

    def extend_left(self, site: int) -> None:
        """left(site + 1) from left(site), the core and the operator of the site (counted from 0)."""
        core, w = self.cores[site], self.operator[site]
        (a, d, c), v = core.shape, w.shape[3]
        ket = (self.left[site].reshape(-1, a) @ core.reshape(a, -1)).view(a, -1, d, c)  # (a', w, s, c)
        half = torch.einsum("awsc,wtsv->atvc", ket, w)
        self.left[site + 1] = (core.reshape(-1, c).T @ half.reshape(a * d, v * c)).view(c, v, c)  # (c', v, c)

    def extend_right(self, site: int) -> None:
        """right(site) from right(site + 1), the core and the operator of the site (counted from 0)."""
        core, w = self.cores[site], self.operator[site]
        a, d, c = core.shape
        ket = (core.reshape(-1, c) @ self.right[site + 1].reshape(c, -1)).view(a, d, -1, c)  # (a, s, v, c')
        half = torch.einsum("asvc,wtsv->awtc", ket, w)
        self.right[site] = (half.reshape(-1, d * c) @ core.reshape(a, -1).T).view(a, -1, a)  # (a, w, a')

    def build(self, bond: int) -> None:
        """All that an update of sites `bond` and `bond` + 1 reads."""
        for site in range(bond):
            self.extend_left(site)
        for site in range(len(self.cores) - 1, bond + 1, -1):
            self.extend_right(site)


class Update(NamedTuple):
    """Energy before truncation, truncation error |theta - theta'|, products with H_eff, entropy of the cut (nats)."""

    energy: float
    error: float
    products: int
    entropy: float


def effective_product(left: Tensor, first: Tensor, second: Tensor, right: Tensor) -> Callable[[Tensor], Tensor]:
    """theta -> H_eff theta as two matrix products."""
    a, b = left.shape[0], right.shape[0]
    v = first.shape[3]
    d, e = first.shape[1], second.shape[1]
    before = torch.einsum("xwa,wtsv->xtvas", left, first).reshape(a * d * v, a * d)  # (a' s' v, a s)
    after = torch.einsum("vtsu,buy->vsbty", second, right).reshape(v * e * b, e * b)  # (v t b, t' b')

    def product(theta: Tensor) -> Tensor:
        return ((before @ theta.view(a * d, e * b)).view(a * d, v * e * b) @ after).view(theta.shape)

    return product


def update_bond(
    state: MatrixProductState,
    environments: OperatorEnvironments,
    bond: int,
    rightward: bool,
    cutoff: Cutoff,
    most: int = 8,
    tolerance: float = 1e-12,
) -> Update:
    """Minimises at sites `bond` and `bond` + 1, splits, moves centre and environments on by one site.

    The state is changed in place; its centre is on one of the two sites, |psi| = 1.
    """
    cores, w = state.cores, environments.operator
    a, b = cores[bond].shape[0], cores[bond + 1].shape[2]
    d = cores[bond].shape[1]
    theta = cores[bond].reshape(a * d, -1) @ cores[bond + 1].reshape(-1, d * b)
    product = effective_product(environments.left[bond], w[bond], w[bond + 1], environments.right[bond + 2])
    energy, theta, products = lowest(product, theta, most, tolerance)
    if not math.isfinite(energy):
        return Update(energy, math.nan, products, math.nan)
    error, entropy = split(state, bond, rightward, theta, cutoff)
    environments.extend_left(bond) if rightward else environments.extend_right(bond + 1)
    return Update(energy, error, products, entropy)


def split(state: MatrixProductState, bond: int, rightward: bool, theta: Tensor, cutoff: Cutoff) -> tuple[float, float]:
    """The tensor of two sites, (left s, t right), put back as two cores; truncation error and entropy of the cut."""
    cores = state.cores
    a, d, b = cores[bond].shape[0], cores[bond].shape[1], cores[bond + 1].shape[2]
    u, values, v = svd(theta)
    count = cutoff.kept(values)
    error = float(torch.linalg.vector_norm(values[count:]))
    kept = values[:count] / torch.linalg.vector_norm(values[:count])
    u, v = u[:, :count], v[:count]
    u, v = (u, kept[:, None] * v) if rightward else (u * kept, v)
    cores[bond], cores[bond + 1] = u.reshape(a, d, -1).contiguous(), v.reshape(-1, d, b).contiguous()
    state.center = bond + 1 if rightward else bond
    shares = kept.square()
    return error, float(-torch.xlogy(shares, shares).sum())


def first_state(sites: int, physical: int, generator: torch.Generator) -> MatrixProductState:
    """A random state of bond 2, canonical with the centre at site 0."""
    return random_state(sites, 2, generator, physical)


def bond_in_sweep(sweep: int, bond: int, least: int = 1) -> int:
    """The largest bond of a sweep, counted from 0: 8, 16, 32, ... up to `bond`, so that early sweeps are short.

    Where the exact ground state has a small bond (`least` > 1) the first four sweeps have up to 16: two sites at a time
    a periodic chain of that bond is caught above it. Elsewhere a state that is cut down to a small bond is caught: at
    bond 2 the critical Ising ring of 12 sites then ends at a relative error of 1.7e-2, and at 6e-3 from below.
    """
    growing = FIRST_BOND * 2**sweep
    widest = max(bond, 2 * FIRST_BOND) if least > 1 else bond
    return min(growing, widest) if sweep < RAMP or growing < bond else bond


class Found(NamedTuple):
    """What `minimise` ends with: the state, and the energy after each sweep to the right and back."""

    state: MatrixProductState
    energies: list[float]


def minimise(
    chain: SpinChain,
    bond: int,
    relative: float,
    generator: torch.Generator,
    sweeps: int = 30,
    tolerance: float = 1e-12,
) -> Found:
    """Sweeps until the energy changes by less than tolerance * |E| at the full bond.

    Args:
        chain: the Hamiltonian.
        bond: largest bond.
        relative: singular values below this fraction of the largest are discarded.
        generator: of the first state.
        sweeps: at most.
        tolerance: of the energy.
    """
    state, operator = first_state(chain.sites, chain.physical, generator), matrix_product_operator(chain)
    environments = OperatorEnvironments(state.cores, operator)
    environments.build(0)
    energies: list[float] = []
    for sweep in range(sweeps):
        cutoff = Cutoff(bond_in_sweep(sweep, bond, chain.least_bond), relative)
        for step in range(2 * (chain.sites - 1)):
            energy = update_bond(state, environments, *bond_of(step, chain.sites), cutoff).energy
        energies.append(energy)
        if converged(energies, bond, tolerance, chain.least_bond):
            break
    return Found(state, energies)


def converged(energies: list[float], bond: int, tolerance: float, least: int = 1) -> bool:
    """The last two sweeps had the full bond, and the last one changed the energy by less than tolerance * |E|."""
    full = len(energies) > RAMP and bond_in_sweep(len(energies) - 2, bond, least) == bond
    return full and abs(energies[-1] - energies[-2]) < tolerance * abs(energies[-1])
