"""The lowest eigenvector of a symmetric operator by Lanczos, from a good guess and with few products."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor


def lowest(
    product: Callable[[Tensor], Tensor], start: Tensor, most: int = 10, tolerance: float = 1e-12
) -> tuple[float, Tensor, int]:
    """The lowest Ritz pair in the Krylov space of `start`, of A given by x -> A x.

    Vectors are orthogonalised against all earlier ones, so that no eigenvalue comes twice. It ends when the residual
    |A x - E x| is below tolerance * |E|, when the space is full, or after `most` products.

    Args:
        product: x -> A x, of the shape of `start`.
        start: not 0.
        most: products at most, >= 1.
        tolerance: relative to |E|.

    Returns:
        E; x with |x| = 1; how many products it took. E is NaN where a product is not finite.
    """
    vector = start / torch.linalg.vector_norm(start)
    basis = torch.empty(most, vector.numel(), dtype=vector.dtype, device=vector.device)
    diagonal, off = [], []
    energy, weights = 0.0, np.ones(1)
    for count in range(1, most + 1):
        basis[count - 1] = vector.flatten()
        rest = product(vector).flatten()
        known = basis[:count]
        overlaps = known @ rest
        rest = rest - overlaps @ known
        rest = rest - (known @ rest) @ known  # once more: orthogonal to rounding
        diagonal.append(float(overlaps[-1]))
        length = float(torch.linalg.vector_norm(rest))
        if not np.isfinite(diagonal[-1] + length):
            return float("nan"), start, count
        matrix = np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1)
        values, vectors = np.linalg.eigh(matrix)
        energy, weights = float(values[0]), vectors[:, 0]
        residual = length * abs(weights[-1])
        if residual <= tolerance * abs(energy) or length <= 1e-14 * abs(energy) or count == most:
            break
        off.append(length)
        vector = (rest / length).view(start.shape)
    found = torch.as_tensor(weights, dtype=basis.dtype, device=basis.device) @ basis[: len(weights)]
    return energy, (found / torch.linalg.vector_norm(found)).view(start.shape), len(weights)
