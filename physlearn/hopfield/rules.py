"""Learning rules: patterns xi (pattern, neuron) -> symmetric couplings J (neuron, neuron) with zero diagonal."""

import torch
from torch import Tensor

from physlearn.hopfield.choices import LEARNING_RULES


def hebb(patterns: Tensor) -> Tensor:
    """J = (1/N) sum_mu xi^mu xi^mu^T (Hopfield, PNAS 79, 2554, 1982)."""
    return _without_diagonal((patterns.T @ patterns).div_(patterns.shape[1]))


def projection(patterns: Tensor) -> Tensor:
    """J = X^T (X X^T)^-1 X, the projector onto the patterns (Personnaz, Guyon & Dreyfus, J. Phys. Lett. 46, 1985).

    Before its diagonal is removed J xi = xi; its trace is P, so the mean alignment xi_i (J xi)_i without it is 1 - P/N.

    Raises:
        ValueError: more patterns than neurons, or patterns that depend linearly on one another.
    """
    count, neurons = patterns.shape
    if count > neurons:
        raise ValueError(f"the projection rule stores at most as many patterns as neurons, got {count} > {neurons}")
    exact = patterns.double()
    factor, failed = torch.linalg.cholesky_ex(exact @ exact.T / neurons)  # (pattern, pattern)
    if failed or factor.diagonal().min() < 1e-6:
        raise ValueError("the projection rule needs linearly independent patterns; leave out copies and combinations")
    basis = torch.linalg.solve_triangular(factor, exact, upper=False).to(patterns.dtype)  # orthogonal rows, norm sqrt N
    return _without_diagonal((basis.T @ basis).div_(neurons))


def storkey(patterns: Tensor) -> Tensor:
    """Patterns one after another: J_ij += (xi_i xi_j - xi_i h_ji - h_ij xi_j)/N, h_ij = sum_{k != i,j} J_ik xi_k.

    h_ij is the field on i of the patterns stored before, without j's share; in h_ji i and j change places. Local and
    incremental, like Hebb's rule. Source: Storkey, ICANN (1997), eq. 3.
    """
    neurons = patterns.shape[1]
    couplings = patterns.new_zeros(neurons, neurons)
    for pattern in patterns:
        field = couplings @ pattern  # (neuron,)
        # sum of both h terms: xi_i (h_j - J_ij xi_i) + (h_i - J_ij xi_j) xi_j = xi_i h_j + h_i xi_j - 2 J_ij
        couplings.mul_(1 + 2 / neurons)
        couplings.addr_(pattern, pattern - field, alpha=1 / neurons).addr_(field, pattern, alpha=-1 / neurons)
        _without_diagonal(couplings)
    return couplings


def _without_diagonal(couplings: Tensor) -> Tensor:
    couplings.diagonal().zero_()
    return couplings


RULES = dict(zip(LEARNING_RULES, (hebb, projection, storkey), strict=True))
