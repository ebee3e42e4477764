"""Canonical forms, and what is read off them: Schmidt values, entanglement, the best truncation."""

import math

import torch
from torch import Tensor

from physlearn.tensor.decomposition import EXACT, Cutoff, split_left
from physlearn.tensor.state import MatrixProductState


def canonical(state: MatrixProductState, center: int = 0) -> MatrixProductState:
    """The same state with its orthogonality centre on a site; the centre's norm is 1, |psi| goes to `log_scale`.

    By QR from both ends: a bond is then at most as large as all sites between it and its end have values.

    Raises:
        ValueError: the site is not there, or the state is 0.
    """
    cores, logs = list(state.cores), state.log_scale
    if not 0 <= center < len(cores):
        raise ValueError(f"center={center}: allowed are the sites 0 to {len(cores) - 1}")
    for site in range(center):
        left, physical, right = cores[site].shape
        isometry, rest = torch.linalg.qr(cores[site].reshape(left * physical, right))
        cores[site] = isometry.reshape(left, physical, -1)
        rest, grown = _unit(rest)
        cores[site + 1], logs = torch.tensordot(rest, cores[site + 1], dims=1), logs + grown
    for site in range(len(cores) - 1, center, -1):
        left, physical, right = cores[site].shape
        isometry, rest = torch.linalg.qr(cores[site].reshape(left, physical * right).T)
        cores[site] = isometry.T.reshape(-1, physical, right)
        rest, grown = _unit(rest)
        cores[site - 1], logs = torch.tensordot(cores[site - 1], rest.T, dims=1), logs + grown
    cores[center], grown = _unit(cores[center])
    return MatrixProductState(cores, logs + grown, center)


def isometry_defect(state: MatrixProductState) -> float:
    """The largest |sum_s A[s]^T A[s] - 1| left of the centre, and |sum_s A[s] A[s]^T - 1| right of it.

    Raises:
        ValueError: the state has no centre.
    """
    if state.center is None:
        raise ValueError("this state is in no canonical form: call canonical(state)")
    worst = 0.0
    for site, core in enumerate(state.cores):
        if site != state.center:
            matrix = core.flatten(0, 1) if site < state.center else core.flatten(1).T
            product = matrix.T @ matrix
            worst = max(worst, float((product - torch.eye(len(product)).to(product)).abs().max()))
    return worst


def truncate(state: MatrixProductState, cutoff: Cutoff) -> tuple[MatrixProductState, float]:
    """The state with every bond cut down to what `cutoff` keeps, and the error |psi - psi'| / |psi| that this makes.

    Brought into canonical form with the centre at the right end, then cut from there, bond by bond: each cut is a
    projection orthogonal to those before, so error^2 = sum of all discarded squares, exactly. Bond by bond the cut is
    the best of its rank; of all bonds together it is within sqrt(N - 1) of the best. The result's centre is site 0.
    """
    whole = canonical(state, len(state) - 1)
    cores, squares = list(whole.cores), 0.0
    for site in range(len(cores) - 1, 0, -1):
        left, physical, right = cores[site].shape
        rest, isometry, _, error = split_left(cores[site].reshape(left, physical * right), cutoff)
        cores[site] = isometry.reshape(-1, physical, right)
        cores[site - 1] = torch.tensordot(cores[site - 1], rest, dims=1)
        squares += float(error) ** 2
    return MatrixProductState(cores, whole.log_scale, 0), math.sqrt(squares)


def schmidt_values(state: MatrixProductState) -> list[Tensor]:
    """Of psi / |psi| at the N - 1 cuts: singular values of psi as a matrix (sites left, sites right), falling."""
    cores = list(canonical(state, len(state) - 1).cores)
    found: list[Tensor] = []
    for site in range(len(cores) - 1, 0, -1):
        left, physical, right = cores[site].shape
        rest, _, values, _ = split_left(cores[site].reshape(left, physical * right), EXACT)
        cores[site - 1] = torch.tensordot(cores[site - 1], rest, dims=1)
        found.append(values)
    return found[::-1]


def entanglement_entropies(state: MatrixProductState) -> list[float]:
    """S = -sum p ln p with p = s^2 of the Schmidt values s, in nats, at the N - 1 cuts."""
    entropies = []
    for values in schmidt_values(state):
        shares = values.square() / values.square().sum()
        entropies.append(float(-torch.xlogy(shares, shares).sum()))
    return entropies


def _unit(tensor: Tensor) -> tuple[Tensor, float]:
    size = float(torch.linalg.vector_norm(tensor))
    if size == 0:
        raise ValueError("this state is 0: it has no canonical form")
    return tensor / size, math.log(size)
