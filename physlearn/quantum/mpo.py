"""The Hamiltonian of a chain as a product of tensors, one per site: a matrix product operator.

    W_j of shape (left, s', s, right),      <s'|H|s> = W_1[s'_1, s_1] W_2[s'_2, s_2] ... W_N[s'_N, s_N]

A bond carries: nothing begun, h = sum_a L_a x R_a begun with term a, the closing bond of a periodic chain begun at the
first site with term a, all done. Source: Schollwoeck, Annals of Physics 326 (2011) 96, section 6.1.
"""

import torch
from torch import Tensor

from physlearn.quantum.chain import SpinChain


def matrix_product_operator(chain: SpinChain) -> list[Tensor]:
    """The tensors W_j, (left, s', s, right) each, float64; open ends have dimension 1."""
    left, right = chain.factors
    terms, d = len(left), chain.physical
    one = torch.eye(d, dtype=torch.float64)
    size = 2 + terms * (2 if chain.periodic else 1)
    begun, closing, done = slice(1, 1 + terms), slice(1 + terms, size - 1), size - 1
    whole = torch.zeros(size, size, d, d, dtype=torch.float64)  # (left, right, s', s)
    whole[0, 0] = whole[done, done] = one
    whole[0, begun], whole[begun, done] = left, right
    whole[0, done] = chain.field
    first, last = whole[:1].clone(), whole[:, done:].clone()
    if chain.periodic:
        for term in range(terms):
            whole[closing, closing][term, term] = one
        first[0, closing] = right  # of the bond (N - 1, 0)
        last[closing, 0] = left
    cores = [first, *[whole] * (chain.sites - 2), last]
    return [core.permute(0, 2, 3, 1).contiguous() for core in cores]


def dense_operator(cores: list[Tensor]) -> Tensor:
    """H as a matrix, (d^N, d^N): for small N."""
    grown = torch.ones(1, 1, 1, dtype=cores[0].dtype)  # (s', s, bond)
    for core in cores:
        grown = torch.einsum("xyl,labr->xaybr", grown, core)
        grown = grown.reshape(grown.shape[0] * grown.shape[1], -1, core.shape[3])
    return grown[:, :, 0]


def expectation_of(operator: list[Tensor], cores: list[Tensor]) -> float:
    """<psi|H|psi> / <psi|psi> of the cores (left, physical, right) of a state."""
    between, norm = cores[0].new_ones(1, 1, 1), cores[0].new_ones(1, 1)
    for w, core in zip(operator, cores, strict=True):
        between = torch.einsum("awb,asc,wstv,btd->cvd", between, core, w, core)
        norm = torch.einsum("ab,asc,bsd->cd", norm, core, core)
        size = torch.linalg.matrix_norm(norm)
        between, norm = between / size, norm / size
    return float(between.flatten()[0] / norm.flatten()[0])
