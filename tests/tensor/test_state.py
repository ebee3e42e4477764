"""Norms, overlaps, amplitudes and expectation values against the state written out in full."""

import math

import pytest
import torch

from physlearn.tensor.exact import AKLT_BOND_ENERGY, aklt_correlation, all_states
from physlearn.tensor.state import MatrixProductState, expectation
from physlearn.tensor.states import aklt, ghz, product_state, random_state, superposition, w_state


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def scaled(state, factor=1.7):
    """Neither canonical nor of norm 1."""
    cores = [core * (factor if site % 2 else -0.6) for site, core in enumerate(state.cores)]
    return MatrixProductState(cores, log_scale=0.3)


def test_norm_by_enumeration_of_all_states():
    state = scaled(random_state(10, 5, generator(1)))
    assert math.exp(2 * state.log_norm()) == pytest.approx(float(state.dense().square().sum()), rel=1e-12)


def test_overlap_and_its_sign_by_enumeration():
    first, second = scaled(random_state(9, 4, generator(1))), scaled(random_state(9, 3, generator(2)), 2.3)
    logs, sign = first.log_overlap(second)
    assert sign * math.exp(logs) == pytest.approx(float((first.dense() * second.dense()).sum()), rel=1e-12)
    assert product_state(torch.tensor([[1.0, 0.0]])).log_overlap(product_state(torch.tensor([[0.0, 1.0]]))) == (
        -math.inf,
        0.0,
    )


def test_amplitudes_of_every_configuration():
    state = scaled(random_state(8, 4, generator(3), physical=3))
    logs, signs = state.log_amplitude(all_states(8, 3))
    assert torch.allclose(signs * logs.exp(), state.dense().flatten(), rtol=1e-12, atol=1e-15)


def test_an_amplitude_of_zero():
    logs, sign = ghz(4).log_amplitude(torch.tensor([[0, 1, 0, 0], [1, 1, 1, 1]]))
    assert logs[0] == -math.inf
    assert sign[0] == 0
    assert logs[1] == pytest.approx(-math.log(2) / 2, abs=1e-15)


@pytest.mark.parametrize(("state", "norm"), [(ghz(7), 1.0), (w_state(7), 1.0)])
def test_named_states(state, norm):
    dense = state.dense()
    assert float(dense.square().sum()) == pytest.approx(norm, abs=1e-14)
    assert state.bonds == [2] * 6
    ones = all_states(7).sum(1)
    support = {0, 7} if abs(float(dense[(0,) * 7])) > 0 else {1}
    assert set(ones[dense.flatten() != 0].tolist()) == support


def test_hundreds_of_sites_in_single_precision():
    """Without logarithms the norm of 784 sites with entries of variance 4 is beyond float32, that of 1/400 below it."""
    for width in (2.0, 0.05):
        draw = generator(5)
        cores = [width * torch.randn(a, 2, b, generator=draw) for a, b in [(1, 8), *[(8, 8)] * 782, (8, 1)]]
        state = MatrixProductState(cores)
        logs, signs = state.log_amplitude(torch.randint(2, (5, 784), generator=draw))
        assert math.isfinite(state.log_norm())
        assert bool(logs.isfinite().all())
        assert set(signs.tolist()) <= {-1.0, 1.0}
        precise = MatrixProductState([core.double() for core in cores])
        assert state.log_norm() == pytest.approx(precise.log_norm(), abs=1e-2)
        assert abs(precise.log_norm()) > 100


SZ = torch.diag(torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64))
RAISE = torch.diag(torch.tensor([2.0, 2.0], dtype=torch.float64).sqrt(), 1)


def spin_product(state, i, power):
    """<(S_i.S_{i+1})^power>, power 1 or 2, from products of one-site operators; S+ and S- in place of Sx and Sy."""
    terms = [(1.0, SZ, SZ), (0.5, RAISE, RAISE.T), (0.5, RAISE.T, RAISE)]
    if power == 2:
        terms = [(a * b, p @ q, r @ s) for a, p, r in terms for b, q, s in terms]
    return sum(factor * expectation(state, [(i, left), (i + 1, right)]) for factor, left, right in terms)


def test_aklt_bond_energy_and_correlations():
    state = aklt(24)
    for bond in (0, 7, 11):
        energy = spin_product(state, bond, 1) + spin_product(state, bond, 2) / 3
        assert energy == pytest.approx(AKLT_BOND_ENERGY, abs=1e-12)
    for distance in (1, 2, 5):
        measured = expectation(state, [(9, SZ), (9 + distance, SZ)])
        assert measured == pytest.approx(aklt_correlation(distance), abs=1e-5)  # ends: (1/3)^9 of it


def test_aklt_transfer_matrix():
    middle = aklt(3).cores[1]
    transfer = torch.einsum("asb,csd->acbd", middle, middle).reshape(4, 4)
    values = torch.linalg.eigvals(transfer).real.sort().values
    assert values.tolist() == pytest.approx([-1 / 3, -1 / 3, -1 / 3, 1], abs=1e-7)  # of a degenerate value
    for sites in (4, 9):
        periodic = torch.linalg.matrix_power(transfer, sites).trace()
        assert float(periodic) == pytest.approx(1 + 3 * (-1 / 3) ** sites, abs=1e-12)


def test_bonds_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match=r"cores \(1, 2, 3\) \(2, 2, 1\): the bonds"):
        MatrixProductState([torch.zeros(1, 2, 3), torch.zeros(2, 2, 1)])
    with pytest.raises(ValueError, match="the ends be 1"):
        MatrixProductState([torch.zeros(1, 2, 3)])


@pytest.mark.parametrize("sites", [1, 2, 7])
def test_a_superposition_is_the_sum_of_the_amplitudes(sites):
    """Of three states with bonds and factors of their own; of none of them alone, the control."""
    states = [scaled(random_state(sites, bond, generator(bond))) for bond in (2, 3, 4)]
    for factor, state in enumerate(states):
        state.log_scale = 0.9 * factor - 1.0
    whole = superposition(states)
    torch.testing.assert_close(whole.dense(), sum(state.dense() for state in states), rtol=1e-12, atol=1e-12)
    assert not torch.allclose(whole.dense(), states[2].dense(), rtol=1e-2)
    assert whole.bonds == [sum(bonds) for bonds in zip(*(state.bonds for state in states), strict=True)]


def test_states_of_different_shapes_have_no_sum():
    with pytest.raises(ValueError, match="no sum"):
        superposition([w_state(4), w_state(5)])
    with pytest.raises(ValueError, match="no sum"):
        superposition([w_state(4), aklt(4)])
