"""Free fermions and exact diagonalisation against each other and against numbers known beforehand."""

import math

import numpy as np
import pytest
import torch

from physlearn.quantum.chain import SpinChain, aklt, heisenberg, tfim
from physlearn.quantum.diagonalisation import ground_state
from physlearn.quantum.exact import (
    HEISENBERG_DENSITY,
    central_charge,
    fitted_charge,
    tfim_energy,
    tfim_entropies,
    tfim_matrix,
)
from physlearn.tensor.exact import entropy_of_dense

ENERGIES = [  # N, h, periodic, E_0
    (20, 1.0, False, -25.107797111624),
    (64, 1.0, False, -81.125980123144),
    (100, 1.0, False, -126.961876739681),
    (20, 0.5, True, -21.2708883069),
    (20, 1.0, True, -25.490989686365),
    (20, 2.0, True, -42.5417766138),
    (80, 0.5, True, -85.0835527978692),
    (80, 1.0, True, -101.865708857905),
    (80, 2.0, True, -170.1671055957384),
]


@pytest.mark.parametrize(("size", "field", "periodic", "energy"), ENERGIES)
def test_energies_of_the_ising_chain(size, field, periodic, energy):
    assert tfim_energy(size, 1.0, field, periodic) == pytest.approx(energy, rel=2e-12)
    if field == 1 and not periodic:
        assert tfim_energy(size) == pytest.approx(1 - 1 / math.sin(math.pi / (2 * (2 * size + 1))), rel=1e-13)


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize(("coupling", "field"), [(1.0, 1.0), (1.3, 0.6), (0.7, 1.5)])
def test_free_fermions_are_exact_diagonalisation(coupling, field, periodic):
    chain = tfim(8, coupling, field, periodic)
    energy, psi, gap = ground_state(chain)
    assert gap > 1e-4
    assert chain.energy() == pytest.approx(energy, abs=1e-11)
    dense = [entropy_of_dense(psi.reshape([2] * 8), cut) for cut in range(1, 8)]
    assert chain.entropies() == pytest.approx(dense, abs=1e-9)


def test_control_an_odd_periodic_chain_is_not_of_the_closed_form():
    """For J > h the lowest fermion state has the wrong parity: why an odd N is refused."""
    p, even = tfim(6, 1.0, 0.5), tfim(6, 1.0, 0.5, periodic=True)
    odd = SpinChain("odd", 7, p.bond, p.field, periodic=True)
    formula = -np.linalg.svd(tfim_matrix(7, 1.0, 0.5, True), compute_uv=False).sum()
    assert abs(formula - ground_state(odd)[0]) > 1e-3
    assert abs(even.energy() - ground_state(even)[0]) < 1e-11
    with pytest.raises(ValueError, match="size=7 is not allowed"):
        tfim_energy(7, periodic=True)


def test_energies_of_the_heisenberg_chain():
    known = {(10, True): -4.515446354492, (10, False): -4.258035207283}
    for (size, periodic), energy in known.items():
        assert ground_state(heisenberg(size, periodic))[0] == pytest.approx(energy, abs=1e-11)
    assert ground_state(heisenberg(10, True))[0] / 10 < HEISENBERG_DENSITY < -4.258 / 10


def test_energies_of_the_aklt_chain():
    """-2/3 a bond; four ground states on an open chain, one on a periodic one."""
    energy, _, gap = ground_state(aklt(5))
    assert (energy, gap) == pytest.approx((-8 / 3, 0), abs=1e-10)
    energy, _, gap = ground_state(aklt(5, periodic=True))
    assert energy == pytest.approx(-10 / 3, abs=1e-11)
    assert gap > 0.1


def test_entropies_and_the_central_charge():
    """c = .500 +- .002 from half chains of 64, 128 and 256 sites."""
    periodic = {n: tfim_entropies(n, periodic=True)[n // 2 - 1] for n in (64, 128, 256)}
    assert list(periodic.values()) == pytest.approx([0.9809285943, 1.0964443389, 1.2119666728], abs=1e-9)
    assert central_charge(periodic[64], periodic[128]) == pytest.approx(0.5, abs=2e-3)
    assert central_charge(periodic[128], periodic[256]) == pytest.approx(0.5, abs=2e-3)
    open_ = [tfim_entropies(n)[n // 2 - 1] for n in (64, 128)]
    assert open_ == pytest.approx([0.5458269308, 0.6047802653], abs=1e-9)
    assert fitted_charge(tfim_entropies(64, periodic=True), True) == pytest.approx(0.5, abs=2e-3)
    assert abs(fitted_charge(tfim_entropies(64, 1.0, 1.2, True), True) - 0.5) > 0.1  # the control: off criticality


def test_too_many_states_are_refused():
    with pytest.raises(ValueError, match="size=17: exact diagonalisation is for at most"):
        ground_state(heisenberg(17))
    assert torch.is_tensor(ground_state(tfim(3))[1])
