"""Exact diagonalisation of short chains, and the exact ground state of a chain from wherever it is known."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import coo_array, csr_array, eye_array, kron
from scipy.sparse.linalg import eigsh
from torch import Tensor

from physlearn.quantum.chain import SpinChain
from physlearn.tensor.exact import entropy_of_dense

LARGEST = 70_000  # states of a chain that is diagonalised: 16 spins 1/2, 10 spins 1


def sparse_operator(chain: SpinChain) -> csr_array:
    """H as a sparse matrix, (d^N, d^N), the first site slowest."""
    d, sites = chain.physical, chain.sites
    left, right = (part.numpy() for part in chain.factors)
    total = csr_array((d**sites, d**sites))
    bond = coo_array(chain.bond.numpy())

    def embedded(before: int, inner: coo_array, after: int) -> csr_array:
        return kron(kron(eye_array(d**before), inner), eye_array(d**after), format="csr")

    for i, j in chain.bonds:
        if j:
            total += embedded(i, bond, sites - i - 2)
        else:  # L_a on the last site, R_a on the first
            for own, other in zip(left, right, strict=True):
                inner = kron(kron(coo_array(other), eye_array(d ** (sites - 2))), coo_array(own))
                total += inner.tocsr()
    if bool(chain.field.any()):
        for site in range(sites):
            total += embedded(site, coo_array(chain.field.numpy()), sites - site - 1)
    return total


def ground_state(chain: SpinChain) -> tuple[float, Tensor, float]:
    """(E_0, psi of shape (d^N,), gap E_1 - E_0), |psi| = 1, float64, by Lanczos on the sparse matrix (ARPACK).

    Where the gap is 0 psi is one vector of several.

    Raises:
        ValueError: more than 70,000 states.
    """
    count = chain.physical**chain.sites
    if count > LARGEST:
        raise ValueError(f"size={chain.sites}: exact diagonalisation is for at most {LARGEST:,} states, got {count:,}")
    matrix = sparse_operator(chain)
    if count < 64:
        values, vectors = np.linalg.eigh(matrix.toarray())
    else:
        start = np.random.default_rng(0).standard_normal(count)
        values, vectors = eigsh(matrix, k=2, which="SA", v0=start, tol=1e-14)
    order = values.argsort()
    psi = torch.from_numpy(np.ascontiguousarray(vectors[:, order[0]]))
    return float(values[order[0]]), psi, float(values[order[1]] - values[order[0]])


@dataclass(frozen=True)
class Truth:
    """What is known exactly of a ground state.

    Args:
        energy: E_0; None: nothing is known.
        entropies: of the first 1 ... N - 1 sites, nats; None: unknown, or not unique.
        source: in words.
    """

    energy: float | None
    entropies: list[float] | None
    source: str


def truth(chain: SpinChain) -> Truth:
    """The closed form where the chain has one, else exact diagonalisation where the chain is short."""
    if chain.energy is not None:
        return Truth(chain.energy(), chain.entropies() if chain.entropies else None, chain.source)
    if chain.physical**chain.sites > LARGEST:
        return Truth(None, None, "too long for exact diagonalisation")
    energy, psi, gap = ground_state(chain)
    shape = [chain.physical] * chain.sites
    cuts = range(1, chain.sites)
    entropies = [entropy_of_dense(psi.reshape(shape), cut) for cut in cuts] if gap > 1e-9 else None
    return Truth(energy, entropies, f"exact diagonalisation of {math.prod(shape):,} states")
