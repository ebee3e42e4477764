"""What moves weights between swaps: MALA goes on from the energies and gradients it found, and notices other states."""

from functools import partial

import pytest
import torch

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.systems.quartic_well import DoubleWell
from physlearn.tempering.movers import weight_mover

SYSTEM, ROWS, HEAT = DoubleWell(3.0, 2), 6, torch.linspace(0.5, 3, 6, dtype=torch.float64)


def run(kind, remembers, sweeps=20):
    """(states, evaluations) after some sweeps; without memory the states are touched between steps."""
    states, calls = torch.nn.Parameter(torch.ones(ROWS, 2, dtype=torch.float64)), []
    mover = kind([states], lr=0.05, temperature=HEAT, generator=torch.Generator().manual_seed(1))

    def force(x):
        calls.append(x)
        return SYSTEM.energy(x), SYSTEM.gradient(x)

    explore = weight_mover(mover, states, force, every=3 if remembers else 1)
    for _ in range(sweeps if remembers else 3 * sweeps):
        explore(HEAT)
        if not remembers:
            with torch.no_grad():
                states.mul_(1)
    return states.detach(), len(calls)


def test_what_mala_remembers_changes_nothing_but_the_cost():
    states, calls = run(MALA, True)
    again, more = run(MALA, False)
    assert torch.equal(states, again)
    assert (calls, more) == (61, 120)


def test_states_changed_from_outside_are_seen():
    states = torch.nn.Parameter(torch.ones(ROWS, 2, dtype=torch.float64))
    mover = MALA([states], lr=1e-9, temperature=HEAT, generator=torch.Generator().manual_seed(1))
    seen = []

    def force(x):
        seen.append(x.clone())
        return SYSTEM.energy(x), SYSTEM.gradient(x)

    explore = weight_mover(mover, states, force)
    explore(HEAT)
    with torch.no_grad():
        states.copy_(torch.full_like(states, -0.5))
    explore(HEAT)
    assert any(torch.equal(x, torch.full_like(x, -0.5)) for x in seen)


def test_other_equations_of_motion_take_a_fresh_gradient_each_step():
    assert run(Langevin, True)[1] == 60


@pytest.mark.parametrize("kind", [partial(UnderdampedLangevin, friction=0.2), NoseHoover])
def test_a_swap_of_momenta_needs_no_gradient_of_its_own(kind):
    """The force it takes is that of the next step, also where it depends on the step, as minibatches do."""
    states, asked = torch.nn.Parameter(torch.ones(ROWS, 2, dtype=torch.float64)), []
    optimizer = kind([states], lr=0.05, temperature=HEAT, generator=torch.Generator().manual_seed(1))

    def force(x):
        asked.append(explore.steps)
        return SYSTEM.energy(x), SYSTEM.gradient(x) * (1 + explore.steps)

    explore = weight_mover(optimizer, states, force, every=3)
    for _ in range(5):
        explore(HEAT)
        before = optimizer.state[states]["momentum"].clone()
        explore.rescale(torch.ones(ROWS, dtype=torch.float64))
        assert len(asked) == explore.steps  # nothing swapped, nothing asked
        explore.rescale(torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0, 1.0], dtype=torch.float64))
        moved = (optimizer.state[states]["momentum"] != before).any(1)
        assert moved.tolist() == [False, True, True, False, False, False]
    explore(HEAT)
    assert asked == list(range(18))


def test_momenta_are_scaled_in_the_middle_of_the_kick():
    """p - h g/2 <- f (p - h g/2), g at the present weights, whatever gradient was left from the last step."""
    states, h = torch.nn.Parameter(torch.ones(ROWS, 2, dtype=torch.float64)), 0.3
    generator = torch.Generator().manual_seed(1)
    optimizer = UnderdampedLangevin([states], h, HEAT, friction=0.2, mass=1.7, generator=generator)
    explore = weight_mover(optimizer, states, lambda x: (SYSTEM.energy(x), SYSTEM.gradient(x)))
    explore(HEAT)
    half = h / 2 * SYSTEM.gradient(states.detach())
    before, factor = optimizer.state[states]["momentum"].clone(), torch.linspace(0.4, 1.9, ROWS, dtype=torch.float64)
    explore.rescale(factor)
    after = optimizer.state[states]["momentum"]
    torch.testing.assert_close(after - half, factor[:, None] * (before - half))


def test_an_equation_without_momenta_ignores_a_swap():
    states, asked = torch.nn.Parameter(torch.ones(ROWS, 2, dtype=torch.float64)), []

    def force(x):
        asked.append(x)
        return SYSTEM.energy(x), SYSTEM.gradient(x)

    explore = weight_mover(Langevin([states], lr=0.05, temperature=HEAT), states, force)
    explore.rescale(2 * torch.ones(ROWS))
    assert not asked
    assert torch.equal(states.detach(), torch.ones_like(states))


def test_momenta_start_in_the_middle_of_the_kick():
    """At T -> 0 and without friction the first step begins with p' = 0: half a kick is left of B."""
    states, h = torch.nn.Parameter(torch.ones(ROWS, 2, dtype=torch.float64)), 0.3
    optimizer = UnderdampedLangevin([states], h, HEAT, friction=0.0, mass=1.7)
    explore = weight_mover(optimizer, states, lambda x: (SYSTEM.energy(x), 1 + SYSTEM.gradient(x)))
    explore(torch.full((ROWS,), 1e-30, dtype=torch.float64))
    kick = -h / 2 * (1 + SYSTEM.gradient(torch.ones_like(states)))
    torch.testing.assert_close(optimizer.state[states]["momentum"], kick)
