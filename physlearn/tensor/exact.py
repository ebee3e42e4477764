"""Closed forms and enumerations that matrix product states are held against, in float64."""

import math

import torch
from torch import Tensor


def all_states(sites: int, physical: int = 2) -> Tensor:
    """All physical^N configurations, int64 (configuration, site), the first site slowest, as `dense().flatten()`."""
    grid = torch.cartesian_prod(*[torch.arange(physical)] * sites)
    return grid[:, None] if sites == 1 else grid


def probabilities(dense: Tensor) -> Tensor:
    """psi^2 / <psi|psi> of a dense state, flattened: (configuration,)."""
    squares = dense.flatten().square()
    return squares / squares.sum()


def entropy_of_dense(dense: Tensor, cut: int) -> float:
    """-sum p ln p of the squared singular values of psi / |psi| as a matrix (first `cut` sites, the others), nats."""
    matrix = dense.reshape(math.prod(dense.shape[:cut]), -1)
    shares = torch.linalg.svdvals(matrix).square()
    shares = shares / shares.sum()
    return float(-torch.xlogy(shares, shares).sum())


def binary_entropy(p: float) -> float:
    """H2(p) = -p ln p - (1 - p) ln(1 - p), in nats: the W state's entropy at p = l/N."""
    return 0.0 if p in (0.0, 1.0) else -p * math.log(p) - (1 - p) * math.log(1 - p)


def least_nll(rows: Tensor) -> float:
    """The least mean NLL of any distribution on `rows`: the entropy of their frequencies, ln n where all differ.

    Args:
        rows: int64 (row, site).
    """
    counts = torch.unique(rows, dim=0, return_counts=True)[1].double()
    shares = counts / counts.sum()
    return float(-torch.xlogy(shares, shares).sum())


AKLT_BOND_ENERGY = -2 / 3  # of S.S + (S.S)^2/3, every bond


def aklt_correlation(distance: int) -> float:
    """<Sz_i Sz_{i+r}> = (4/3) (-1/3)^r of the infinite AKLT chain, r >= 1."""
    return 4 / 3 * (-1 / 3) ** distance


def chi_square(counts: Tensor, shares: Tensor) -> tuple[float, float]:
    """Pearson's chi^2 = sum (observed - expected)^2 / expected, and the probability of one at least as large.

    Args:
        counts: how often each outcome was seen, (outcome,).
        shares: probability of each outcome, (outcome,); what is missing to 1 is an outcome that was never seen.
    """
    from scipy.stats import chi2

    expected = shares.double() * counts.sum()
    value = float(((counts - expected).square() / expected).sum())
    return value, float(chi2.sf(value, len(counts) - 1))
