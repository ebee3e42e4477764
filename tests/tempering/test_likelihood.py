"""family=likelihood: exp(-L/T) N(x; 0, sigma^2) at every level, swaps by L alone: Gaussian, so that all is known."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import torch

from physlearn.dynamics.mala import MALA
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.statistics import standard_error
from physlearn.systems.network import Network
from physlearn.tempering.likelihood import Likelihood, LikelihoodMover
from physlearn.tempering.permutation import replicas
from physlearn.tempering.ranks import Ranks, Spread
from physlearn.tempering.rounds import exchange
from physlearn.tempering.rows import RowByRow

SLOPE, CENTRE = torch.tensor([1.0, 2.5], dtype=torch.float64), torch.tensor([0.8, -0.6], dtype=torch.float64)
VARIANCE = torch.tensor([0.5, 1.3], dtype=torch.float64)  # sigma^2
TEMPERATURES = torch.tensor([0.6, 1.2, 2.4], dtype=torch.float64)
STEP, MASS, FRICTION, LADDERS, BURN_IN, SWEEPS = 0.5, 1.7, 0.15, 3000, 60, 180

PRECISION = SLOPE / TEMPERATURES[:, None] + 1 / VARIANCE  # L''/T + 1/sigma^2: (level, d)
MEAN = SLOPE * CENTRE / TEMPERATURES[:, None] / PRECISION
CURVATURE = PRECISION * TEMPERATURES[:, None]  # of E_T


def loss(x):
    return (SLOPE * (x - CENTRE).square()).sum(1) / 2


def loss_and_gradient(x):
    return loss(x), SLOPE * (x - CENTRE)


def start(draw):
    """Equilibrium at every level: (row, d)."""
    normals = torch.randn(LADDERS, 3, 2, generator=draw, dtype=torch.float64)
    return (MEAN + normals / PRECISION.sqrt()).reshape(-1, 2)


def underdamped(states, heat, draw):
    return UnderdampedLangevin([states], STEP, heat, FRICTION, MASS, generator=draw)


def mala(states, heat, draw):
    return MALA([states], 0.5, heat, generator=draw)


class Rescaled(LikelihoodMover):
    """Control: p' goes along with its row, scaled by sqrt(T_new/T_old) as where levels share their energy."""

    def follow(self, source, heat):
        old = self.optimizer.param_groups[0]["temperature"]
        self.enter([(heat / old).sqrt()[:, None] * values for values in self.leave()], heat)


class Stuck(LikelihoodMover):
    """Control: lambda stays that of the temperature where a row began."""

    def _at(self, heat):
        if self._decay is None:
            super()._at(heat)


def run(make=underdamped, kind=LikelihoodMover, by_prior_too=False, seed=1):
    """z of <x>, <(x - <x>)^2>, and of <p'^2>, <(x - <x>)p'> where there are momenta, in the middle of B: (z, level, d).

    And mean and variance of the losses by level, with errors over ladders.
    """
    ladder, draw = replicas(TEMPERATURES, LADDERS), torch.Generator().manual_seed(seed)
    states = torch.nn.Parameter(start(draw))
    optimizer = make(states, ladder.row_temperatures(), draw)
    explore = kind(optimizer, states, Likelihood(loss_and_gradient, VARIANCE))

    def measure():
        x, heat = states.detach(), optimizer.param_groups[0]["temperature"][:, None]
        prior = (heat / VARIANCE * x.square()).sum(1) / 2
        return loss(x) + prior if by_prior_too else loss(x)

    stream, seen, losses = torch.Generator().manual_seed(seed + 50), [], []
    loop = exchange(ladder, explore, measure, stream, follow=explore.follow)
    for sweep in range(BURN_IN + SWEEPS):
        result = next(loop)
        if sweep < BURN_IN:
            continue
        x = states.detach()[ladder.rows()]  # (ladder, level, d), after the swaps
        found = [x - MEAN, (x - MEAN).square() - 1 / PRECISION]
        if (p := optimizer.state[states].get("momentum")) is not None:
            gradient = SLOPE * (x - CENTRE) + TEMPERATURES[:, None] / VARIANCE * x
            middle = p[ladder.rows()] - STEP * gradient / 2
            law = TEMPERATURES[:, None] * (MASS - STEP**2 * CURVATURE / 4)
            found += [middle.square() - law, (x - MEAN) * middle]
        seen.append(torch.stack(found, 1))
        losses.append(result.energies)
    averages, losses = (sum(seen) / len(seen)).numpy(), torch.stack(losses, 1).numpy()  # (ladder, name, level, d)
    return averages.mean(0) / standard_error(averages), losses


