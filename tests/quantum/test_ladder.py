"""Replica exchange in |psi|^(2/T): detailed balance by enumeration, both wells of an ordered state; the control."""

import itertools

import pytest
import torch
from networks import generator

from physlearn.quantum.chain import heisenberg, tfim
from physlearn.quantum.diagonalisation import ground_state
from physlearn.quantum.ladder import Ladders
from physlearn.quantum.measure import all_states, magnetisation_of, measure_magnetisation
from physlearn.streams import streams
from physlearn.tempering import swaps
from physlearn.tempering.ladder import geometric
from physlearn.tensor.exact import chi_square

RING = tfim(4, periodic=True)


def place(sites):
    return 2 ** torch.arange(sites - 1, -1, -1)


def from_table(logs):
    """ln psi read off a table of all configurations."""
    return lambda states: logs[(states * place(states.shape[1])).sum(-1)]


def rough(sites, strength, dtype=torch.float64):
    """ln psi with a value of its own for every configuration: no symmetry hides an error."""
    return strength * torch.randn(2**sites, generator=generator(3), dtype=dtype)


def make(chain, rows, temperatures, swap="deo", seed=3):
    return Ladders(chain, streams(seed, range(rows * len(temperatures))), temperatures, generator(4), swap)


def p_values(ladders, logs, sweeps):
    """chi^2 at every temperature of the last configurations of many ladders against |psi|^(2/T)."""
    ladders.sweep(from_table(logs), sweeps)
    by_level = ladders.states[ladders.replicas.rows()]  # (ladder, level, site)
    found = []
    for level, temperature in enumerate(ladders.replicas.temperatures.tolist()):
        index = (by_level[:, level] * place(by_level.shape[2])).sum(1)
        shares = (2 * logs.real / temperature).softmax(0)
        found.append(chi_square(torch.bincount(index, minlength=len(logs)).double(), shares)[1])
    return found


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128], ids=["real", "complex"])
def test_every_temperature_follows_its_own_law(dtype):
    logs = rough(4, 0.7, dtype)
    assert min(p_values(make(RING, 6_000, geometric(1.0, 4.0, 3)), logs, 10)) > 1e-3


@pytest.mark.parametrize("wrong", ["without 1/T_1 - 1/T_2", "E = -ln |psi|"])
def test_control_another_swap_rule_fails(wrong, monkeypatch):
    right = swaps.exact_statistic

    def statistic(energies, replicas):
        found = right(energies, replicas)
        difference = -replicas.betas.diff() if wrong.startswith("without") else 2.0
        return swaps.Statistic(found.energies, found.delta / difference, found.variance)

    monkeypatch.setattr(swaps, "exact_statistic", statistic)
    assert min(p_values(make(RING, 6_000, geometric(1.0, 4.0, 3)), rough(4, 0.7), 10)) < 1e-9


def test_detailed_balance_of_a_swap_for_every_pair_of_configurations():
    """P_1(a) P_2(b) A(a, b) = P_1(b) P_2(a) A(b, a), by the very code of a sweep, A read off its counter."""
    logs, temperatures = rough(2, 0.9), torch.tensor([1.0, 2.7], dtype=torch.float64)
    chain = tfim(2)
    laws = [(2 * logs / t).softmax(0) for t in temperatures]
    chance = {}
    for a, b in itertools.product(range(4), repeat=2):
        ladders = make(chain, 1, temperatures)
        ladders.states = all_states(2)[0][[a, b]]
        ladders.sites = 0  # a sweep of no moves: the swap alone
        ladders.sweep(from_table(logs))
        chance[a, b] = float(ladders.swapped[0])
    for a, b in chance:
        flow = [laws[0][x] * laws[1][y] * chance[x, y] for x, y in ((a, b), (b, a))]
        assert float(flow[0]) == pytest.approx(float(flow[1]), rel=1e-12)
    assert min(chance.values()) < 0.5
    assert max(chance.values()) == 1


@pytest.fixture(scope="module")
def ordered():
    """The ground state of 8 sites at h = 0.3 J with a tenth more weight where the magnetisation is positive."""
    chain = tfim(8, 1.0, 0.3, periodic=True)
    psi = ground_state(chain)[1].abs()
    states = all_states(8)[0]
    psi = psi * (1 + 0.1 * ((states == 0).sum(1) - 4).sign())
    return chain, psi / torch.linalg.vector_norm(psi)


def magnetisation(ordered, swap, sweeps=120):
    """Of 40 ladders that begin with all spins up."""
    chain, psi = ordered
    ladders = make(chain, 40, geometric(1.0, 6.0, 6), swap)
    ladders.states = torch.zeros_like(ladders.states)
    rows = []
    for sweep in range(sweeps):
        ladders.sweep(from_table(psi.log()))
        if sweep >= sweeps // 4:
            rows.append(1 - 2 * ladders.sampled().double().mean(1))
    return measure_magnetisation(torch.stack(rows, 1)), ladders


def test_exchange_crosses_between_the_wells(ordered):
    exact = magnetisation_of(ordered[1], 8)
    found, ladders = magnetisation(ordered, "deo")
    assert 0.1 < exact < 0.3
    assert abs(found.mean - exact) < 4 * found.error
    assert found.error < 0.08
    assert found.r_hat < 1.5
    assert min(ladders.swap_acceptance()) > 0.2


def test_control_without_exchange_chains_stay_where_they_began(ordered):
    exact = magnetisation_of(ordered[1], 8)
    found, _ = magnetisation(ordered, "none")
    assert found.mean > 0.6
    assert (found.mean - exact) / found.error > 10


def test_the_magnetisation_of_a_state_counts_state_0_as_up():
    assert magnetisation_of(torch.tensor([1.0, 0, 0, 0], dtype=torch.float64), 2) == 1
    assert magnetisation_of(torch.tensor([0, 0.6, 0, 0.8], dtype=torch.float64), 2) == pytest.approx(-0.64)


def test_spins_that_are_exchanged_keep_sz_at_every_temperature():
    """The Hastings factor is not divided by T: chi^2 of the hot end too."""
    chain = heisenberg(6, periodic=True)
    logs = rough(6, 0.5)
    kept = 2 * all_states(6)[0].sum(1) == 6
    ladders = make(chain, 4_000, geometric(1.0, 3.0, 2))
    ladders.sweep(from_table(logs), 12)
    assert bool((2 * ladders.states.sum(1) == 6).all())
    for level, temperature in enumerate((1.0, 3.0)):
        states = ladders.states[ladders.replicas.rows()[:, level]]
        counts = torch.bincount((states * place(6)).sum(1), minlength=64).double()
        shares = (2 * logs[kept] / temperature).softmax(0)
        assert chi_square(counts[kept], shares)[1] > 1e-3


def test_counters_and_states_are_saved():
    logs = rough(4, 0.7)
    whole = make(RING, 5, geometric(1.0, 4.0, 3))
    whole.sweep(from_table(logs), 3)
    other = make(RING, 5, geometric(1.0, 4.0, 3), seed=3)
    other.generator.manual_seed(99)
    other.load_state_dict(whole.state_dict())
    for ladders in (whole, other):
        ladders.sweep(from_table(logs), 4)
    assert torch.equal(whole.states, other.states)
    assert torch.equal(whole.replicas.levels, other.replicas.levels)
    assert whole.swap_acceptance() == other.swap_acceptance()
    assert whole.moved.tolist() == other.moved.tolist() != [0] * 5
    whole.reset()
    assert (whole.moves, whole.swap_acceptance(), whole.moved.tolist()) == (0, [0, 0], [0] * 5)
