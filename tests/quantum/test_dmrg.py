"""DMRG against free fermions, exact diagonalisation and valence bonds; imaginary time; Lanczos."""

import math

import pytest
import torch

from physlearn.quantum import dmrg, imaginary_time
from physlearn.quantum.chain import SpinChain, aklt, heisenberg, tfim
from physlearn.quantum.exact import tfim_energy, tfim_entropies
from physlearn.quantum.lanczos import lowest
from physlearn.quantum.mpo import expectation_of, matrix_product_operator
from physlearn.tensor.born import bond_of
from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.gauge import entanglement_entropies, isometry_defect, schmidt_values


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def critical():
    """The open critical Ising chain of 14 sites."""
    return dmrg.minimise(tfim(14), 64, 1e-10, generator())


def test_energy_entropies_and_gauge(critical):
    energy = tfim_energy(14)
    assert critical.energies[-1] == pytest.approx(energy, rel=1e-13)
    assert all(e > energy * (1 + 1e-13) for e in critical.energies)  # E < 0: never below
    found = expectation_of(matrix_product_operator(tfim(14)), critical.state.cores)
    assert found == pytest.approx(energy, rel=1e-13)
    assert entanglement_entropies(critical.state) == pytest.approx(tfim_entropies(14), abs=1e-8)
    assert isometry_defect(critical.state) < 1e-12
    assert critical.state.log_norm() == pytest.approx(0, abs=1e-12)


def test_discarded_weights_at_the_middle(critical):
    """1.4457e-3, 3.15e-6 and 8.8e-10 beyond 2, 4 and 8 Schmidt values."""
    squares = schmidt_values(critical.state)[6].square()
    beyond = [float(squares[kept:].sum()) for kept in (2, 4, 8)]
    assert beyond == pytest.approx([1.4457e-3, 3.15e-6, 8.8e-10], rel=6e-3)


@pytest.mark.parametrize(
    ("chain", "bond", "energy", "within"),
    [
        (tfim(20), 64, -25.107797111624, 1e-12),
        (heisenberg(10), 32, -4.258035207283, 1e-11),
        (heisenberg(10, periodic=True), 32, -4.515446354492, 1e-11),
        pytest.param(heisenberg(14), 64, -6.026724661862, 1e-9, marks=pytest.mark.slow),
        pytest.param(heisenberg(14, periodic=True), 128, -6.263549533547, 1e-9, marks=pytest.mark.slow),
        (aklt(12), 2, -22 / 3, 1e-12),
        (aklt(10, periodic=True), 4, -20 / 3, 1e-12),
    ],
    ids=["ising", "open", "periodic", "open 14", "periodic 14", "aklt open", "aklt periodic"],
)
def test_energies(chain, bond, energy, within):
    found = dmrg.minimise(chain, bond, 1e-8, generator())
    assert found.energies[-1] == pytest.approx(energy, rel=within)
    assert max(found.state.bonds) <= bond


def test_control_a_bond_too_small_does_not_hold_the_state():
    found = dmrg.minimise(aklt(8), 1, 1e-8, generator())
    assert found.energies[-1] > -14 / 3 * 0.95


@pytest.mark.slow
@pytest.mark.parametrize("size", [64, 100, 128])
def test_long_chains(size):
    found = dmrg.minimise(tfim(size), 64, 1e-8, generator(size))
    assert found.energies[-1] == pytest.approx(tfim_energy(size), rel=1e-10)
    assert entanglement_entropies(found.state) == pytest.approx(tfim_entropies(size), abs=1e-6)


@pytest.mark.studies
def test_a_long_periodic_chain():
    found = dmrg.minimise(tfim(64, periodic=True), 100, 1e-8, generator())
    assert found.energies[-1] == pytest.approx(tfim_energy(64, periodic=True), rel=1e-10)
    assert entanglement_entropies(found.state) == pytest.approx(tfim_entropies(64, periodic=True), abs=1e-6)


def test_the_effective_hamiltonian_is_that_of_the_whole(critical):
    """<theta|H_eff|theta> = <psi|H|psi> at a bond, and H_eff is symmetric."""
    chain = tfim(14)
    operator, cores = matrix_product_operator(chain), critical.state.cores
    environments = dmrg.OperatorEnvironments(cores, operator)
    environments.build(0)
    product = dmrg.effective_product(environments.left[0], operator[0], operator[1], environments.right[2])
    theta = (cores[0].reshape(2, -1) @ cores[1].reshape(cores[1].shape[0], -1)).reshape(2, -1)
    other = torch.randn(theta.shape, generator=generator(1), dtype=torch.float64)
    assert float((theta * product(theta)).sum()) == pytest.approx(tfim_energy(14), rel=1e-12)
    assert float((other * product(theta)).sum()) == pytest.approx(float((theta * product(other)).sum()), rel=1e-9)


