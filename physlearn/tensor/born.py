"""A Born machine: p(s) = psi(s)^2 / <psi|psi>, learned bond by bond on the mixed-canonical state.

    NLL = -(1/n) sum_i ln p(s_i)

With the centre in the tensor M = A_k A_{k+1}, |M| = 1, all other cores are isometries and <psi|psi> = 1, so that

    dNLL/dM = 2 M - (2/n) sum_i psi'_i / psi_i,      psi_i = <psi'_i, M>,

where psi'_i is the outer product of the left environment, the two values and the right environment of row i; the
gradient is orthogonal to M. Source: Han, Wang, Fan, Wang and Zhang, PRX 8 (2018) 031012 (arXiv 1709.01662), eqs. 5, 8.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from physlearn.tensor.decomposition import Cutoff, split_left, split_right
from physlearn.tensor.environments import Environments
from physlearn.tensor.gauge import canonical
from physlearn.tensor.state import MatrixProductState

HALVINGS = 12  # of the largest step that a line search tries


def initial_state(rows: Tensor, bond: int, noise: float, generator: torch.Generator) -> MatrixProductState:
    """The product state of the pixels' frequencies, (ones + 1)/(n + 2), blurred to a bond by Gaussian noise.

    Args:
        rows: int64 (row, site) of 0 and 1.
        bond: of the state.
        noise: standard deviation of what is added to every entry, as a fraction of 1/sqrt(bond).
        generator: of the noise.
    """
    ones = (rows.double().sum(0) + 1) / (len(rows) + 2)  # (site,)
    vectors = torch.stack((1 - ones, ones), 1).sqrt()  # (site, physical)
    bonds = [1, *[bond] * (rows.shape[1] - 1), 1]
    cores = []
    for site, vector in enumerate(vectors):
        left, right = bonds[site : site + 2]
        own = torch.eye(left, right, dtype=torch.float64)[:, None] * vector[:, None]
        drawn = torch.randn(left, 2, right, generator=generator, dtype=torch.float64)
        cores.append(own + noise / bond**0.5 * drawn)
    state = canonical(MatrixProductState(cores), 0)
    return MatrixProductState([core.to(rows.device) for core in state.cores], 0.0, 0)


@dataclass
class Bond:
    """The NLL as a function of the tensor M at a bond, for the rows that the environments hold.

    Rows are grouped by their two values (s, t), so that gradient and amplitudes are matrix products.

    Args:
        environments: with everything around the bond built.
        bond: k, the sites are k and k + 1, counted from 0.
    """

    environments: Environments
    bond: int

    def __post_init__(self) -> None:
        left, right, self.logs = self.environments.around(self.bond)
        pair = self.environments.rows[:, self.bond : self.bond + 2]  # (row, 2)
        self.count = len(pair)
        self.groups = []  # (s, t, rows, left (row, l), right (row, r))
        for s in range(self.environments.cores[self.bond].shape[1]):
            for t in range(self.environments.cores[self.bond + 1].shape[1]):
                own = ((pair[:, 0] == s) & (pair[:, 1] == t)).nonzero()[:, 0]
                if len(own):
                    self.groups.append((s, t, own, left[own], right[own]))

    def amplitudes(self, tensor: Tensor) -> Tensor:
        """<psi'_i, tensor> of every row, (row,), where the environments have length 1; linear in (l, s, t, r)."""
        found = tensor.new_empty(self.count)
        for s, t, own, left, right in self.groups:
            found[own] = ((left @ tensor[:, s, t]) * right).sum(1)
        return found

    def nll(self, amplitudes: Tensor) -> float:
        """The NLL of amplitudes <psi'_i, M>, |M| = 1."""
        return -2 * float((amplitudes.abs().log() + self.logs).mean())

    def gradient(self, tensor: Tensor, amplitudes: Tensor) -> Tensor:
        """dNLL/dM at |M| = 1: 2 M - (2/n) sum_i psi'_i / psi_i, (l, s, t, r)."""
        found = 2 * tensor
        for s, t, own, left, right in self.groups:
            found[:, s, t] -= (left * (2 / self.count / amplitudes[own])[:, None]).T @ right
        return found

    def descend(self, tensor: Tensor, lr: float, steps: int, search: bool) -> tuple[Tensor, float]:
        """M and the NLL after steps M <- (M - h g)/|M - h g| down the gradient g.

        Args:
            tensor: M, |M| = 1.
            lr: h; with `search` the largest of the steps lr, lr/2, lr/4, ... tried, of which the one with the smallest
                NLL is taken (amplitudes are linear in M: a trial costs no matrix product). None is taken where every
                one raises it.
            steps: how many.
            search: search along the line.
        """
        amplitudes = self.amplitudes(tensor)
        for _ in range(steps):
            gradient = self.gradient(tensor, amplitudes)
            slopes, square = self.amplitudes(gradient), float(gradient.square().sum())
            h = self._best(amplitudes, slopes, square, lr) if search else lr
            if h == 0:
                break
            length = math.sqrt(1 + h * h * square)  # the gradient is orthogonal to M
            tensor, amplitudes = (tensor - h * gradient) / length, (amplitudes - h * slopes) / length
        return tensor, self.nll(amplitudes)

    def _best(self, amplitudes: Tensor, slopes: Tensor, square: float, lr: float) -> float:
        steps = lr * 0.5 ** torch.arange(HALVINGS, dtype=torch.float64, device=amplitudes.device)
        tried = torch.cat((steps.new_zeros(1), steps))  # (step,)
        logs = (amplitudes - tried[:, None] * slopes).abs().log().mean(1)
        return float(tried[(torch.log1p(tried.square() * square) - 2 * logs).argmin()])


