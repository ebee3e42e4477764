"""Imaginary time: exp(-t H) |psi> tends to the ground state. The second way beside DMRG, on open chains.

    exp(-tau H) = e^(-tau h_1/2) ... e^(-tau h_{N-1}/2) e^(-tau h_{N-1}/2) ... e^(-tau h_1/2) + O(tau^3)

One factor for each bond, the fields shared out between the two bonds of a site. A sweep to the right and back is one
step tau: gates are applied where the centre is, and each is followed by a split. Source: Vidal, PRL 93 (2004) 040502.
"""

import torch
from torch import Tensor

from physlearn.quantum.chain import SpinChain
from physlearn.quantum.dmrg import split
from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.state import MatrixProductState


def bond_energies(chain: SpinChain) -> list[Tensor]:
    """H = sum_b h_b of an open chain, (d d, d d) each: a bond has half the field of its sites, an end all of it.

    Raises:
        ValueError: the chain is periodic: its last bond joins no neighbours of a matrix product state.
    """
    if chain.periodic:
        raise ValueError("method=imaginary_time is for open chains. Type state.method=dmrg or system.periodic=false")
    one = torch.eye(chain.physical, dtype=torch.float64)
    left, right = torch.kron(chain.field, one), torch.kron(one, chain.field)
    last = chain.sites - 2
    return [chain.bond + left * (1.0 if b == 0 else 0.5) + right * (1.0 if b == last else 0.5) for b in range(last + 1)]


def gates(chain: SpinChain, step: float) -> list[Tensor]:
    """exp(-step h_b / 2) of every bond, (d d, d d)."""
    return [torch.linalg.matrix_exp(-step / 2 * h) for h in bond_energies(chain)]


def step_at(sweep: int, sweeps: int, first: float) -> float:
    """tau of a sweep, counted from 0: it falls linearly from `first` to 0, and Trotter's error with it."""
    return first * (1 - sweep / sweeps)


def apply_gate(
    state: MatrixProductState, gate: Tensor, bond: int, rightward: bool, cutoff: Cutoff
) -> tuple[float, float]:
    """The gate on sites `bond` and `bond` + 1, of which one is the centre; |psi| = 1 afterwards, the centre moves on.

    Returns:
        Truncation error |theta - theta'| at |theta| = 1, and the entropy of the cut, nats.
    """
    first, second = state.cores[bond], state.cores[bond + 1]
    (a, d, m), b = first.shape, second.shape[2]
    theta = (first.reshape(a * d, m) @ second.reshape(m, d * b)).view(a, d * d, b)
    theta = torch.einsum("pq,aqb->apb", gate, theta).reshape(a * d, d * b)
    return split(state, bond, rightward, theta / torch.linalg.vector_norm(theta), cutoff)
