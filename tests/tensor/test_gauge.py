"""Canonical forms, entanglement and truncation, against dense states and closed forms."""

import math

import pytest
import torch

from physlearn.tensor.decomposition import Cutoff, split_left, split_right, svd
from physlearn.tensor.exact import binary_entropy, entropy_of_dense
from physlearn.tensor.gauge import canonical, entanglement_entropies, isometry_defect, schmidt_values, truncate
from physlearn.tensor.state import MatrixProductState
from physlearn.tensor.states import aklt, ghz, product_state, uniform_over, w_state


def raw_state(sites=9, bond=6, seed=0, physical=2):
    """Gaussian cores in no gauge, log_scale not 0."""
    draw = torch.Generator().manual_seed(seed)
    bonds = [1, *[bond] * (sites - 1), 1]
    cores = [torch.randn(bonds[i], physical, bonds[i + 1], generator=draw, dtype=torch.float64) for i in range(sites)]
    return MatrixProductState(cores, log_scale=-1.3)


@pytest.mark.parametrize("center", [0, 4, 8])
def test_canonical_is_the_same_state_of_isometries(center):
    state = raw_state()
    whole = canonical(state, center)
    assert isometry_defect(whole) < 1e-12
    assert torch.allclose(whole.dense(), state.dense(), rtol=0, atol=1e-12 * float(state.dense().abs().max()))
    assert float(torch.linalg.vector_norm(whole.cores[center])) == pytest.approx(1, abs=1e-14)
    assert whole.log_scale == pytest.approx(state.log_norm(), abs=1e-12)
    from_left, from_right = [2, 4, 6, 6, 6, 6, 6, 6], [6, 6, 6, 6, 6, 6, 4, 2]
    assert whole.bonds == from_left[:center] + from_right[center:]


def test_control_a_state_in_no_gauge_has_a_defect():
    state = raw_state()
    state.center = 4
    assert isometry_defect(state) > 1
    with pytest.raises(ValueError, match="in no canonical form"):
        isometry_defect(raw_state())
    with pytest.raises(ValueError, match="sites 0 to 8"):
        canonical(raw_state(), 9)


def test_entropies_by_dense_svd():
    state = raw_state(8, 5, seed=2, physical=3)
    dense = state.dense()
    exact = [entropy_of_dense(dense, cut) for cut in range(1, 8)]
    assert entanglement_entropies(state) == pytest.approx(exact, abs=1e-12)
    for values in schmidt_values(state):
        assert float(values.square().sum()) == pytest.approx(1, abs=1e-12)


def test_entropies_in_closed_form():
    assert entanglement_entropies(ghz(12)) == pytest.approx([math.log(2)] * 11, abs=1e-12)
    exact = [binary_entropy(cut / 12) for cut in range(1, 12)]
    assert entanglement_entropies(w_state(12)) == pytest.approx(exact, abs=1e-12)
    assert entanglement_entropies(product_state(torch.rand(6, 2, dtype=torch.float64) + 0.1)) == pytest.approx(
        [0.0] * 5, abs=1e-12
    )
    assert entanglement_entropies(aklt(40))[19] == pytest.approx(math.log(2), abs=1e-9)


def test_truncation_error_is_the_dense_difference():
    """sqrt(sum of discarded squares) over all bonds, to 1e-12, at a cut that is not small."""
    state = raw_state(10, 12, seed=3)
    for cutoff in (Cutoff(max_bond=5), Cutoff(relative=0.2), Cutoff(discarded_weight=0.02)):
        cut, error = truncate(state, cutoff)
        difference = torch.linalg.vector_norm(cut.dense() - state.dense()) / torch.linalg.vector_norm(state.dense())
        assert 0.01 < error < 0.9
        assert error == pytest.approx(float(difference), abs=1e-12)
        assert max(cut.bonds) < 12


def test_at_one_bond_truncation_is_the_best_of_its_rank():
    """Eckart and Young: at the middle cut no state of rank 3 is nearer than the discarded Schmidt values."""
    dense = raw_state(6, 8, seed=4).dense()
    matrix = dense.reshape(8, 8)
    values = torch.linalg.svdvals(matrix)
    left, rest, kept, error = split_right(matrix, Cutoff(max_bond=3))
    assert float(error) == pytest.approx(float(values[3:].square().sum().sqrt()), rel=1e-12)
    assert float(torch.linalg.matrix_norm(matrix - left @ rest)) == pytest.approx(float(error), rel=1e-12)
    assert torch.allclose(kept, values[:3])


