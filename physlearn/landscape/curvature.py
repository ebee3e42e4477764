"""The largest eigenvalues of the Hessian of an energy, by Lanczos; the matrix itself is never made."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.landscape.energy import Energy

Product = Callable[[Tensor], Tensor]
BREAKDOWN = 1e-10  # of the largest coefficient: a smaller one means that the Krylov space is exhausted


@dataclass(frozen=True)
class Spectrum:
    """What `largest_eigenvalues` finds.

    Args:
        values: the largest first, (eigenvalue,).
        residuals: |H q - value q| of each, an upper bound of its distance from an eigenvalue, (eigenvalue,).
        smallest: the smallest Ritz value: the smallest eigenvalue is not above it.
        products: products with H that it took.
    """

    values: Tensor
    residuals: Tensor
    smallest: float
    products: int


def hessian_product(energy: Energy, at: Tensor) -> Product:
    """v -> H v, H the second derivatives of the energy at some weights (Pearlmutter 1994): one backward pass each.

    Args:
        energy: of a vector, (parameter,).
        at: the weights, (parameter,).
    """
    point = at.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(point), point, create_graph=True)

    def product(v: Tensor) -> Tensor:
        return torch.autograd.grad(gradient, point, v, retain_graph=True)[0]

    return product


def largest_eigenvalues(
    product: Product, dimension: int, count: int, generator: torch.Generator, tolerance: float = 1e-3, most: int = 300
) -> Spectrum:
    """The `count` largest eigenvalues of a symmetric matrix H, by Lanczos with full reorthogonalisation (float64).

        beta_{j+1} q_{j+1} = H q_j - alpha_j q_j - beta_j q_{j-1}:      Q^T H Q = tridiagonal(alpha, beta)

    It ends when the residuals beta_{m+1} |s_m| of all `count` are below tolerance * (largest value), s_m the last entry
    of an eigenvector of the tridiagonal matrix, or after `most` products. An eigenvalue of multiplicity above one is
    found once until the Krylov space is exhausted; then a new vector is drawn.

    Args:
        product: v -> H v.
        dimension: of H.
        count: eigenvalues.
        generator: of the first vector.
        tolerance: relative to the largest value.
        most: products.

    Raises:
        ValueError: the matrix has fewer than `count` eigenvalues.
    """
    if not 1 <= count <= dimension:
        raise ValueError(f"a matrix of {dimension} rows has {dimension} eigenvalues, {count} were asked for")
    q = fresh(dimension, torch.empty(0, dimension, dtype=torch.float64), generator)
    basis, alpha, beta = [], [], []
    while True:
        basis.append(q)
        Q = torch.stack(basis)  # (step, dimension)
        image = product(q).double()
        alpha.append(float(q @ image))
        for _ in range(2):  # twice is enough
            image = image - Q.T @ (Q @ image)
        next_beta = float(image.norm())
        scale = max(map(abs, (*alpha, *beta)), default=0.0)
        if exhausted := next_beta <= BREAKDOWN * max(scale, 1e-300):
            next_beta = 0.0
        tridiagonal = torch.diag(torch.tensor(alpha, dtype=torch.float64))
        tridiagonal += torch.diag(torch.tensor(beta, dtype=torch.float64), 1)
        tridiagonal += torch.diag(torch.tensor(beta, dtype=torch.float64), -1)
        values, vectors = torch.linalg.eigh(tridiagonal)
        residuals = next_beta * vectors[-1].abs()
        top, wrong, steps = values.flip(0)[:count], residuals.flip(0)[:count], len(basis)
        settled = steps >= count and not exhausted and bool((wrong <= tolerance * values[-1].abs()).all())
        if settled or steps == dimension or steps >= max(most, count):
            return Spectrum(top, wrong, float(values[0]), steps)
        q = fresh(dimension, Q, generator) if exhausted else image / next_beta
        beta.append(next_beta)


def fresh(dimension: int, basis: Tensor, generator: torch.Generator) -> Tensor:
    """A random unit vector orthogonal to the rows of a basis, (dimension,)."""
    q = torch.randn(dimension, generator=generator, dtype=torch.float64)
    for _ in range(2):
        q = q - basis.T @ (basis @ q)
    return q / q.norm()
