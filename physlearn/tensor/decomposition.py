"""One matrix is split across a bond: singular values, what is kept of them, and the error that this makes."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Cutoff:
    """How many singular values s_1 >= s_2 >= ... are kept: the fewest that any of the three allows, at least one.

    Args:
        max_bond: at most so many; None: no limit.
        relative: those with s < relative * s_1 are discarded.
        discarded_weight: the smallest are discarded as long as the sum of their squares is at most this share of
            sum s^2.

    Raises:
        ValueError: max_bond below 1, or a threshold outside [0, 1).
    """

    max_bond: int | None = None
    relative: float = 0.0
    discarded_weight: float = 0.0

    def __post_init__(self) -> None:
        if self.max_bond is not None and self.max_bond < 1:
            raise ValueError(f"max_bond={self.max_bond}: allowed are whole numbers >= 1, or None")
        for name in ("relative", "discarded_weight"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: allowed is 0 <= {name} < 1")

    def kept(self, values: Tensor) -> int:
        """How many of the singular values (falling, (value,)) stay."""
        count = len(values) if self.max_bond is None else min(self.max_bond, len(values))
        count = min(count, int((values >= self.relative * values[0]).sum()))
        if self.discarded_weight > 0:
            tails = values.square().flip(0).cumsum(0)  # (value,), of the last one, the last two, ...
            count = min(count, len(values) - int((tails <= self.discarded_weight * tails[-1]).sum()))
        return max(count, 1)


EXACT = Cutoff()


def svd(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """U, s, V^T by divide and conquer (gesdd); by QR iteration (gesvd) where that does not converge.

    The two algorithms are LAPACK's; on a GPU torch falls back by itself.
    """
    try:
        return torch.linalg.svd(matrix, full_matrices=False)
    except torch.linalg.LinAlgError:
        from scipy.linalg import svd as lapack  # torch offers gesdd alone on the CPU

        parts = lapack(matrix.cpu().numpy(), full_matrices=False, lapack_driver="gesvd")
        return tuple(torch.from_numpy(part).to(matrix) for part in parts)


def split_right(matrix: Tensor, cutoff: Cutoff = EXACT) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """matrix ~ U C with an isometry U (row, kept), U^T U = 1, and C = U^T matrix: the best matrix of that rank.

    U holds singular vectors. Where the matrix has at least as many columns as rows they are the eigenvectors of
    matrix matrix^T, in half the time: U is as orthogonal as from the SVD and the error as exact, but values below
    1e-8 s_1 (in float64) are not told apart.

    Returns:
        U; C (kept, column); the singular values that are kept; the error |matrix - U C|_F.
    """
    rows, columns = matrix.shape
    left = torch.linalg.eigh(matrix @ matrix.T)[1].flip(1) if columns >= rows else svd(matrix)[0]
    rest = left.T @ matrix  # rows of falling length, orthogonal to each other
    values = torch.linalg.vector_norm(rest, dim=1)
    count = cutoff.kept(values)
    return left[:, :count], rest[:count], values[:count], torch.linalg.vector_norm(values[count:])


def split_left(matrix: Tensor, cutoff: Cutoff = EXACT) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """matrix ~ C W with W W^T = 1, the mirror image of `split_right`: (C, W, singular values kept, error)."""
    isometry, rest, values, error = split_right(matrix.T, cutoff)
    return rest.T, isometry.T, values, error
