"""One description, every form of the operator: sparse, dense, matrix product and local energies agree."""

import pytest
import torch

from physlearn.quantum.chain import aklt, heisenberg, tfim
from physlearn.quantum.diagonalisation import sparse_operator, truth
from physlearn.quantum.local_energy import LocalEnergy
from physlearn.quantum.mpo import dense_operator, expectation_of, matrix_product_operator
from physlearn.tensor.exact import all_states
from physlearn.tensor.states import random_state

CHAINS = [
    tfim(6, 1.3, 0.7),
    tfim(6, 1.3, 0.7, periodic=True),
    heisenberg(5),
    heisenberg(6, periodic=True),
    aklt(4),
    aklt(4, periodic=True),
]


def by_hand(chain):
    """H from its definition: products of single-site matrices, one bond after another."""
    d, sites = chain.physical, chain.sites
    whole = torch.zeros(d**sites, d**sites, dtype=torch.float64)
    digits = all_states(sites, d)
    index = {tuple(state.tolist()): i for i, state in enumerate(digits)}
    for column, state in enumerate(digits.tolist()):
        for i, j in chain.bonds:
            for pair in range(d * d):
                to = [*state]
                to[i], to[j] = pair // d, pair % d
                whole[index[tuple(to)], column] += chain.bond[pair, state[i] * d + state[j]]
        for i in range(sites):
            for s in range(d):
                whole[index[(*state[:i], s, *state[i + 1 :])], column] += chain.field[s, state[i]]
    return whole


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: f"{chain.name[:5]}{chain.periodic}")
def test_all_forms_are_one_operator(chain):
    whole = by_hand(chain)
    size = len(whole)
    psi = torch.randn(size, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(whole, whole.T, atol=1e-14)
    assert torch.allclose(torch.from_numpy(sparse_operator(chain).toarray()), whole, atol=1e-13)
    operator = matrix_product_operator(chain)
    assert torch.allclose(dense_operator(operator), whole, atol=1e-13)
    assert torch.allclose(chain.apply(psi), whole @ psi, atol=1e-12)
    state = random_state(chain.sites, 3, torch.Generator().manual_seed(2), chain.physical)
    dense = state.dense().flatten()
    assert expectation_of(operator, state.cores) == pytest.approx(
        float(dense @ whole @ dense / (dense @ dense)), abs=1e-12
    )

    positive = psi.abs() + 0.1
    powers = chain.physical ** torch.arange(chain.sites - 1, -1, -1)
    local = LocalEnergy(chain, sign_rule=False)
    found = local(lambda states: positive[(states * powers).sum(-1)].log(), all_states(chain.sites, chain.physical))
    assert torch.allclose(found, (whole @ positive) / positive, atol=1e-11)


def test_the_operator_is_no_larger_than_it_must_be():
    """2 + terms, and as many again for the bond that closes the chain: 3 and 4, 5 and 8."""
    for make, sizes in ((tfim, (3, 4)), (heisenberg, (5, 8))):
        assert tuple(matrix_product_operator(make(6, periodic=p))[2].shape[0] for p in (False, True)) == sizes


def test_what_a_chain_conserves():
    assert [chain.conserves_sz for chain in CHAINS] == [False, False, True, True, True, True]


def test_the_sign_rule_makes_all_off_diagonal_terms_negative():
    """Marshall: <s|H|s'> sign(s) sign(s') <= 0; on an open chain of odd length too."""
    for chain in (heisenberg(6, periodic=True), heisenberg(5)):
        signs = LocalEnergy(chain).signs(all_states(chain.sites))
        turned = by_hand(chain) * signs[:, None] * signs
        assert float((turned - torch.diag(turned.diagonal())).max()) <= 0
        assert float((by_hand(chain) - torch.diag(turned.diagonal())).max()) > 0  # the control: without it


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: tfim(1), "size=1 is not allowed: it must be a whole number >= 2"),
        (lambda: tfim(7, periodic=True), "size=7 is not allowed on a periodic chain"),
        (lambda: heisenberg(7, periodic=True), "size=7 is not allowed on a periodic chain"),
        (lambda: aklt(2, periodic=True), "size=2 is not allowed: it must be a whole number >= 3"),
    ],
)
def test_wrong_chains_are_named(make, line):
    with pytest.raises(ValueError, match=line):
        make()


def test_what_is_known_of_a_chain():
    assert truth(tfim(40)).source == "free fermions"
    assert truth(heisenberg(40)).energy is None
    assert truth(heisenberg(5)).entropies is None  # two ground states: an entropy is not unique
    assert len(truth(heisenberg(6)).entropies) == 5
    assert truth(aklt(30, periodic=True)).energy == -20
