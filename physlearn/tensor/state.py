"""The matrix product state: a list of tensors, and what can be said of their product without multiplying it out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class MatrixProductState:
    """psi(s_1 ... s_N) = e^log_scale A_1[s_1] A_2[s_2] ... A_N[s_N], real.

    Args:
        cores: A_j of shape (left, physical, right); the first left and the last right dimension are 1.
        log_scale: ln of a factor that the cores leave out, so that hundreds of sites neither vanish nor overflow.
        center: the site that the orthogonality centre is on: all cores left of it are left-canonical
            (sum_s A[s]^T A[s] = 1), all right of it right-canonical (sum_s A[s] A[s]^T = 1); None: no such gauge.

    Raises:
        ValueError: neighbouring bonds do not match, or the ends are not 1.
    """

    cores: list[Tensor]
    log_scale: float = 0.0
    center: int | None = None

    def __post_init__(self) -> None:
        ends = [1, *(core.shape[2] for core in self.cores)]
        if not self.cores or ends[-1] != 1 or any(c.shape[0] != d for c, d in zip(self.cores, ends, strict=False)):
            shapes = " ".join(str(tuple(core.shape)) for core in self.cores)
            raise ValueError(f"cores {shapes}: the bonds of neighbours must match and the ends be 1")

    def __len__(self) -> int:
        return len(self.cores)

    @property
    def bonds(self) -> list[int]:
        """Bond dimensions at the N - 1 cuts."""
        return [core.shape[2] for core in self.cores[:-1]]

    @property
    def parameters(self) -> int:
        return sum(core.numel() for core in self.cores)

    def dense(self) -> Tensor:
        """All amplitudes, (physical_1, ..., physical_N): for small N."""
        whole = self.cores[0]
        for core in self.cores[1:]:
            whole = torch.tensordot(whole, core, dims=1)
        return whole.squeeze(0).squeeze(-1) * math.exp(self.log_scale)

    def log_amplitude(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """ln |psi| and the sign of psi, (row,) each, of states int64 (row, site); -inf and 0 where psi = 0."""
        h = self.cores[0].new_ones(len(states), 1)  # (row, bond)
        logs = h.new_full((len(states),), self.log_scale)
        for site, core in enumerate(self.cores):
            h, grown = unit_rows(step(h, core, states[:, site]))
            logs = logs + grown
        return logs, h[:, 0].sign()

    def log_norm(self) -> float:
        """ln |psi|, from the transfer matrices."""
        return self.log_overlap(self)[0] / 2

    def log_overlap(self, other: "MatrixProductState") -> tuple[float, float]:
        """ln |<psi|other>| and the sign of <psi|other>; (-inf, 0) where they are orthogonal."""
        between = self.cores[0].new_ones(1, 1)  # (own bond, other's bond)
        logs = self.log_scale + other.log_scale
        for own, its in zip(self.cores, other.cores, strict=True):
            between = torch.einsum("ab,asc,bsd->cd", between, own, its)
            size = float(torch.linalg.matrix_norm(between))
            if size == 0:
                return -math.inf, 0.0
            between, logs = between / size, logs + math.log(size)
        return logs + math.log(abs(float(between))), float(between.sign())

    def normalised(self) -> "MatrixProductState":
        """psi / |psi|."""
        return MatrixProductState(list(self.cores), self.log_scale - self.log_norm(), self.center)


def step(h: Tensor, core: Tensor, values: Tensor) -> Tensor:
    """h_n A[s_n], (row, right), of h (row, left) and s int64 (row,): one matrix product for each value of s."""
    moved = h.new_empty(len(h), core.shape[2])
    for value in range(core.shape[1]):
        rows = (values == value).nonzero()[:, 0]
        moved[rows] = h[rows] @ core[:, value]
    return moved


def unit_rows(h: Tensor) -> tuple[Tensor, Tensor]:
    """Each row divided by its length, in place, and ln of the lengths; a row of zeros stays, with -inf."""
    size = torch.linalg.vector_norm(h, dim=1)
    return h.div_(torch.where(size > 0, size, 1.0)[:, None]), size.log()


def expectation(state: MatrixProductState, operators: Sequence[tuple[int, Tensor]]) -> float:
    """<psi| O_1 O_2 ... |psi> / <psi|psi>, each O a matrix (physical, physical) on a site of its own."""
    given = dict(operators)
    between = norm = state.cores[0].new_ones(1, 1)
    for site, core in enumerate(state.cores):
        ket = torch.einsum("st,atb->asb", given[site], core) if site in given else core
        between = torch.einsum("ab,asc,bsd->cd", between, core, ket)
        norm = torch.einsum("ab,asc,bsd->cd", norm, core, core)
        size = torch.linalg.matrix_norm(norm)
        between, norm = between / size, norm / size
    return float(between / norm)
