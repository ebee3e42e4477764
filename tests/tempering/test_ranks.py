"""Rows over ranks: who holds which, and a state that is one state however many movers its rows have."""

from functools import partial
from itertools import pairwise

import pytest
import torch
from torch import nn

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.streams import streams
from physlearn.systems.quartic_well import DoubleWell
from physlearn.systems.spin_glass import SherringtonKirkpatrick, edwards_anderson, sherrington_kirkpatrick
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.ranks import Ranks, Spread
from physlearn.tempering.rows import RowByRow, join, part
from physlearn.tempering.swaps import MinibatchLosses

ROWS, SYSTEM = 5, DoubleWell(2.0, 3)
HEAT = torch.linspace(0.5, 2.0, ROWS)


class Rows:
    """A mover of some of five rows in a double well, by one of the optimizers."""

    def __init__(self, make, rows):
        self.states = nn.Parameter(torch.ones(len(rows), 3))
        noise = [torch.Generator().manual_seed(row) for row in rows]
        self.optimizer = make([self.states], lr=0.02, temperature=HEAT[rows.start : rows.stop], generator=noise)
        self.explore = weight_mover(self.optimizer, self.states, lambda w: (SYSTEM.energy(w), SYSTEM.gradient(w)), 3)

    def measure(self):
        return SYSTEM.energy(self.states.detach())

    def state_dict(self):
        return {"states": self.states.detach(), "optimizer": self.optimizer.state_dict(), "common": 7}

    def load_state_dict(self, state):
        with torch.no_grad():
            self.states.copy_(state["states"])
        self.optimizer.load_state_dict(state["optimizer"])


def together(make):
    return Rows(make, range(ROWS))


def apart(make):
    return RowByRow([Rows(make, range(row, row + 1)) for row in range(ROWS)])


UNDERDAMPED = partial(UnderdampedLangevin, friction=0.7)


@pytest.mark.parametrize("make", [Langevin, MALA, NoseHoover, PreconditionedLangevin, UNDERDAMPED])
def test_rows_apart_and_together_go_on_from_one_anothers_state(make):
    one, other = together(make), apart(make)
    for mover in (one, other):
        mover.explore(HEAT)
    assert flat(one.state_dict()).keys() == flat(other.state_dict()).keys()
    crossed, back = apart(make), together(make)
    crossed.load_state_dict(one.state_dict())
    back.load_state_dict(part(other.state_dict(), range(ROWS), ROWS))
    for mover in (one, other, crossed, back):
        mover.explore(HEAT.flip(0))
    for mover in (other, crossed, back):
        torch.testing.assert_close(mover.states.detach(), one.states.detach())
        torch.testing.assert_close(mover.measure(), one.measure())
    assert not torch.equal(one.states[0], torch.ones(3))


def test_a_row_apart_has_the_same_bits_whatever_stands_beside_it():
    def run(rows):
        movers = RowByRow([Rows(MALA, range(row, row + 1)) for row in rows])
        movers.explore(HEAT[rows])
        return movers.states

    whole = run([0, 1, 2, 3, 4])
    assert torch.equal(run([0, 1]), whole[:2])
    assert torch.equal(run([3]), whole[3:4])


@pytest.mark.parametrize(
    "make",
    [
        lambda draw: sherrington_kirkpatrick(50, draw),
        lambda draw: edwards_anderson(4, 3, draw),
        lambda draw: sherrington_kirkpatrick(50, draw, samples=6),
    ],
)
def test_energies_of_spins_have_the_same_bits_whatever_rows_stand_beside(make):
    system = make(torch.Generator().manual_seed(1))
    states = system.start(streams(2, range(6)))
    whole = system.energy(states)
    if len(system.couplings) > 1:
        alone = [SherringtonKirkpatrick(system.couplings[[k]]).energy(states[[k]]) for k in range(6)]
    else:
        alone = [system.energy(states[:2]), system.energy(states[2:3]), system.energy(states[3:])]
    assert torch.equal(torch.cat(alone), whole)


def test_parts_join_to_what_they_were_cut_from():
    mover = together(UNDERDAMPED)
    mover.explore(HEAT)
    state, edges = mover.state_dict(), (0, 1, 3, 5)
    parts = [part(state, range(start, stop), ROWS) for start, stop in pairwise(edges)]
    assert [len(cut["states"]) for cut in parts] == [1, 2, 2]
    assert [len(cut["optimizer"]["generators"]) for cut in parts] == [1, 2, 2]
    joined = flat(join(parts, [1, 2, 2]))
    for name, value in flat(state).items():
        assert torch.equal(joined[name], value) if isinstance(value, torch.Tensor) else joined[name] == value, name


def test_processes_that_have_come_apart_are_noticed():
    with pytest.raises(ValueError, match="come apart"):
        join([{"step": 4}, {"step": 5}], [1, 1])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("ladders", [1, 3])
def test_every_row_is_held_once_and_the_shares_differ_by_one_at_most(count, ladders):
    shares = [Ranks(ROWS, ladders, rank, count).rows() for rank in range(count)]
    assert [row for share in shares for row in share] == list(range(ROWS * ladders))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_more_ranks_than_replicas_are_refused_in_one_line():
    with pytest.raises(ValueError, match=r"replicas=2: 3 ranks are more .* Type e.g. tempering.replicas=3") as refusal:
        Ranks(2, ladders=8, count=3)
    assert "\n" not in str(refusal.value)


def test_one_rank_is_told_what_there_is():
    mover = Rows(MALA, range(ROWS))
    alone = Spread(mover, Ranks(ROWS))
    alone.explore(HEAT)
    assert torch.equal(alone.measure(), mover.measure())
    assert torch.equal(alone.states(), mover.states.detach())
    assert torch.equal(alone.read(torch.abs), mover.states.detach().abs())
    assert flat(alone.state_dict()).keys() == flat(mover.state_dict()).keys()


def test_losses_on_a_minibatch_keep_their_order():
    class Losses:
        def __init__(self, row):
            self.row = row

        def measure(self):
            return MinibatchLosses(torch.full((1, 4), float(self.row)), torch.tensor([self.row / 2]), 9)

    reading = RowByRow([Losses(row) for row in range(3)]).measure()
    assert reading.losses[:, 0].tolist() == [0, 1, 2]
    assert reading.prior.tolist() == [0, 0.5, 1]
    assert reading.examples == 9


def flat(state, path=""):
    """The leaves of a nest of dicts and lists by their path."""
    if isinstance(state, dict):
        return {name: leaf for key, value in state.items() for name, leaf in flat(value, f"{path}/{key}").items()}
    if isinstance(state, list):
        return {name: leaf for key, value in enumerate(state) for name, leaf in flat(value, f"{path}/{key}").items()}
    return {path: state}