class Update(NamedTuple):
    """The NLL after the last gradient step at a bond, before truncation, and the truncation error |M - M'|."""

    nll: float
    error: float


def update_bond(
    state: MatrixProductState,
    environments: Environments,
    bond: int,
    rightward: bool,
    cutoff: Cutoff,
    lr: float,
    steps: int,
    search: bool,
) -> Update:
    """Learns at sites `bond` and `bond` + 1, splits the tensor again, moves centre and environments on by one site.

    The state is changed in place. Before, its centre is on one of the two sites; after, on the right one if
    `rightward`, else on the left one; |psi| = 1 throughout.
    """
    cores = state.cores
    left, right = cores[bond].shape[0], cores[bond + 1].shape[2]
    merged = torch.tensordot(cores[bond], cores[bond + 1], dims=1)  # (l, s, t, r)
    merged, nll = Bond(environments, bond).descend(merged / torch.linalg.vector_norm(merged), lr, steps, search)
    if not math.isfinite(nll):
        return Update(nll, math.nan)
    first, second, _, error = (split_right if rightward else split_left)(merged.flatten(2).flatten(0, 1), cutoff)
    cores[bond] = first.reshape(left, merged.shape[1], -1).contiguous()  # one layout, so that a resumed run is equal
    cores[bond + 1] = second.reshape(-1, merged.shape[2], right).contiguous()
    center = bond + 1 if rightward else bond
    cores[center] = cores[center] / torch.linalg.vector_norm(cores[center])
    state.center = center
    if rightward:
        environments.extend_left(bond)
    else:
        environments.extend_right(bond + 1)
    return Update(nll, float(error))


def bond_of(step: int, sites: int) -> tuple[int, bool]:
    """(bond, rightward) of a step within a loop: 0 ... N - 2 to the right, then N - 2 ... 0 to the left."""
    bonds = sites - 1
    step %= 2 * bonds
    return (step, True) if step < bonds else (2 * bonds - 1 - step, False)


def nll(state: MatrixProductState, rows: Tensor, chunk: int = 2000) -> Tensor:
    """-ln p of each row, (row,), in nats; inf where p = 0."""
    logs = torch.cat([state.log_amplitude(part)[0] for part in rows.split(chunk)])
    return 2 * state.log_norm() - 2 * logs
