"""k rounds, save, restore, k rounds are 2 k rounds, bit for bit: spins and weights, swaps and adaptation included."""

import io

import pytest
import torch

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.streams import Streams, streams
from physlearn.systems.network import Network
from physlearn.systems.quartic_well import DoubleWell
from physlearn.systems.square_lattice import Ising
from physlearn.tempering.ladder import geometric
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange
from physlearn.tempering.trace import Trace

ADAPT_AT = (4, 12)  # one before the checkpoint after 9 rounds, one after it
LEVELS, LADDERS = 5, 2


class Bench:
    """Everything that one run holds, built afresh or from what another saved."""

    def __init__(self, kind, swap):
        self.ladder, self.kind = replicas(geometric(1.0, 3.0, LEVELS), LADDERS), kind
        self.swaps, self.record = torch.Generator().manual_seed(1), Trace(20, LADDERS, LEVELS)
        rescale = None
        if kind == "ising":
            system, self.numbers = Ising(6), streams(2, range(LEVELS * LADDERS))
            self.states, self.optimizer = system.start(self.numbers), None
            explore, measure = self._sweep(system), lambda: system.energy(self.states)
        else:
            system = DoubleWell(2.0, 3)
            generators = [torch.Generator().manual_seed(r) for r in range(LEVELS * LADDERS)]
            self.states = torch.nn.Parameter(torch.ones(LEVELS * LADDERS, 3))
            heat = self.ladder.row_temperatures()
            self.optimizer = (
                Langevin([self.states], lr=0.02, temperature=heat, scheme="leimkuhler_matthews", generator=generators)
                if kind == "langevin"
                else UnderdampedLangevin([self.states], 0.1, heat, friction=0.3, generator=generators)
            )
            force = lambda w: (system.energy(w), system.gradient(w))  # noqa: E731
            explore = weight_mover(self.optimizer, self.states, force, every=3)
            rescale = explore.rescale
            measure = lambda: system.energy(self.states.detach())  # noqa: E731
        self.loop = exchange(self.ladder, explore, measure, self.swaps, swap=swap, rescale=rescale, adapt_at=ADAPT_AT)

    def _sweep(self, system):
        return lambda heat: system.sweep(self.states, heat, self.numbers)

    def run(self, rounds):
        for _ in range(rounds):
            self.record.append(next(self.loop))
        return self

    def save(self):
        state = {"ladder": self.ladder.state_dict(), "record": self.record.state_dict(), "states": self.states.data}
        state["swaps"] = self.swaps.get_state()
        if self.kind == "ising":
            state["keys"], state["count"] = self.numbers.keys, self.numbers.count
        else:
            state["optimizer"] = self.optimizer.state_dict()
        file = io.BytesIO()
        torch.save(state, file)
        file.seek(0)
        return torch.load(file, weights_only=True)

    def load(self, state):
        self.ladder.load_state_dict(state["ladder"])
        self.record.load_state_dict(state["record"])
        self.states.data.copy_(state["states"])
        self.swaps.set_state(state["swaps"])
        if self.kind == "ising":
            self.numbers = Streams(state["keys"], state["count"])
        else:
            self.optimizer.load_state_dict(state["optimizer"])
        return self


@pytest.mark.parametrize("swap", ["deo", "seo"])
@pytest.mark.parametrize("kind", ["ising", "langevin", "underdamped"])
def test_resumed_is_straight_bit_for_bit(kind, swap):
    straight = Bench(kind, swap).run(20)
    resumed = Bench(kind, swap).load(Bench(kind, swap).run(9).save()).run(11)
    assert torch.equal(straight.states, resumed.states)
    assert torch.equal(straight.ladder.temperatures, resumed.ladder.temperatures)
    for name, series in straight.record.arrays().items():
        assert (series == resumed.record.arrays()[name]).all(), name
    assert not torch.equal(straight.ladder.temperatures, geometric(1.0, 3.0, LEVELS))  # it did adapt
    assert (straight.record.arrays()["levels"] != list(range(LEVELS))).any()  # and did swap


def test_control_a_forgotten_generator_of_swaps_shows():
    straight, state = Bench("ising", "seo").run(20), Bench("ising", "seo").run(9).save()
    state["swaps"] = torch.Generator().manual_seed(99).get_state()
    resumed = Bench("ising", "seo").load(state).run(11)
    assert (straight.record.arrays()["levels"] != resumed.record.arrays()["levels"]).any()


def test_a_network_of_replicas_resumes_and_swaps():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    generator = torch.Generator().manual_seed(3)
    inputs, targets = torch.randn(30, 4, generator=generator), torch.randint(2, (30,), generator=generator)
    network = Network(module, inputs, targets, weight_decay=0.1)

    def run(parts):
        ladder = replicas(geometric(0.02, 0.1, 4))
        states = torch.nn.Parameter(network.prior_sample(4, 0.02, torch.Generator().manual_seed(4)))
        noise = [torch.Generator().manual_seed(10 + r) for r in range(4)]
        swaps, saved, levels = torch.Generator().manual_seed(5), None, []
        for rounds in parts:
            mover = Langevin([states], lr=0.1, temperature=ladder.row_temperatures().float(), generator=noise)
            if saved is not None:
                mover.load_state_dict(saved)
            explore = weight_mover(mover, states, lambda w: (network.energy(w), network.gradient(w)), every=4)
            loop = exchange(ladder, explore, lambda: network.energy(states.detach()), swaps)
            levels += [next(loop).levels.tolist() for _ in range(rounds)]
            saved = mover.state_dict()
        return states.detach(), levels

    (straight, levels), (resumed, again) = run([20]), run([7, 13])
    assert torch.equal(straight, resumed)
    assert levels == again
    assert levels[-1] != levels[0]


def test_a_state_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="replicas"):
        replicas([1.0, 2.0]).load_state_dict(replicas([1.0, 2.0, 3.0]).state_dict())
    big = Trace(3, 1, 4)
    big.length = 3
    with pytest.raises(ValueError, match="does not fit"):
        Trace(2, 1, 4).load_state_dict(big.state_dict())


def test_states_that_called_levels_rungs_are_read():
    """Checkpoints of version 0.2.0 and before."""
    ladder, record = replicas(geometric(1.0, 3.0, LEVELS), LADDERS), Trace(4, LADDERS, LEVELS)
    ladder.levels = ladder.levels.flip(1)
    record.length, record.levels[0, 0, 0] = 1, 3
    again, empty = replicas(geometric(1.0, 3.0, LEVELS), LADDERS), Trace(4, LADDERS, LEVELS)
    for old, new in ((ladder, again), (record, empty)):
        state = old.state_dict()
        new.load_state_dict({"rungs": state.pop("levels")} | state)
    assert again.levels.equal(ladder.levels)
    assert empty.levels[0, 0, 0] == 3
