"""Spins that are all coupled: compiled and vectorised moves agree spin by spin, and both rules sample Gibbs."""

import math

import pytest
import torch

from physlearn.dynamics import spin_kernels
from physlearn.dynamics.dense_spins import dense_energies, dense_sweep, descend, relax, update_together
from physlearn.streams import UNIT, Streams, streams
from physlearn.systems.exact import all_spins
from physlearn.systems.spin_glass import sherrington_kirkpatrick

ROWS, SPINS = 12, 20


def glass(samples=1, law="gaussian", spins=SPINS):
    return sherrington_kirkpatrick(spins, torch.Generator().manual_seed(4), samples, law).couplings


def start(couplings, rows=ROWS, seed=3):
    """Spins (row, N) and their fields."""
    bits = torch.rand(rows, couplings.shape[-1], generator=torch.Generator().manual_seed(seed)) < 0.5
    spins = (2 * bits - 1).to(torch.int8)
    own = couplings.repeat_interleave(rows // len(couplings), 0)
    return spins, (own @ spins.double()[:, :, None])[:, :, 0]


def both(monkeypatch, move):
    """What `move()` returns compiled and vectorised."""
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(spin_kernels, "compiled", lambda _, compiled=compiled: compiled)
        found.append(move())
    return found


@pytest.mark.parametrize("order", ["random", "sequential"])
@pytest.mark.parametrize("rule", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("samples", [1, 3])
def test_compiled_and_vectorised_sweeps_agree_spin_by_spin(order, rule, held, samples, monkeypatch):
    """Rows at T = 0 and T > 0 side by side, and a temperature that changes from sweep to sweep."""
    couplings = glass(samples)
    free = torch.rand(ROWS, SPINS, generator=torch.Generator().manual_seed(8)) < 0.7 if held else None
    temperatures = torch.linspace(0, 2, ROWS, dtype=torch.float64).repeat(6, 1)
    temperatures[3] = 0.7

    def move():
        (spins, fields), numbers = start(couplings), streams(5, range(ROWS))
        relax(spins, fields, couplings, temperatures, numbers, free=free, order=order, rule=rule)
        return spins, fields, numbers.count

    (fast, fields, count), (slow, slow_fields, slow_count) = both(monkeypatch, move)
    before = start(couplings)[0]
    assert torch.equal(fast, slow)
    assert count == slow_count == 6 * SPINS * (2 if order == "random" else 1)
    assert 0.1 < (fast != before).double().mean() < 0.9
    torch.testing.assert_close(fields, slow_fields)
    if held:
        assert torch.equal(fast[~free], before[~free])


@pytest.mark.parametrize("held", [False, True])
def test_steepest_descent_and_simultaneous_updates_agree_too(held, monkeypatch):
    couplings = glass()
    free = torch.rand(ROWS, SPINS, generator=torch.Generator().manual_seed(8)) < 0.7 if held else None
    temperatures = torch.linspace(0, 2, ROWS, dtype=torch.float64)

    def down():
        spins, fields = start(couplings)
        descend(spins, fields, couplings, 9, free=free)
        return spins

    def at_once():
        spins, fields = start(couplings)
        update_together(spins, fields, temperatures, streams(5, range(ROWS)), free=free)
        return spins

    before = start(couplings)[0]
    for move, most in ((down, 9), (at_once, SPINS)):
        fast, slow = both(monkeypatch, move)
        assert torch.equal(fast, slow)
        assert 1 <= (fast != before).sum(1).max() <= most
        if held:
            assert torch.equal(fast[~free], before[~free])


def test_steepest_descent_turns_the_spin_most_opposed_to_its_field():
    couplings = glass()
    (spins, fields), (before, old) = start(couplings), start(couplings)
    descend(spins, fields, couplings, 1)
    assert (spins != before).sum(1).tolist() == [1] * ROWS
    assert torch.equal((spins != before).double().argmax(1), (before * old).argmin(1))
    falls = dense_energies(spins, couplings) - dense_energies(before, couplings)
    torch.testing.assert_close(falls, 2 * (before * old).amin(1))


@pytest.mark.parametrize("order", ["random", "sequential"])
@pytest.mark.parametrize("rule", ["heat_bath", "metropolis"])
def test_both_rules_sample_gibbs_in_either_order(order, rule):
    """Mean and mean square of the energy of 8 spins over independent rows; at 0.8 instead of 0.7 they do not."""
    couplings, rows = glass(spins=8), 20_000
    spins, fields = start(couplings, rows)
    temperatures = torch.full((30, rows), 0.7, dtype=torch.float64)
    relax(spins, fields, couplings, temperatures, streams(6, range(rows)), order=order, rule=rule)
    energies, levels = dense_energies(spins, couplings), dense_energies(all_spins(8), couplings)

    def scores(temperature):
        weight = (-levels / temperature).softmax(0)
        pairs = ((energies**k, float(weight @ levels**k)) for k in (1, 2))
        return [abs(float((seen.mean() - exact) / seen.std())) * math.sqrt(rows) for seen, exact in pairs]

    assert max(scores(0.7)) < 4
    assert max(scores(0.8)) > 10


def test_fields_are_summed_sample_by_sample(monkeypatch):
    """Rows of several samples, as one dense sweep sums their fields up: each row is moved by its own couplings."""
    couplings, temperatures = glass(samples=3), torch.linspace(0.4, 2, ROWS, dtype=torch.float64)

    def move():
        spins, numbers = start(couplings)[0], streams(5, range(ROWS))
        dense_sweep(spins, couplings, temperatures, numbers)
        return spins

    fast, slow = both(monkeypatch, move)
    assert torch.equal(fast, slow)
    energies = torch.stack([-s.double() @ couplings[row // 4] @ s.double() / 2 for row, s in enumerate(fast)])
    for found in both(monkeypatch, lambda: dense_energies(fast, couplings)):
        torch.testing.assert_close(found, energies)


def test_a_spin_without_a_field_stays_at_zero_temperature(monkeypatch):
    """Also one whose field is within the tie; one beyond it turns over."""
    couplings, before = torch.zeros(1, 4, 4, dtype=torch.float64), torch.tensor([[1, -1, 1, -1]], dtype=torch.int8)
    weak, cold = torch.tensor([[0.0, 0.0, -0.3, 0.7]], dtype=torch.float64), torch.zeros(2, 1, dtype=torch.float64)

    def moved(move, tie, fields):
        spins = before.clone()
        if move == "descend":
            descend(spins, fields.clone(), couplings, 4, tie=tie)
        elif move == "relax":
            relax(spins, fields.clone(), couplings, cold, streams(1, range(1)), tie=tie)
        else:
            update_together(spins, fields, cold[0], streams(1, range(1)), tie=tie)
        return (spins != before)[0].tolist()

    for move in ("relax", "descend", "update_together"):
        for found in both(monkeypatch, lambda move=move: [moved(move, tie, weak) for tie in (0.3, 0.2)]):
            assert found == [[False, False, False, True], [False, False, True, True]]
        assert moved(move, 0.0, torch.zeros_like(weak)) == [False] * 4


def test_the_first_spin_visited_takes_the_first_draw():
    """Without couplings a spin is up where its draw is below 1/2; the sequential n-th is spin n."""
    couplings, numbers = torch.zeros(1, SPINS, SPINS, dtype=torch.float64), streams(5, range(ROWS))
    spins, fields = start(couplings)
    relax(spins, fields, couplings, torch.ones(2, ROWS, dtype=torch.float64), numbers, order="sequential")
    draws = streams(5, range(ROWS)).integers(SPINS, torch.arange(SPINS)) * UNIT  # the second sweep's
    assert torch.equal(spins > 0, draws < 0.5)


def test_the_first_spin_visited_is_any_with_equal_odds():
    """T = 0, all fields up, an antiferromagnet: the first spin that a sweep visits turns up and holds the others."""
    rows, couplings = 60_000, -3 * (torch.ones(1, 3, 3, dtype=torch.float64) - torch.eye(3, dtype=torch.float64))
    spins, fields = -torch.ones(rows, 3, dtype=torch.int8), torch.ones(rows, 3, dtype=torch.float64)
    relax(spins, fields, couplings, torch.zeros(1, rows, dtype=torch.float64), streams(7, range(rows)))
    first = (spins > 0).double()  # (row, spin)
    assert torch.equal(first.sum(1), torch.ones(rows, dtype=torch.float64))
    assert ((first.mean(0) - 1 / 3) / math.sqrt(2 / 9 / rows)).abs().max() < 4


def test_threads_and_neighbours_do_not_matter():
    couplings, rows = glass(spins=60), 400
    temperatures, before = torch.full((5, rows), 0.6, dtype=torch.float64), torch.get_num_threads()
    keys, found = streams(9, range(rows)).keys, []
    try:
        for threads, own in ((1, slice(None)), (3, slice(None)), (1, slice(100, 130))):
            torch.set_num_threads(threads)
            spins, fields = (tensor[own].contiguous() for tensor in start(couplings, rows))
            relax(spins, fields, couplings, temperatures[:, own].contiguous(), Streams(keys[own].clone()))
            found.append(spins)
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0][100:130], found[2])