@pytest.mark.parametrize("make", [underdamped, mala])
def test_every_level_has_its_own_gaussian_posterior(make):
    """Positions with the precision L''/T + 1/sigma^2, momenta with T (m - h^2 K_T/4), independent of one another."""
    z, losses = run(make)
    assert np.abs(z).max() < 4
    truth = (SLOPE * (1 / PRECISION + (MEAN - CENTRE) ** 2)).sum(1) / 2
    found = losses.mean(1)
    assert np.abs((found.mean(0) - truth.numpy()) / standard_error(found)).max() < 4


def test_the_heat_capacity_is_the_variance_of_the_loss():
    """-d<L>/d(1/T) = Var L = sum a^2 (1/k^2 + 2 (mean - c)^2/k)/2, k the precision, a the slope of L."""
    losses = run()[1]
    offset = (MEAN - CENTRE) ** 2
    variance = (SLOPE**2 * (1 / PRECISION**2 + 2 * offset / PRECISION)).sum(1).numpy() / 2
    mean = (SLOPE * (1 / PRECISION + offset)).sum(1).numpy() / 2
    squares = (losses - mean).__pow__(2).mean(1)
    assert np.abs((squares.mean(0) - variance) / standard_error(squares)).max() < 4


@pytest.mark.parametrize("make", [underdamped, mala])
def test_control_swaps_by_loss_and_prior_are_biased(make):
    assert np.abs(run(make, by_prior_too=True)[0][:2]).max() > 10


@pytest.mark.parametrize("kind", [Rescaled, Stuck])
def test_control_momenta_that_leave_their_level_and_a_lambda_that_stays_are_biased(kind):
    assert np.abs(run(kind=kind)[0]).max() > 10


def thermostat(kind):
    ladder, draw = replicas([1.0, 2.0], 2), torch.Generator().manual_seed(3)
    states = torch.nn.Parameter(torch.randn(4, 2, generator=draw, dtype=torch.float64))
    optimizer = kind([states], 0.1, ladder.row_temperatures(), 0.7, generator=draw)
    explore = LikelihoodMover(optimizer, states, Likelihood(loss_and_gradient, VARIANCE))
    explore(ladder.row_temperatures())
    return explore, optimizer, states


