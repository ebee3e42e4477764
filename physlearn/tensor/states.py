"""States with known answers, and states to begin with."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from physlearn.tensor.gauge import canonical
from physlearn.tensor.state import MatrixProductState


def product_state(vectors: Tensor) -> MatrixProductState:
    """psi(s) = prod_j v_j[s_j], bond 1; `vectors` (site, physical)."""
    return MatrixProductState([vector.reshape(1, -1, 1) for vector in vectors])


def ghz(sites: int, dtype: torch.dtype = torch.float64) -> MatrixProductState:
    """(|00...0> + |11...1>)/sqrt(2), bond 2: entropy ln 2 at every cut."""
    middle = torch.zeros(2, 2, 2, dtype=dtype)
    middle[0, 0, 0] = middle[1, 1, 1] = 1
    cores = [middle.clone() for _ in range(sites)]
    cores[0], cores[-1] = cores[0].sum(0, keepdim=True) / 2**0.5, cores[-1].sum(2, keepdim=True)
    return MatrixProductState(cores)


def w_state(sites: int, dtype: torch.dtype = torch.float64) -> MatrixProductState:
    """(|10...0> + |010...0> + ... + |0...01>)/sqrt(N), bond 2: entropy H2(l/N) where l sites are cut off."""
    middle = torch.zeros(2, 2, 2, dtype=dtype)
    middle[0, 0, 0] = middle[1, 0, 1] = middle[0, 1, 1] = 1
    cores = [middle.clone() for _ in range(sites)]
    cores[0], cores[-1] = cores[0][:1] / sites**0.5, cores[-1][:, :, 1:]
    return MatrixProductState(cores)


def aklt(sites: int, dtype: torch.dtype = torch.float64) -> MatrixProductState:
    """The ground state of sum_i S_i.S_{i+1} + (S_i.S_{i+1})^2/3 for spins 1, open, with spin-1/2 ends (up, up).

    A[+] = sqrt(2/3) s+, A[0] = -sqrt(1/3) sz, A[-] = -sqrt(2/3) s-: bond 2, transfer eigenvalues 1 and -1/3 (three).
    Source: Affleck, Kennedy, Lieb and Tasaki, PRL 59 (1987) 799.
    """
    middle = torch.zeros(2, 3, 2, dtype=dtype)
    middle[0, 0, 1] = (2 / 3) ** 0.5
    middle[0, 1, 0], middle[1, 1, 1] = -((1 / 3) ** 0.5), (1 / 3) ** 0.5
    middle[1, 2, 0] = -((2 / 3) ** 0.5)
    cores = [middle.clone() for _ in range(sites)]
    cores[0], cores[-1] = cores[0][:1], cores[-1][:, :, :1]
    return MatrixProductState(cores)


def random_state(
    sites: int, bond: int, generator: torch.Generator, physical: int = 2, dtype: torch.dtype = torch.float64
) -> MatrixProductState:
    """Gaussian cores of bond `bond`, canonical with the centre at site 0, |psi| = 1."""
    bonds = [1, *[bond] * (sites - 1), 1]
    cores = [torch.randn(left, physical, right, generator=generator, dtype=dtype) for left, right in pairwise(bonds)]
    state = canonical(MatrixProductState(cores), 0)
    return MatrixProductState(state.cores, 0.0, 0)


def superposition(states: Sequence[MatrixProductState]) -> MatrixProductState:
    """psi = psi_1 + psi_2 + ..., whose bonds are the sums of theirs: middle cores are block-diagonal.

    Args:
        states: of equal length and physical dimensions; their `log_scale` may differ.

    Raises:
        ValueError: they differ in length or physical dimensions.
    """
    if len({tuple(core.shape[1] for core in state.cores) for state in states}) != 1:
        raise ValueError("states of different lengths or physical dimensions have no sum")
    scale = max(state.log_scale for state in states)
    cores = []
    for site, parts in enumerate(zip(*(state.cores for state in states), strict=True)):
        if site == 0:  # a row of blocks, each times its factor
            factors = [math.exp(state.log_scale - scale) for state in states]
            parts = [factor * part for factor, part in zip(factors, parts, strict=True)]
        ends = site == 0, site == len(states[0]) - 1
        if any(ends):
            cores.append(torch.cat(parts, 2 if ends[0] else 0) if not all(ends) else sum(parts))
            continue
        left, right = (sum(part.shape[axis] for part in parts) for axis in (0, 2))
        block, row, column = parts[0].new_zeros(left, parts[0].shape[1], right), 0, 0
        for part in parts:
            block[row : row + part.shape[0], :, column : column + part.shape[2]] = part
            row, column = row + part.shape[0], column + part.shape[2]
        cores.append(block)
    return MatrixProductState(cores, scale)


def uniform_over(patterns: Tensor, dtype: torch.dtype = torch.float64) -> MatrixProductState:
    """The state whose psi^2 is the same for every one of the different `patterns` int64 (pattern, site), else 0.

    A bond has as many values as patterns that differ left of it, so `truncate` afterwards finds the Schmidt ranks.
    """
    count, sites = patterns.shape
    physical = int(patterns.max()) + 1
    eye = torch.eye(count, dtype=dtype)
    cores = []
    for site in range(sites):
        core = torch.zeros(count, physical, count, dtype=dtype)
        core[torch.arange(count), patterns[:, site]] = eye
        cores.append(core)
    cores[0], cores[-1] = cores[0].sum(0, keepdim=True) / count**0.5, cores[-1].sum(2, keepdim=True)
    return canonical(MatrixProductState(cores), 0)
