"""Momenta under exchange: at every level <x^2>, <p'^2> and <x p'> are exact where p' is scaled in the middle of B."""

import numpy as np
import pytest
import torch

from physlearn.dynamics.harmonic_wells import Harmonic
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.thermal import add_scaled, evaluate, root
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.statistics import standard_error
from physlearn.tempering import swaps
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange

# temperatures, stiffness, mass, friction, step, steps between swaps, ladders, steps of burn-in, steps that count
WEAK = ([1.0, 2.0], [1.0], 1.0, 0.05, 0.4, 1, 5000, 150, 350)
WEAK_LONG = ([1.0, 2.0], [1.0], 1.0, 0.05, 0.4, 1, 8000, 250, 800)
ANISOTROPIC = ([0.3, 0.5, 0.9], [0.6, 1.4, 3.1], 1.7, 0.2, 0.8, 2, 2000, 60, 240)


class AtTheEnd(UnderdampedLangevin):
    """Control: p itself is scaled, after the closing A, where it is correlated with x."""

    def change_temperature(self, factor, closure):
        self.rescale_momenta(factor)


class AroundO(AtTheEnd):
    """Control: the same step begun at O, so that swaps fall between the two A, where x has another variance."""

    @torch.no_grad()
    def step(self, closure=None):
        group = self.param_groups[0]
        weights, half_drift = group["params"], group["lr"] / (2 * group["mass"])
        momenta = self.momenta(group, weights)
        c = np.exp(-group["friction"] * group["lr"])
        noise = self.noise(group, weights)
        torch._foreach_mul_(momenta, c)
        add_scaled(momenta, noise, root((1 - c * c) * group["mass"] * group["temperature"]))  # O
        add_scaled(weights, momenta, half_drift)  # A
        evaluate(closure)
        add_scaled(momenta, [weights[0].grad], -group["lr"])  # B
        add_scaled(weights, momenta, half_drift)  # A


