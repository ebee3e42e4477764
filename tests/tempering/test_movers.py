"""What moves weights between swaps: MALA goes on from the energies and gradients it found, and notices other states."""

import torch

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.systems.double_well import DoubleWell
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
