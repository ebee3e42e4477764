"""Closed forms of ground states: free fermions for the Ising chain at any length, and what is known of the others.

H = -J sum Z Z - h sum X is quadratic in fermions: sum_k eps_k (n_k - 1/2) with eps_k/2 the singular values of the N x N
matrix M with h on the diagonal and J above it (on a periodic chain -J in the lower corner: the ground state has even
parity). With M = U S V^T the correlations are G = U V^T, and a block's entropy is that of independent modes with the
singular values of G restricted to it. Sources: Pfeuty, Annals of Physics 57 (1970) 79; Vidal, Latorre, Rico and Kitaev,
PRL 90 (2003) 227902.
"""

import math

import numpy as np

HEISENBERG_DENSITY = 0.25 - math.log(2)  # energy per site of the infinite Heisenberg chain


def tfim_matrix(size: int, coupling: float, field: float, periodic: bool) -> np.ndarray:
    """M, (N, N)."""
    matrix = field * np.eye(size) + coupling * np.eye(size, k=1)
    if periodic:
        matrix[-1, 0] = -coupling
    return matrix


def tfim_energy(size: int, coupling: float = 1.0, field: float = 1.0, periodic: bool = False) -> float:
    """E_0 = -sum of the singular values of M.

    On a periodic chain of even N this is -sum over k = (2m + 1) pi/N of sqrt(J^2 + h^2 - 2 J h cos k).

    Raises:
        ValueError: a periodic chain of odd N: for J > h its lowest state of this form has the wrong parity.
    """
    if periodic and size % 2:
        raise ValueError(f"size={size} is not allowed: the closed form of a periodic chain needs N even")
    return -float(np.linalg.svd(tfim_matrix(size, coupling, field, periodic), compute_uv=False).sum())


def tfim_entropies(size: int, coupling: float = 1.0, field: float = 1.0, periodic: bool = False) -> list[float]:
    """S of the first l sites, nats, l = 1 ... N - 1: sum of H2((1 + g)/2) over singular values g of G[block, block]."""
    left, _, right = np.linalg.svd(tfim_matrix(size, coupling, field, periodic))
    correlations = left @ right
    found = []
    for length in range(1, size):
        block = correlations[:length, :length]
        g = np.linalg.svd(block, compute_uv=False).clip(0, 1)
        shares = np.stack(((1 + g) / 2, (1 - g) / 2))
        found.append(float(-(shares * np.log(np.where(shares > 0, shares, 1))).sum()))
    return found


def fitted_charge(entropies: list[float], periodic: bool) -> float:
    """c of S(l) = (c/3) ln sin(pi l/N) + constant (c/6 on open chains), fitted to the middle half of the cuts."""
    length = np.arange(1, len(entropies) + 1)
    middle = np.abs(2 * length / (len(length) + 1) - 1) <= 0.5
    chord = np.log(np.sin(np.pi * length / (len(length) + 1)))
    return float(np.polyfit(chord[middle], np.asarray(entropies)[middle], 1)[0]) * (3 if periodic else 6)


def central_charge(first: float, second: float, periodic: bool = True) -> float:
    """c from half-chain entropies at N and 2 N: S(2N) - S(N) = (c/3) ln 2 on periodic chains, (c/6) ln 2 on open ones.

    Source: Calabrese and Cardy, J. Stat. Mech. (2004) P06002.
    """
    return (second - first) * (3 if periodic else 6) / math.log(2)