class Rows:
    """A ladder of four rows, moved together or each alone, under a network's loss."""

    def __init__(self, apart, saved=None):
        saved = copy.deepcopy(saved)
        self.ladder, self.swaps = replicas([0.5, 0.7, 0.9, 1.2]), torch.Generator().manual_seed(4)
        layers = torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 2)
        inputs = torch.randn(12, 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        system = Network(torch.nn.Sequential(*layers).double(), inputs, inputs[:, 0].gt(0).long())
        self.movers = [self.mover(system, [row]) for row in range(4)] if apart else [self.mover(system, range(4))]
        everyone = RowByRow(self.movers) if apart else self.movers[0]
        follow = Spread(everyone, Ranks(4)).follow if apart else self.movers[0].follow
        self.system = system
        if saved:
            self.ladder.load_state_dict(saved["ladder"])
            self.swaps.set_state(saved["swaps"])
            for mover, states, optimizer in zip(self.movers, saved["states"], saved["optimizers"], strict=True):
                mover.states.data.copy_(states)
                mover.optimizer.load_state_dict(optimizer)
        self.loop = exchange(self.ladder, self.explore, self.measure, self.swaps, follow=follow)

    def mover(self, system, rows):
        draw = torch.Generator().manual_seed(6)
        states = torch.nn.Parameter(torch.randn(4, system.dimension, generator=draw, dtype=torch.float64)[list(rows)])
        noise = [torch.Generator().manual_seed(row) for row in rows]
        optimizer = UnderdampedLangevin([states], 0.4, torch.ones(len(rows)), 0.2, generator=noise)
        return LikelihoodMover(optimizer, states, Likelihood(system.loss_and_gradient, 0.7), every=2)

    def explore(self, heat):
        for mover, own in zip(self.movers, heat.split(4 // len(self.movers)), strict=True):
            mover(own)

    def measure(self):
        return torch.cat([self.system.losses(mover.states.detach()).mean(1) for mover in self.movers])

    def run(self, rounds):
        self.levels = [next(self.loop).levels.tolist() for _ in range(rounds)]
        return self

    def states(self):
        return torch.cat([mover.states.detach() for mover in self.movers])

    def save(self):
        states = [mover.states.detach() for mover in self.movers]
        optimizers = [mover.optimizer.state_dict() for mover in self.movers]
        ladder, swaps = self.ladder.state_dict(), self.swaps.get_state()
        return dict(ladder=ladder, swaps=swaps, states=states, optimizers=optimizers)


def test_a_network_resumes_bit_for_bit_and_its_rows_may_be_apart():
    straight = Rows(apart=False).run(20)
    assert any(a != b for a, b in pairwise(straight.levels))
    assert torch.equal(Rows(False, Rows(False).run(9).save()).run(11).states(), straight.states())
    apart = Rows(apart=True).run(20)
    assert apart.levels == straight.levels
    torch.testing.assert_close(apart.states(), straight.states())


@pytest.mark.parametrize("kind", [UnderdampedLangevin, NoseHoover])
def test_what_stood_at_a_level_stays_there(kind):
    explore, _, _ = thermostat(kind)
    before, source = explore.leave(), torch.tensor([1, 0, 2, 3])
    explore.follow(source, torch.tensor([2.0, 1.0, 1.0, 2.0], dtype=torch.float64))
    for old, new in zip(before, explore.leave(), strict=True):
        torch.testing.assert_close(new, old[source])
    assert len(before) == (2 if kind is NoseHoover else 1)


def test_a_swap_takes_one_gradient_of_the_loss_that_the_next_step_uses():
    asked, ladder = [], replicas([1.0, 2.0], 1)

    def counted(x):
        asked.append(x.clone())
        return loss_and_gradient(x)

    states = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float64))
    optimizer = UnderdampedLangevin([states], 0.1, ladder.row_temperatures(), 0.3)
    explore = LikelihoodMover(optimizer, states, Likelihood(counted, 0.5), every=2)
    for heat in ([1.0, 2.0], [2.0, 1.0], [1.0, 2.0]):
        explore(torch.tensor(heat, dtype=torch.float64))
        explore.follow(torch.tensor([1, 0]), torch.tensor(heat[::-1], dtype=torch.float64))
    assert len(asked) == 7  # six steps, and the one of the last swap that the next step would use


def test_mala_takes_its_energy_under_the_new_lambda():
    """It goes on from the energies it found, but not across a swap, which changes them."""
    states, heat = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float64)), torch.tensor([1.0, 2.0])
    optimizer = MALA([states], 1e-12, heat)
    explore = LikelihoodMover(optimizer, states, Likelihood(loss_and_gradient, VARIANCE))
    for temperatures in (heat, heat.flip(0)):
        explore(temperatures)
        expected = SLOPE * (1 - CENTRE) + temperatures[:, None].double() / VARIANCE
        torch.testing.assert_close(states.grad, expected, rtol=1e-5, atol=1e-5)
        explore.follow(torch.tensor([1, 0]), temperatures.flip(0))


def test_a_variance_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="variance must be positive"):
        Likelihood(loss_and_gradient, torch.tensor([1.0, 0.0]))
