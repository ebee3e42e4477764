"""Dense memory: energies, the exact bit error of one update, and a capacity that grows as 2^(N/2)."""

import math

import pytest
import torch

from physlearn.hopfield.capacities import (
    dense_capacity,
    dense_error,
    dense_error_exact,
    exponential_capacity,
    hebb_error,
)
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.dense import DenseMemory
from physlearn.hopfield.patterns import flip, overlap, random_patterns

MEMORIES = [("polynomial", 3), ("polynomial", 4), ("rectified", 3), ("exponential", 2)]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("function", "power"), MEMORIES)
def test_the_field_is_the_difference_of_two_energies(function, power):
    """E(s_i = -1) - E(s_i = +1), spin by spin; for the exponential the same sign."""
    memory = DenseMemory(random_patterns(15, 20, seeded(1), torch.float64), function, power)
    states = random_patterns(6, 20, seeded(2), torch.float64)
    fields = memory.fields(states)
    for i in range(20):
        up, down = states.clone(), states.clone()
        up[:, i], down[:, i] = 1, -1
        drop = memory.energy(down) - memory.energy(up)
        if function == "exponential":
            assert torch.equal(drop.sign(), fields[:, i].sign())
        else:
            torch.testing.assert_close(fields[:, i], drop, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize(("function", "power"), MEMORIES)
def test_recall_lowers_the_energy_and_ends_at_a_minimum(function, power):
    memory = DenseMemory(random_patterns(60, 30, seeded(1), torch.float64), function, power)
    states, before = random_patterns(40, 30, seeded(2), torch.float64), None
    for sweeps in (0, 1, 2, 30):
        energy = memory.energy(memory.recall(states, sweeps))
        assert before is None or bool((energy <= before + 1e-9).all())
        before = energy
    end = memory.recall(states, 30)
    assert bool((memory.fields(end) * end >= 0).all())


def test_power_two_is_hebbs_network():
    """E = -sum (xi . s)^2 = 2 N E_Hebb - N P."""
    xi, states = random_patterns(5, 40, seeded(1), torch.float64), random_patterns(9, 40, seeded(2), torch.float64)
    torch.testing.assert_close(DenseMemory(xi, power=2).energy(states), 80 * HopfieldNetwork(xi).energy(states) - 200)


def bit_errors(neurons, patterns, power, samples, seed):
    """Wrong bits after one update of each bit alone: mean and standard error over sets of patterns."""
    generator, found = seeded(seed), []
    for _ in range(samples):
        xi = random_patterns(patterns, neurons, generator)
        found.append((DenseMemory(xi, power=power).fields(xi[:300]) * xi[:300] < 0).double().mean())
    found = torch.stack(found)
    return float(found.mean()), float(found.std()) / math.sqrt(samples)


@pytest.mark.parametrize(
    ("neurons", "patterns", "power", "samples"), [(60, 200, 3, 150), (100, 1000, 3, 20), (40, 1000, 4, 40)]
)
def test_bit_error_of_one_update_is_the_exact_sum(neurons, patterns, power, samples):
    mean, error = bit_errors(neurons, patterns, power, samples, 3)
    assert abs(mean - dense_error_exact(neurons, patterns, power)) < 4 * error
    assert error < 0.04 * mean


def test_the_gaussian_formula_is_too_small_and_the_exact_sum_explains_it():
    """.0072 by Gaussian crosstalk, .0079 exactly at (60, 200, 3); negative control: the simulation tells them apart."""
    assert dense_error(60, 200, 3) == pytest.approx(0.00715, abs=5e-6)
    assert dense_error(100, 1000, 3) == pytest.approx(0.0339, abs=5e-5)
    assert dense_error(40, 1000, 4) == pytest.approx(0.0194, abs=5e-5)
    mean, error = bit_errors(40, 1000, 4, 120, 4)
    assert abs(mean - dense_error_exact(40, 1000, 4)) < 4 * error < 4 * abs(mean - dense_error(40, 1000, 4))
    assert dense_error_exact(4000, 900, 2) == pytest.approx(dense_error(4000, 900, 2), rel=0.02)
    assert dense_error(1000, 138, 2) == hebb_error(0.138) == pytest.approx(0.0036, abs=2e-4)


def test_exponential_memory_stores_two_to_the_half_n():
    """At K = 2^(N/2) patterns the fraction of wrong bits falls as N grows; x^2 and x^3 fail at the same K."""
    wrong = []
    for neurons in (14, 20, 26):
        count = round(exponential_capacity(neurons))
        assert count == 2 ** (neurons // 2)
        xi = random_patterns(count, neurons, seeded(neurons))
        memory, some = DenseMemory(xi, "exponential"), xi[:300]
        wrong.append(float((memory.fields(some) * some < 0).double().mean()))
    assert wrong[0] > wrong[1] > wrong[2]
    assert wrong[2] < 1e-3
    corrupted = flip(some, 1 / neurons, seeded(1))
    assert float(overlap(memory.recall(corrupted), some).mean()) > 0.98
    for power in (2, 3):  # negative control
        assert float(overlap(DenseMemory(xi, power=power).recall(some), some).mean()) < 0.6


def test_capacity_at_a_given_error_grows_exponentially():
    """log2 of the K at which 1 % of bits go wrong rises by at least 1/2 a neuron; for x^3 it is 2 log2 N."""
    reach = []
    for neurons in (10, 12, 14):
        count = 8
        while True:
            xi = random_patterns(count, neurons, seeded(7))
            some = xi[:400]
            if float((DenseMemory(xi, "exponential").fields(some) * some < 0).double().mean()) > 0.01:
                break
            count = math.ceil(count * 1.2)
        reach.append(math.log2(count))
    assert reach[2] - reach[0] > 0.5 * 4
    assert 2 * math.log2(14 / 10) < 0.5 * 4


def test_clamped_neurons_never_move():
    memory = DenseMemory(random_patterns(60, 30, seeded(1)), power=3)
    states = random_patterns(20, 30, seeded(2))
    clamped = torch.arange(30) < 11
    after = memory.recall(states, clamped=clamped)
    assert torch.equal(after[:, clamped], states[:, clamped])
    assert not torch.equal(after, states)


def test_capacity_formula():
    assert dense_capacity(100, 3) == pytest.approx(100**2 / (2 * 3 * math.log(100)))
    assert exponential_capacity(30, 0.1) < exponential_capacity(30) == pytest.approx(2**15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DenseMemory(torch.zeros(2, 3)), r"\+1 or -1"),
        (lambda: DenseMemory(torch.ones(2, 3), "cubic"), "got 'cubic'"),
        (lambda: DenseMemory(torch.ones(2, 3), power=1), "at least 2, got 1"),
        (lambda: DenseMemory(torch.ones(2, 3)).energy(torch.ones(1, 4)), "3 neurons, got 4"),
        (lambda: dense_error(1, 5, 3), "got 1, 5, 3"),
        (lambda: exponential_capacity(10, 0.5), "got 0.5"),
    ],
)
def test_bad_input_gets_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()