def test_bonds_of_the_first_sweeps():
    assert [dmrg.bond_in_sweep(s, 100) for s in range(6)] == [8, 16, 32, 64, 100, 100]
    assert [dmrg.bond_in_sweep(s, 2) for s in range(6)] == [2] * 6
    assert [dmrg.bond_in_sweep(s, 2, 2) for s in range(6)] == [8, 16, 16, 16, 2, 2]
    assert not dmrg.converged([-1.0] * 5, 2, 1e-12, 2)  # the sweep before still had a larger bond
    assert dmrg.converged([-1.0] * 6, 2, 1e-12, 2)
    assert not dmrg.converged([-1.0] * 5 + [-1.1], 2, 1e-12, 2)


def test_a_small_bond_is_not_caught():
    """The critical Ising ring at bond 2: 6.4e-3; cut down from a larger bond it would stay at 1.7e-2."""
    found = dmrg.minimise(tfim(12, periodic=True), 2, 1e-8, generator(), 12, 1e-6)
    assert found.energies[-1] / tfim_energy(12, periodic=True) - 1 == pytest.approx(-6.386e-3, rel=1e-2)


def test_lanczos_finds_the_lowest_vector():
    matrix = torch.randn(40, 40, generator=generator(2), dtype=torch.float64)
    matrix = matrix + matrix.T
    start = torch.randn(5, 8, generator=generator(3), dtype=torch.float64)
    energy, vector, products = lowest(lambda x: (matrix @ x.flatten()).view(5, 8), start, 40, 1e-13)
    values, vectors = torch.linalg.eigh(matrix)
    assert energy == pytest.approx(float(values[0]), abs=1e-11)
    assert abs(float(vector.flatten() @ vectors[:, 0])) == pytest.approx(1, abs=1e-11)
    assert products <= 40
    assert lowest(lambda x: 3 * x, start)[2] == 1  # an eigenvector already
    assert math.isnan(lowest(lambda x: x * math.nan, start)[0])


def timed(chain, sweeps, first):
    state = dmrg.first_state(chain.sites, chain.physical, generator())
    for sweep in range(sweeps):
        gates = imaginary_time.gates(chain, imaginary_time.step_at(sweep, sweeps, first))
        for step in range(2 * (chain.sites - 1)):
            bond, rightward = bond_of(step, chain.sites)
            imaginary_time.apply_gate(state, gates[bond], bond, rightward, Cutoff(16, 1e-9))
    return expectation_of(matrix_product_operator(chain), state.cores)


def test_imaginary_time_goes_the_same_way():
    """Two chains with fields and without; the ends have whole fields, or the energy is off by far more."""
    for chain, energy in ((tfim(6, 1.0, 1.4), tfim_energy(6, 1.0, 1.4)), (heisenberg(6), -2.493577133888)):
        assert timed(chain, 50, 0.4) == pytest.approx(energy, rel=1e-4)


def test_trotter_error_is_of_second_order():
    """One step against exp(-tau H) by eigenvalues: the error falls by 8 where tau is halved."""
    chain = tfim(5, 1.0, 0.8)
    from physlearn.quantum.diagonalisation import sparse_operator

    whole = torch.from_numpy(sparse_operator(chain).toarray())
    errors = []
    for tau in (0.2, 0.1):
        state = dmrg.first_state(5, 2, generator(4))
        dense = torch.linalg.matrix_exp(-tau * whole) @ state.dense().flatten()
        gates = imaginary_time.gates(chain, tau)
        for step in range(8):
            bond, rightward = bond_of(step, 5)
            imaginary_time.apply_gate(state, gates[bond], bond, rightward, Cutoff())
        errors.append(float((state.dense().flatten() - dense / dense.norm()).norm()))
    assert errors[0] / errors[1] == pytest.approx(8, rel=0.2)


def test_imaginary_time_is_for_open_chains():
    with pytest.raises(ValueError, match="method=imaginary_time is for open chains"):
        imaginary_time.gates(tfim(6, periodic=True), 0.1)


def test_bond_energies_sum_to_the_hamiltonian():
    chain = tfim(4, 1.1, 0.7)
    terms = imaginary_time.bond_energies(chain)
    eye = torch.eye(2, dtype=torch.float64)
    whole = sum(
        torch.kron(torch.kron(torch.eye(2**b, dtype=torch.float64), h), torch.eye(2 ** (2 - b), dtype=torch.float64))
        for b, h in enumerate(terms)
    )
    psi = torch.randn(16, generator=generator(5), dtype=torch.float64)
    assert torch.allclose(whole @ psi, chain.apply(psi), atol=1e-12)
    bare = SpinChain("no field", 4, chain.bond, 0 * eye)
    assert torch.allclose(sum(imaginary_time.bond_energies(bare)), 3 * chain.bond)
