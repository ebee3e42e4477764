"""Stochastic reconfiguration: the natural gradient of the energy.

    (S + lambda diag S) delta = F,        theta <- theta - h delta,
    S = <O* O^T> - <O*><O>^T,        F = <O* E_loc> - <O*><E_loc>,        O = d ln psi/d theta,     means over |psi|^2

It follows exp(-t H) |psi> as far as the network can. Parameters are real, where psi is (the star then does nothing), or
complex, where ln psi is a holomorphic function of them: S is then Hermitian, not only its real part, and

    dE = 2 Re sum_k F_k* d theta_k,        |d psi|^2 across psi = sum_kl d theta_k* S_kl d theta_l.

Source: Sorella, PRB 64 (2001) 024512.
"""

import torch
from torch import Tensor

LEAST = 1e-10  # epsilon, relative to the largest diagonal entry of S
RAISED = 10.0  # by this factor lambda grows where Cholesky fails
ATTEMPTS = 4
FIRST_SHIFT, FALL = 1.0, 0.9  # lambda begins at 1 and falls by a tenth a step
SETTLED, LAST = 0.5, 0.1  # from half of the steps on h falls linearly to a tenth
REACH = 0.3  # the longest step, as an angle between psi before and after it


def shift_at(step: int, shift: float) -> float:
    """lambda of a step, counted from 0: max(0.9^step, shift), for far from the ground state S is mostly noise."""
    return max(FIRST_SHIFT * FALL**step, shift)


def step_at(step: int, steps: int, lr: float) -> float:
    """h of a step, counted from 0: lr, and in the second half linearly down to lr/10, so that less noise is left."""
    late = max(0.0, (step / steps - SETTLED) / (1 - SETTLED))
    return lr * (1 - (1 - LAST) * late)


def bounded(lr: float, delta: Tensor, force: Tensor) -> float:
    """h of a step no longer than REACH: |h delta| <= REACH in the metric S + lambda diag S.

    Longer ones outrun the chains: the next energies are averages over a law that is no longer |psi|^2, and the step
    after that is longer still. It happens where few configurations hold all of |psi|^2.

    Args:
        lr: h.
        delta: (S + lambda diag S)^-1 F.
        force: F.
    """
    length = float(torch.vdot(force, delta).real.clamp_min(0)) ** 0.5
    return min(lr, REACH / length) if length > 0 else lr


def moments(derivatives: Tensor, energies: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor, float]:
    """S (parameter, parameter), F (parameter,) and Re <E_loc>.

    Args:
        derivatives: O, (row, parameter).
        energies: E_loc, (row,).
        weights: of the rows, sum 1: |psi|^2 of an enumeration; None: equal, as of samples.
    """
    equal = torch.full_like(energies.real, 1 / len(energies))
    weights = (equal if weights is None else weights).to(derivatives.dtype)
    mean = float((weights @ energies).real)
    centred = derivatives - weights @ derivatives
    weighted = centred * weights[:, None]
    return weighted.mH @ centred, weighted.mH @ (energies - mean), mean


def direction(metric: Tensor, force: Tensor, shift: float) -> tuple[Tensor, int]:
    """delta, and how often Cholesky failed: lambda is then raised tenfold, at last S is inverted by eigenvalues.

    Args:
        metric: S.
        force: F.
        shift: lambda > 0.
    """
    diagonal = metric.diagonal().real
    floor = diagonal + LEAST * diagonal.max()
    for failures in range(ATTEMPTS):
        factor, info = torch.linalg.cholesky_ex(metric + torch.diag(shift * RAISED**failures * floor))
        if int(info) == 0:
            return torch.cholesky_solve(force[:, None], factor)[:, 0], failures
    values, vectors = torch.linalg.eigh((metric + metric.mH) / 2)
    kept = values > shift * values[-1].clamp_min(torch.finfo(values.dtype).tiny)
    inverse = torch.where(kept, 1 / torch.where(kept, values, 1.0), 0.0)
    return vectors @ (inverse * (vectors.mH @ force)), ATTEMPTS