def deviations(kind, numbers, seed=1):
    """k<x^2>/T - 1, <p'^2>/(mT(1 - h^2 k/4m)) - 1, <x p'> sqrt(k/m)/T before B, and errors: (moment, level, d) each."""
    temperatures, stiffness, mass, friction, h, every, ladders, burn_in, steps = numbers
    well, ladder = Harmonic(torch.tensor(stiffness, dtype=torch.float64)), replicas(temperatures, ladders)
    k, draw, seen = well.stiffness, torch.Generator().manual_seed(seed), []
    states = torch.nn.Parameter(well.sample(ladder.row_temperatures(), len(ladder.row_temperatures()), draw))
    optimizer = kind([states], h, ladder.row_temperatures(), friction, mass, generator=draw)

    def force(x):
        gradient, heat = well.gradient(x), optimizer.param_groups[0]["temperature"][:, None]
        if (p := optimizer.state[states].get("momentum")) is not None:
            middle = p - h * gradient / 2
            narrowed = mass * heat * (1 - h * h * k / (4 * mass))
            found = x.square() * k / heat - 1, middle.square() / narrowed - 1, x * middle * (k / mass).sqrt() / heat
            rows = (heat.view(ladders, -1).argsort(1) + len(temperatures) * torch.arange(ladders)[:, None]).T
            seen.append(torch.stack(found)[:, rows])  # (moment, level, ladder, d)
        return well.energy(x), gradient

    explore = weight_mover(optimizer, states, force, every)
    stream = torch.Generator().manual_seed(seed + 100)
    loop = exchange(ladder, explore, lambda: well.energy(states.detach()), stream, rescale=explore.rescale)
    for _ in range((burn_in + steps) // every):
        next(loop)
    averages = sum(seen[burn_in:]) / len(seen[burn_in:])
    return averages.mean(2).numpy(), standard_error(averages.transpose(0, 2).numpy()).transpose(1, 0, 2)


@pytest.fixture
def always(monkeypatch):
    """The one pair of two levels is tried after every step, not after every other one."""

    def decide(probability, sweep, swap, generator):
        return torch.rand(probability.shape, generator=generator, dtype=torch.float64) < probability

    monkeypatch.setattr(swaps, "decide", decide)


def test_positions_and_momenta_have_their_law_at_both_levels_under_weak_friction(always):
    mean, error = deviations(UnderdampedLangevin, WEAK)
    assert np.abs(mean / error).max() < 4
    assert error.max() < 0.008


def test_positions_and_momenta_have_their_law_at_three_levels_in_three_wells():
    mean, error = deviations(UnderdampedLangevin, ANISOTROPIC)
    assert np.abs(mean / error).max() < 4
    assert error.max() < 0.005


def test_control_a_swap_at_the_end_of_the_step_heats(always):
    """k<x^2>/T = 1.11 and 1.35 after the swap, 1.087 and 1.366 before it."""
    mean, error = deviations(AtTheEnd, WEAK)
    assert (mean / error)[0].min() > 8


@pytest.mark.slow
def test_a_long_run_tells_the_middle_of_B_from_O(always):
    """k<x^2>/T = 1.018 at T = 1 around O: small at this step, and yet not 1."""
    mean, error = deviations(UnderdampedLangevin, WEAK_LONG)
    assert np.abs(mean / error).max() < 4
    assert error.max() < 0.004
    mean, error = deviations(AroundO, WEAK_LONG)
    assert (mean / error)[0, 0] > 4
    assert mean[0].max() < 0.03


@pytest.mark.parametrize("kind", [AtTheEnd, AroundO])
def test_control_another_point_of_the_step_is_biased_in_three_wells(kind):
    mean, error = deviations(kind, ANISOTROPIC)
    assert np.abs(mean / error)[0].max() > 10  # by the positions alone


def test_momenta_start_independent_of_the_positions_in_the_middle_of_B():
    """<x p'> = 0 and <p'^2> = mT before the first step; drawn at its end, <x p'> = -h T/2."""
    temperature, k, mass, h, rows = 0.7, 1.3, 1.7, 0.8, 40_000
    well, draw = Harmonic(torch.tensor([k], dtype=torch.float64)), torch.Generator().manual_seed(5)

    def middle(start):
        states = torch.nn.Parameter(well.sample(temperature, rows, draw))
        optimizer = UnderdampedLangevin([states], h, temperature, 0.2, mass, generator=draw)
        states.grad = well.gradient(states.detach())
        start(optimizer)
        momentum = optimizer.momenta(optimizer.param_groups[0], [states])[0]
        x, p = states.detach()[:, 0].numpy(), (momentum - h * states.grad / 2)[:, 0].numpy()
        return [found.mean() / standard_error(found) for found in (x * p, p**2 - mass * temperature)]

    assert np.abs(middle(lambda optimizer: optimizer.start_momenta(None))).max() < 4
    assert middle(lambda optimizer: None)[0] < -10


def extrapolated(keep_friction):
    """SGNHT at T = 1, 2: q d <(xi - A)^2>/T and k<x^2>/T at h -> 0 from h = .1 and .2, each (level,), with errors."""
    diffusion, d, k, ladders = 0.5, 4, 1.0, 1500
    well = Harmonic(torch.full((d,), k, dtype=torch.float64))

    def at(h):
        ladder, draw, seen = replicas([1.0, 2.0], ladders), torch.Generator().manual_seed(7), []
        states = torch.nn.Parameter(well.sample(ladder.row_temperatures(), 2 * ladders, draw))
        optimizer = NoseHoover([states], h, ladder.row_temperatures(), diffusion, generator=draw)
        explore = weight_mover(optimizer, states, lambda x: (well.energy(x), well.gradient(x)))

        def rescale(factor):
            xi = optimizer.param_groups[0]["thermostat"]
            explore.rescale(factor)
            if keep_friction:
                optimizer.param_groups[0]["thermostat"] = xi

        stream = torch.Generator().manual_seed(8)
        loop = exchange(ladder, explore, lambda: well.energy(states.detach()), stream, rescale=rescale)
        for step in range(int(60 / h)):
            next(loop)
            if step >= 20 / h:
                heat, xi = ladder.row_temperatures(), optimizer.param_groups[0]["thermostat"]
                found = d * (xi - diffusion) ** 2 / heat, k * states.detach().square().mean(1) / heat
                seen.append(torch.stack(found)[:, ladder.rows()])
        return sum(seen) / len(seen)  # (name, ladder, level)

    values = (2 * at(0.1) - at(0.2)).numpy()
    return values.mean(1), standard_error(values.transpose(1, 0, 2))


def test_the_thermostat_is_right_for_small_steps():
    mean, error = extrapolated(keep_friction=False)
    assert np.abs((mean - 1) / error).max() < 4
    assert error.max() < 0.03


def test_control_a_friction_that_stays_with_its_row_is_not():
    mean, error = extrapolated(keep_friction=True)
    assert ((mean - 1) / error)[0, 0] > 8
