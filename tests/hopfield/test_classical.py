"""What every move must keep: energies, Gibbs's distribution, seeds, clamped neurons; one clear line for bad input."""

import math
from itertools import pairwise

import pytest
import torch

from physlearn.dynamics import spin_kernels
from physlearn.dynamics.dense_spins import relax
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.patterns import overlap, random_patterns
from physlearn.schedules import linear
from physlearn.streams import streams
from physlearn.systems.exact import all_spins


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def make(patterns=7, neurons=60, seed=0, rule="hebb", dtype=torch.float64):
    return HopfieldNetwork(random_patterns(patterns, neurons, seeded(seed), dtype), rule)


def adversarial(network):
    """Patterns, their opposites, mixtures of three, all up, alternating, and the worst: s opposite to its own field."""
    xi = network.patterns
    mixture = (xi[0] + xi[1] + xi[2]).sign()
    alternating = torch.ones_like(mixture)
    alternating[::2] = -1
    against = -torch.where(network.fields(mixture[None])[0] >= 0, 1.0, -1.0).to(xi)
    return torch.stack([*xi, *-xi, mixture, torch.ones_like(mixture), alternating, against])


def test_energy_is_the_quadratic_form():
    network = make()
    states = random_patterns(5, 60, seeded(1), torch.float64)
    exact = torch.stack([-0.5 * s @ network.weights @ s for s in states])
    torch.testing.assert_close(network.energy(states), exact, rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("rule", ["hebb", "projection", "storkey"])
def test_couplings_are_symmetric_without_diagonal(rule):
    weights = make(rule=rule).weights
    assert torch.equal(weights.diagonal(), torch.zeros(60, dtype=torch.float64))
    torch.testing.assert_close(weights, weights.T, rtol=0, atol=1e-15)


@pytest.mark.parametrize("dynamics", ["sequential", "greedy"])
def test_a_flip_lowers_the_energy_by_exactly_twice_the_field(dynamics):
    """One spin free at a time: the energy falls by 2|h_i| where s_i opposes h_i, else nothing moves."""
    network = make(patterns=9)
    states = torch.cat([adversarial(network), random_patterns(40, 60, seeded(2), torch.float64)])
    fields, flips = network.fields(states), 0
    for i in (0, 17, 59):
        clamped = torch.ones(60, dtype=torch.bool)
        clamped[i] = False
        after = network.recall(states, dynamics=dynamics, sweeps=1, clamped=clamped)
        opposed = states[:, i] * fields[:, i] < -1e-12
        expected = torch.where(opposed, -2 * fields[:, i].abs(), 0.0)
        torch.testing.assert_close(network.energy(after) - network.energy(states), expected, rtol=0, atol=1e-11)
        assert torch.equal(after[:, i] != states[:, i], opposed)
        flips += int(opposed.sum())
    assert flips > 10


@pytest.mark.parametrize("dynamics", ["asynchronous", "sequential", "greedy"])
@pytest.mark.parametrize("rule", ["hebb", "projection", "storkey"])
def test_falling_energy_ends_where_no_spin_opposes_its_field(dynamics, rule):
    network = make(patterns=12, rule=rule)
    states = torch.cat([adversarial(network), random_patterns(30, 60, seeded(3), torch.float64)])
    path = list(network.trajectory(states, dynamics=dynamics, sweeps=50, generator=seeded(4)))
    energies = torch.stack([network.energy(spins) for spins in path])
    assert bool((energies.diff(dim=0) <= 1e-12).all())
    assert bool((network.fields(path[-1]) * path[-1] >= -1e-12).all())


def test_cached_fields_stay_the_fields_of_the_states():
    """After many flips at T > 0 the fields that were kept up to date equal J s."""
    network = make(neurons=100)
    start = random_patterns(4, 100, seeded(1), torch.float64)
    spins, fields = start.to(torch.int8), network.fields(start)
    heat = torch.full((300, 4), 0.9, dtype=torch.float64)
    relax(spins, fields, network.weights[None], heat, streams(1, range(4)))
    assert (spins != start).double().mean() > 0.2
    torch.testing.assert_close(fields, network.fields(spins), rtol=0, atol=1e-10)


def test_synchronous_dynamics_has_a_lyapunov_function_and_ends_in_a_cycle_of_at_most_two():
    """-s(t).J.s(t-1) never rises; the energy itself does (negative control)."""
    network = make(patterns=20)
    states = torch.cat([adversarial(network), random_patterns(200, 60, seeded(5), torch.float64)])
    path = list(network.trajectory(states, dynamics="synchronous", sweeps=60))
    values = torch.stack([network.lyapunov(a, b) for a, b in pairwise(path)])
    assert bool((values.diff(dim=0) <= 1e-12).all())
    assert torch.equal(path[-1], path[-3])
    energies = torch.stack([network.energy(spins) for spins in path])
    assert float(energies.diff(dim=0).max()) > 0.1


def gibbs_z(network, temperature, dynamics, target):
    """z of the means of E, s_0 s_5 and m^2 over independent rows, against exp(-target) summed over 2^12 states."""
    states = all_spins(12).double()
    weight = (-target(network, states)).softmax(0)
    rows = random_patterns(6000, 12, seeded(6), torch.float64)
    rows = network.recall(rows, temperature, dynamics, sweeps=60, generator=seeded(7))
    scores = []
    for observe in (network.energy, lambda s: s[:, 0] * s[:, 5], lambda s: overlap(s, network.patterns[:1]) ** 2):
        seen, exact = observe(rows), float((weight * observe(states)).sum())
        scores.append(float((seen.mean() - exact) / (seen.std() / math.sqrt(len(rows)))))
    return scores


def boltzmann(temperature):
    return lambda network, states: network.energy(states) / temperature


def little(temperature):
    """Peretto (1984): the parallel heat bath samples exp(sum_i ln 2cosh(h_i/T))."""
    return lambda network, states: -(2 * torch.cosh(network.fields(states) / temperature)).log().sum(1)


@pytest.mark.parametrize("dynamics", ["asynchronous", "sequential"])
def test_heat_bath_samples_gibbs(dynamics):
    network = make(patterns=3, neurons=12, seed=5)
    assert all(abs(z) < 4 for z in gibbs_z(network, 0.6, dynamics, boltzmann(0.6)))


def test_parallel_heat_bath_samples_littles_distribution_and_not_gibbs():
    network = make(patterns=3, neurons=12, seed=5)
    assert all(abs(z) < 4 for z in gibbs_z(network, 0.6, "synchronous", little(0.6)))
    assert max(abs(z) for z in gibbs_z(network, 0.6, "synchronous", boltzmann(0.6))) > 6


def test_a_heat_bath_at_twice_the_temperature_is_found_out():
    """Negative control: P(+1) = 1/(1 + exp(-h/T)), the factor 2 forgotten, is a heat bath at 2T."""
    network = make(patterns=3, neurons=12, seed=5)
    assert max(abs(z) for z in gibbs_z(network, 1.2, "asynchronous", boltzmann(0.6))) > 8


def z_of_rows(scale=1.0):
    """z of <E> of rows at T = .4 and 2.5 in one batch, beside rows at 0; heated by a factor for the control."""
    network = make(patterns=3, neurons=12, seed=5)
    heat = torch.tensor([0.0, 0.4, 2.5]).repeat_interleave(6000)
    rows = random_patterns(18_000, 12, seeded(9), torch.float64)
    rows = network.recall(rows, heat * scale, sweeps=100, generator=seeded(8))
    assert bool((network.fields(rows) * rows >= -1e-12)[:6000].all()), "rows at T = 0 end in minima"
    energies = network.energy(rows).view(3, -1)
    levels = network.energy(all_spins(12).double())
    exact = torch.stack([levels @ (-levels / t).softmax(0) for t in (0.4, 2.5)])
    return ((energies[1:].mean(1) - exact) / (energies[1:].std(1) / math.sqrt(6000))).tolist()


def test_rows_may_have_temperatures_of_their_own():
    assert max(map(abs, z_of_rows())) < 4


def test_control_rows_ten_percent_too_hot_are_found_out():
    assert min(map(abs, z_of_rows(1.1))) > 5


def test_the_vectorised_path_for_other_devices_obeys_the_same_laws(monkeypatch):
    """One spin of all rows at a time, in torch: Gibbs's mean energy, fields kept up to date, and minima at T = 0."""
    monkeypatch.setattr(spin_kernels, "compiled", lambda spins: False)
    network = make(patterns=3, neurons=12, seed=5)
    start = random_patterns(4000, 12, seeded(1), torch.float64)
    spins, fields = start.to(torch.int8), network.fields(start)
    heat = torch.full((40, 4000), 0.6, dtype=torch.float64)
    relax(spins, fields, network.weights[None], heat, streams(1, range(4000)), tie=1e-12)
    torch.testing.assert_close(fields, network.fields(spins), rtol=0, atol=1e-10)
    energy, exact = network.energy(spins), network.energy(all_spins(12).double())
    exact = float((exact * (-exact / 0.6).softmax(0)).sum())
    assert abs(float(energy.mean()) - exact) / (float(energy.std()) / math.sqrt(4000)) < 4
    for dynamics in ("asynchronous", "sequential", "greedy"):
        after = network.recall(spins.double(), 0.0, dynamics, sweeps=40)
        assert bool((network.fields(after) * after >= -1e-12).all())


@pytest.mark.parametrize("temperature", [0.0, 0.7, linear(1.2, 0.0)])
@pytest.mark.parametrize("dynamics", ["asynchronous", "sequential", "synchronous"])
def test_recall_is_the_end_of_the_trajectory_on_any_number_of_threads(temperature, dynamics):
    network = make(patterns=10, neurons=80)
    states = random_patterns(101, 80, seeded(1), torch.float64)  # work enough for threads
    threads = torch.get_num_threads()
    ends = []
    try:
        for count in (1, 2, 5):
            torch.set_num_threads(count)
            ends.append(network.recall(states, temperature, dynamics, sweeps=25, generator=seeded(2)))
            *_, last = network.trajectory(states, temperature, dynamics, sweeps=25, generator=seeded(2))
            assert torch.equal(ends[-1], last)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(ends[0], ends[1])
    assert torch.equal(ends[0], ends[2])


def test_seeds_matter_only_where_there_is_chance():
    network, states = make(patterns=10), random_patterns(6, 60, seeded(1), torch.float64)
    a, b = (network.recall(states, 0.8, sweeps=5, generator=seeded(k)) for k in (1, 2))
    assert not torch.equal(a, b)
    assert torch.equal(network.recall(states, 0.8, sweeps=5), network.recall(states, 0.8, sweeps=5))
    before = states.clone()
    c, d = (network.recall(states, dynamics="sequential", generator=seeded(k)) for k in (1, 2))
    assert torch.equal(c, d)
    assert torch.equal(states, before), "recall leaves its argument alone"


@pytest.mark.parametrize("dynamics", ["asynchronous", "sequential", "synchronous", "greedy"])
def test_clamped_neurons_never_move(dynamics):
    network = make(patterns=10)
    states = random_patterns(20, 60, seeded(1), torch.float64)
    clamped = torch.rand(20, 60, generator=seeded(2)) < 0.5
    after = network.recall(states, 0.0 if dynamics == "greedy" else 1.1, dynamics, sweeps=8, clamped=clamped)
    assert torch.equal(after[clamped], states[clamped])
    assert not torch.equal(after, states)


def test_annealing_finds_lower_energies_than_a_quench():
    network = make(patterns=30, neurons=120)
    states = random_patterns(40, 120, seeded(1), torch.float64)
    quench = network.energy(network.recall(states, sweeps=100))
    slow = network.energy(network.recall(states, linear(1.0, 0.0), sweeps=100))
    assert float((quench - slow).mean()) > 4 * float((quench - slow).std()) / math.sqrt(40)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.int8])