def truncate_in_any_gauge(state, bond, rank):
    """The known mistake: singular values of two neighbouring cores, without canonical form around them."""
    cores = list(state.cores)
    merged = torch.tensordot(cores[bond], cores[bond + 1], dims=1)
    left, _, _, right = merged.shape
    u, rest, _, error = split_right(merged.flatten(2).flatten(0, 1), Cutoff(max_bond=rank))
    cores[bond], cores[bond + 1] = u.reshape(left, 2, rank), rest.reshape(rank, 2, right)
    return MatrixProductState(cores, state.log_scale), float(error)


def test_control_truncation_in_another_gauge_is_worse():
    """At one bond: the canonical gauge makes the optimal error and states it, another makes a larger one."""
    state = raw_state(8, 8, seed=5)
    dense, size = state.dense(), float(torch.linalg.vector_norm(state.dense()))
    best = float(torch.linalg.svdvals(dense.reshape(16, 16))[3:].square().sum().sqrt()) / size
    errors = []
    for given in (canonical(state, 3), state):
        cut, claimed = truncate_in_any_gauge(given, 3, 3)
        errors.append((float(torch.linalg.vector_norm(cut.dense() - dense)) / size, claimed))
    assert errors[0] == pytest.approx((best, best), abs=1e-12)
    assert errors[1][0] > 1.02 * best
    assert abs(errors[1][1] - errors[1][0]) > 0.1 * best


def test_bars_and_stripes_has_the_known_ranks():
    from physlearn.data.bars_and_stripes import read

    rows = (read(4).train[0].flatten(1) > 0).long()
    state, error = truncate(uniform_over(rows), Cutoff(relative=1e-10))
    assert state.bonds == [2, 4, 8, 15, 16, 16, 16, 15, 16, 16, 16, 15, 8, 4, 2]
    assert error < 1e-12
    assert math.exp(-2 * float(state.log_amplitude(rows[:1])[0] - state.log_norm())) == pytest.approx(30, rel=1e-12)


def test_what_a_cutoff_keeps():
    values = torch.tensor([1.0, 0.5, 0.1, 1e-3], dtype=torch.float64)
    assert Cutoff().kept(values) == 4
    assert Cutoff(max_bond=2).kept(values) == 2
    assert Cutoff(relative=0.1).kept(values) == 3
    assert Cutoff(relative=0.11).kept(values) == 2
    total = float(values.square().sum())
    assert Cutoff(discarded_weight=1.01e-6 / total).kept(values) == 3
    assert Cutoff(discarded_weight=0.99e-6 / total).kept(values) == 4
    assert Cutoff(discarded_weight=0.999).kept(values) == 1
    assert Cutoff(max_bond=3, relative=0.3).kept(values) == 2


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"max_bond": 0}, "max_bond=0: allowed are whole numbers >= 1"),
        ({"relative": 1.0}, "relative=1.0: allowed is 0 <= relative < 1"),
        ({"discarded_weight": -0.1}, "discarded_weight=-0.1"),
    ],
)
def test_cutoffs_that_are_refused(keys, words):
    with pytest.raises(ValueError, match=words):
        Cutoff(**keys)


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (12, 13)])
def test_both_ways_to_split_agree(shape):
    """The Gram matrix, used where the matrix is long, and the SVD: isometries to 1e-12, the same error."""
    matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    cutoff = Cutoff(max_bond=4)
    values = torch.linalg.svdvals(matrix)
    left, rest, kept, error = split_right(matrix, cutoff)
    c, right, same, again = split_left(matrix, cutoff)
    assert float((left.T @ left - torch.eye(4)).abs().max()) < 1e-12
    assert float((right @ right.T - torch.eye(4)).abs().max()) < 1e-12
    for found in (kept, same):
        assert torch.allclose(found, values[:4], rtol=1e-10)
    for part, stated in ((left @ rest, error), (c @ right, again)):
        assert float(torch.linalg.matrix_norm(matrix - part)) == pytest.approx(float(stated), rel=1e-10)


def test_svd_falls_back_to_qr_iteration(monkeypatch):
    matrix = torch.randn(7, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def fails(*_, **__):
        raise torch.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(torch.linalg, "svd", fails)
    u, s, v = svd(matrix)
    assert torch.allclose(u @ torch.diag(s) @ v, matrix, atol=1e-13)


def test_the_state_zero_is_refused():
    with pytest.raises(ValueError, match="this state is 0"):
        canonical(product_state(torch.zeros(3, 2)))
