"""Chains: CD forgets, PCD goes on, tempered replicas reach modes that Gibbs steps alone do not."""

import pytest
import torch

from physlearn.boltzmann_machine import exact
from physlearn.boltzmann_machine.chains import FromData, Persistent, Tempered
from physlearn.boltzmann_machine.path import Path
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.streams import stream

# two hidden units couple all pixels: all on (with weight 0.7 or so) or all off, and no way between by single steps
WEIGHTS = torch.full((2, 8), 4.0).double()
DEEP = RestrictedBoltzmannMachine(WEIGHTS, torch.full((8,), -4.0).double(), torch.full((2,), -15.6).double())
NONE = torch.zeros(1, 8).double()


def ones():
    return float(exact.probabilities(DEEP) @ exact.all_units(8).sum(1))


def tempered(replicas=8, rounds=150):
    return Tempered(NONE[0], 400, replicas, 0.05, rounds, stream(1, "chains"), stream(1, "swaps"))


def z(v):
    """Of the mean number of ones."""
    counts = v.sum(1)
    return abs(float(counts.mean()) - ones()) / (float(counts.std()) / len(counts) ** 0.5)


def test_tempered_chains_sample_both_modes_and_persistent_ones_stay():
    assert 2 < ones() < 6
    chains = tempered()
    assert z(chains.sample(DEEP, NONE)) < 4
    assert min(chains.acceptance()) > 0.1
    stuck = Persistent(torch.zeros(400, 8).double(), 150, stream(1, "chains")).sample(DEEP, NONE)
    assert float(stuck.sum(1).mean()) < 0.5 * ones()


def test_every_level_has_the_law_of_its_machine():
    chains = tempered()
    chains.sample(DEEP, NONE)
    rows = chains.v[chains.replicas.rows()]  # (ladder, level, visible)
    for level in (2, 5, 7):
        machine = Path(DEEP, NONE[0]).at(float(chains.replicas.betas[level]))
        counts = rows[:, level].sum(1)
        expected = float(exact.probabilities(machine) @ exact.all_units(8).sum(1))
        assert abs(float(counts.mean()) - expected) < 4 * float(counts.std()) / 20


def test_control_swaps_by_the_energy_without_the_base_rates_fail():
    """With base rates a_0 the swap goes by E + a_0.v; without a_0.v the coldest replicas have another law."""
    base = torch.full((8,), 0.5).double()
    right = Tempered(base, 400, 8, 0.05, 150, stream(1, "chains"), stream(1, "swaps"))
    assert z(right.sample(DEEP, NONE)) < 4
    wrong = RestrictedBoltzmannMachine(*DEEP.parameters)
    wrong.energy = lambda v, h: RestrictedBoltzmannMachine.energy(wrong, v, h) - v @ base
    assert z(Tempered(base, 400, 8, 0.05, 150, stream(1, "chains"), stream(1, "swaps")).sample(wrong, NONE)) > 5


def test_cd_begins_at_the_batch_and_pcd_where_it_was():
    batch = torch.ones(50, 8).double()
    still = RestrictedBoltzmannMachine(
        100 * torch.eye(8).double(), -50 * torch.ones(8).double(), -50 * torch.ones(8).double()
    )
    assert torch.equal(FromData(3, stream(0, "x")).sample(still, batch), batch)
    chains = Persistent(0 * batch, 3, stream(0, "x"))
    assert torch.equal(chains.sample(still, batch), 0 * batch)
    moved = chains.sample(DEEP, batch)
    assert chains.v is moved


@pytest.mark.parametrize("kind", ["cd", "pcd", "tempered"])
def test_state_goes_on_bit_for_bit(kind):
    def made():
        numbers = stream(4, "chains")
        if kind == "cd":
            return FromData(2, numbers)
        if kind == "pcd":
            return Persistent(NONE.repeat(20, 1), 2, numbers)
        return Tempered(NONE[0], 20, 3, 0.2, 2, numbers, stream(4, "swaps"))

    first, batch = made(), torch.ones(20, 8).double()
    first.sample(DEEP, batch)
    state = first.state_dict()
    second = made()
    second.load_state_dict(state)
    assert torch.equal(first.sample(DEEP, batch), second.sample(DEEP, batch))