def test_states_come_back_in_their_own_type(dtype):
    patterns = random_patterns(3, 50, seeded(1)).to(dtype)
    network = HopfieldNetwork(patterns)
    after = network.recall(patterns, sweeps=5)
    assert after.dtype == dtype
    assert network.weights.dtype == network.energy(patterns).dtype
    assert torch.equal(after, patterns)


def bad(**changes):
    settings = {"patterns": torch.ones(2, 6), "states": torch.ones(1, 6), "rule": "hebb"} | changes
    network = HopfieldNetwork(settings.pop("patterns"), settings.pop("rule"))
    network.recall(settings.pop("states"), **settings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patterns": torch.ones(0, 6)}, "patterns must be"),
        ({"patterns": torch.ones(3, 0)}, "patterns must be"),
        ({"patterns": torch.ones(6)}, "patterns must be"),
        ({"patterns": torch.full((2, 6), 0.5)}, r"\+1 or -1 everywhere, got 0.5"),
        ({"patterns": torch.full((2, 6), math.nan)}, "got nan"),
        ({"rule": "hebbian"}, "hebb, projection, storkey, got 'hebbian'"),
        ({"patterns": torch.ones(7, 6), "rule": "projection"}, "got 7 > 6"),
        ({"rule": "projection"}, "linearly independent"),
        ({"states": torch.ones(1, 5)}, "6 neurons, got 5"),
        ({"states": torch.zeros(1, 6)}, "states must be .* got 0"),
        ({"temperature": -0.1}, "temperature must be finite and >= 0, got -0.1"),
        ({"temperature": torch.ones(3)}, r"got \(3,\)"),
        ({"temperature": linear(1.0, -1.0)}, ">= 0, got -"),
        ({"dynamics": "parallel"}, "got 'parallel'"),
        ({"dynamics": "greedy", "temperature": 0.3}, "greedy"),
        ({"sweeps": -1}, "sweeps must be >= 0, got -1"),
        ({"clamped": torch.ones(3, dtype=torch.bool)}, "clamped must be bool"),
    ],
)
def test_bad_input_gets_one_clear_line(changes, message):
    with pytest.raises(ValueError, match=message) as caught:
        bad(**changes)
    assert "\n" not in str(caught.value)
