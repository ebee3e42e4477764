"""Lanczos against exact spectra: of quadratics, and of a small network by torch.func."""

import pytest
import torch

from physlearn.landscape.curvature import hessian_product, largest_eigenvalues
from physlearn.landscape.laws import laws, small_network, whole_hessian


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(5)


def symmetric(values, generator):
    """A matrix with these eigenvalues in a random basis."""
    values = torch.as_tensor(values, dtype=torch.float64)
    basis, _ = torch.linalg.qr(torch.randn(len(values), len(values), generator=generator, dtype=torch.float64))
    return basis @ torch.diag(values) @ basis.T


def quadratic(matrix):
    return lambda w: 0.5 * w @ matrix @ w


def test_a_quadratic_has_the_eigenvalues_of_its_matrix(generator):
    """The largest come first; large negative ones are not among them: they would be by power iteration."""
    values = torch.cat([torch.linspace(-20, 1, 55), torch.tensor([3.0, 4.0, 5.0, 7.0, 9.0])]).double()
    matrix = symmetric(values, generator)
    product = hessian_product(quadratic(matrix), torch.randn(60, generator=generator, dtype=torch.float64))
    found = largest_eigenvalues(product, 60, 5, generator, tolerance=1e-6)
    assert found.values.tolist() == pytest.approx([9, 7, 5, 4, 3], rel=1e-6)
    assert found.smallest == pytest.approx(-20, rel=1e-3)
    assert found.products < 60


@pytest.mark.parametrize("steps", [6, 10, 16])
def test_the_residual_bounds_the_distance_to_an_eigenvalue(steps, generator):
    values = torch.linspace(0, 1, 80, dtype=torch.float64) ** 2
    matrix = symmetric(values, generator)
    found = largest_eigenvalues(lambda v: matrix @ v, 80, 3, generator, tolerance=0.0, most=steps)
    assert found.products == steps
    away = (found.values[:, None] - values).abs().amin(1)
    assert (away <= found.residuals + 1e-12).all()
    assert float(found.residuals.max()) > 1e-4  # not settled yet: the bound says something


def test_all_eigenvalues_are_found_where_the_krylov_space_is_exhausted(generator):
    """Multiplicities need new vectors: 2, 2, 2, 1, 1."""
    matrix = symmetric([1.0, 2.0, 2.0, 1.0, 2.0], generator)
    found = largest_eigenvalues(lambda v: matrix @ v, 5, 5, generator)
    assert found.values.tolist() == pytest.approx([2, 2, 2, 1, 1], abs=1e-9)
    with pytest.raises(ValueError, match="5 eigenvalues, 6"):
        largest_eigenvalues(lambda v: matrix @ v, 5, 6, generator)


def test_a_network_has_the_eigenvalues_of_its_hessian(generator):
    energy, weights = small_network(torch.device("cpu"), 3)
    exact = torch.linalg.eigvalsh(whole_hessian(energy, weights)).flip(0)
    found = largest_eigenvalues(hessian_product(energy, weights), len(weights), 6, generator, tolerance=1e-7)
    assert found.values.tolist() == pytest.approx(exact[:6].tolist(), rel=1e-6)
    elsewhere = largest_eigenvalues(hessian_product(energy, 1.1 * weights), len(weights), 6, generator, tolerance=1e-7)
    assert not torch.allclose(found.values, elsewhere.values, rtol=1e-3)  # at these weights, and no others


def test_the_trace_is_a_law_and_a_factor_of_two_breaks_it():
    (row,) = laws(torch.device("cpu"), 1)
    mean, error = row.measure()
    assert abs(mean - row.exact) < 4 * error
    assert abs(2 * mean - row.exact) > 4 * error
