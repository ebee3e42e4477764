"""The ledger: the first law to rounding, the path ratio of every equation of motion, and what it refuses."""

import copy
import math

import numpy as np
import pytest
import torch

from physlearn.dynamics import MALA, Langevin, NoseHoover, PreconditionedLangevin, UnderdampedLangevin
from physlearn.thermodynamics import ledger_of, with_ledger

T, ROWS = 0.7, 20_000
MOTIONS = {
    "euler": lambda w, h, g: Langevin([w], h, T, generator=g),
    "baoa": lambda w, h, g: UnderdampedLangevin([w], h, T, friction=1.3, mass=1.7, generator=g),
    "mala": lambda w, h, g: MALA([w], h, T, generator=g),
}
STEPS = {"euler": 0.5, "baoa": 0.6, "mala": 0.6}  # large: without shadow work the theorem fails, see the control


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def closure_of(weight, energy, calls=None):
    """energy(weight) -> (row,), as a closure that counts itself in `calls`."""

    def closure():
        if calls is not None:
            calls.append(1)
        values = energy(weight)
        (weight.grad,) = torch.autograd.grad(values.sum(), weight)
        return values.detach()

    return closure


def well(stiffness, centre=0.0):
    return lambda w: stiffness / 2 * (w - centre).square().sum(1)


def double_well(w):
    return (w.square() - 1).square().sum(1) + 0.3 * w.sum(1)


def driven(motion, protocol, start, h, seed=0, rows=ROWS):
    """From equilibrium in the first well (stiffness, centre) through the others: the books."""
    g = generator(seed)
    kappa, centre = start
    weight = torch.nn.Parameter(torch.randn(rows, 1, generator=g, dtype=torch.float64) * math.sqrt(T / kappa) + centre)
    optimizer = with_ledger(MOTIONS[motion](weight, h, g))
    books = ledger_of(optimizer)
    books.begin(closure_of(weight, well(*start)))
    for stage in protocol:
        optimizer.step(closure_of(weight, well(*stage)))
    books.close(closure_of(weight, well(*protocol[-1])))
    return books


def z_score(exponent, exact):
    w = np.exp(-exponent.numpy())
    return (w.mean() - exact) / (w.std(ddof=1) / math.sqrt(len(w)))


RAMP = [(1 + 2 * k / 12, 1.5 * k / 12) for k in range(13)]


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_first_law_holds_to_rounding(motion):
    weight = torch.nn.Parameter(torch.randn(50, 3, generator=generator(), dtype=torch.float64))
    optimizer = with_ledger(MOTIONS[motion](weight, 0.02, generator(1)))
    books = ledger_of(optimizer)
    for k in range(40):
        optimizer.param_groups[0]["weight_decay"] = 0.1 + 0.05 * k  # the prior of a fixed variance while T changes
        optimizer.param_groups[0]["temperature"] = 0.5 + 0.1 * k
        optimizer.step(closure_of(weight, lambda w, k=k: (1 + 0.1 * k) * double_well(w)))
    scale = books["work"].abs() + books["heat"].abs()
    assert float((books.first_law().abs() / scale).max()) < 1e-12
    assert float(books["work"].abs().min()) > 0


@pytest.mark.parametrize("motion", MOTIONS)
def test_jarzynski_holds_with_shadow_work_at_a_large_step(motion):
    books = driven(motion, RAMP[1:], RAMP[0], STEPS[motion])
    assert torch.allclose(books["exponent"], (books["work"] + books["shadow_work"]) / T, atol=1e-10)
    w = (-books["exponent"]).exp()
    assert float(w.sum() ** 2 / w.square().sum()) > 1000  # an average ruled by a few would hide a wrong ratio
    assert abs(z_score(books["exponent"], 3**-0.5)) < 4


@pytest.mark.parametrize("motion", ["euler", "baoa"])
def test_control_the_work_alone_fails(motion):
    books = driven(motion, RAMP[1:], RAMP[0], STEPS[motion])
    assert abs(z_score(books["work"] / T, 3**-0.5)) > 8


def test_a_metropolis_step_does_no_shadow_work():
    books = driven("mala", RAMP[1:], RAMP[0], STEPS["mala"])
    assert float(books["shadow_work"].abs().max()) < 1e-12
    assert float(books["heat"].std()) > 0.1


@pytest.mark.parametrize("motion", MOTIONS)
def test_minibatches_as_protocol_obey_the_theorem(motion):
    """Wells drawn at random, independent of the weights; the last one is that of Z_K."""
    draws = np.random.default_rng(3)
    batches = [(draws.uniform(0.5, 2.0), draws.uniform(-0.7, 0.7)) for _ in range(8)]
    books = driven(motion, batches, (1.0, 0.0), 0.5 * STEPS[motion])
    assert float(books["work"].std()) > 0.1
    assert abs(z_score(books["exponent"], batches[-1][0] ** -0.5)) < 4


@pytest.mark.parametrize("motion", MOTIONS)
def test_where_the_temperature_changes_u_takes_the_place_of_the_energy(motion):
    """T from 0.7 to 0.35 on one well: Z_K/Z_0 = sqrt(T_K/T_0), squared where there are momenta."""
    g = generator(5)
    weight = torch.nn.Parameter(torch.randn(ROWS, 1, generator=g, dtype=torch.float64) * math.sqrt(T / 2))
    optimizer = with_ledger(MOTIONS[motion](weight, STEPS[motion] / 2, g))
    books = ledger_of(optimizer)
    if motion == "baoa":
        optimizer.momenta(optimizer.param_groups[0], [weight])
    books.begin(closure_of(weight, well(2.0)))
    for k in range(1, 11):
        optimizer.param_groups[0]["temperature"] = T * (1 - 0.05 * k)
        optimizer.step(closure_of(weight, well(2.0)))
    exact = 0.5 if motion == "baoa" else 0.5**0.5
    assert float(books["work"].abs().max()) < 1e-12
    assert abs(z_score(books["exponent"], exact)) < 4


def test_a_prior_that_changes_is_work():
    weight = torch.nn.Parameter(torch.full((1, 2), 2.0, dtype=torch.float64))
    optimizer = with_ledger(Langevin([weight], 0.1, T, weight_decay=1.0, generator=generator()))
    books = ledger_of(optimizer)
    for constant in (False, True):
        books.constant_energy = constant
        before = books["work"].clone()
        optimizer.step(closure_of(weight, double_well))
        square = float(weight.detach().square().sum())
        optimizer.param_groups[0]["weight_decay"] += 3.0
        optimizer.step(closure_of(weight, double_well))
        assert float(books["work"] - before) == pytest.approx(1.5 * square)
        books.close(closure_of(weight, double_well))
        optimizer.param_groups[0]["weight_decay"] -= 3.0
        optimizer.step(closure_of(weight, double_well))
        books.close(closure_of(weight, double_well))


def test_a_constant_energy_costs_no_gradient_and_gives_the_same_books():
    found, counted = [], []
    for constant in (False, True):
        weight, calls = torch.nn.Parameter(torch.ones(7, 3, dtype=torch.float64)), []
        optimizer = with_ledger(Langevin([weight], 0.05, T, weight_decay=0.3, generator=generator(2)))
        books = ledger_of(optimizer)
        books.constant_energy = constant
        for _ in range(20):
            optimizer.step(closure_of(weight, double_well, calls))
        counted.append(len(calls))
        books.close(closure_of(weight, double_well))
        found.append({name: books[name] for name in ("work", "heat", "entropy", "shadow_work", "exponent")})
    assert counted == [40, 20]
    for name, values in found[0].items():
        assert torch.allclose(values, found[1][name], rtol=1e-12, atol=1e-12), name


def test_masks_are_drawn_again_the_same():
    """A closure that draws: with its generator in the protocol U_k is one function, without it is not."""
    defects = []
    for protocol in (True, False):
        masks, weight = generator(9), torch.nn.Parameter(torch.ones(1, 50, dtype=torch.float64))

        def closure(masks=masks, weight=weight):
            mask = torch.rand(weight.shape, generator=masks, dtype=torch.float64) < 0.5
            values = (weight * mask).square().sum(1)
            (weight.grad,) = torch.autograd.grad(values.sum(), weight)
            return values.detach()

        optimizer = with_ledger(Langevin([weight], 1e-9, T, generator=generator()))
        books = ledger_of(optimizer)
        books.protocol = (masks,) if protocol else ()
        optimizer.step(closure)
        defects.append(float(books["heat"].abs()))
        after = torch.rand(1, generator=masks)
    assert defects[0] < 1e-2 < defects[1]
    plain = generator(9)
    torch.rand(1, 50, generator=plain, dtype=torch.float64)
    torch.rand(1, 50, generator=plain, dtype=torch.float64)
    assert torch.equal(after, torch.rand(1, generator=plain))  # the control drew twice


@pytest.mark.parametrize("motion", MOTIONS)
@pytest.mark.parametrize("constant", [False, True])
def test_resumed_books_are_equal_bit_for_bit(motion, constant):
    def fresh():
        weight = torch.nn.Parameter(torch.ones(5, 2, dtype=torch.float64))
        optimizer = with_ledger(MOTIONS[motion](weight, 0.05, generator(4)))
        ledger_of(optimizer).constant_energy = constant
        return weight, optimizer

    def go(weight, optimizer, steps):
        for _ in range(steps):
            optimizer.step(closure_of(weight, double_well))

    weight, optimizer = fresh()
    go(weight, optimizer, 6)
    saved, at = copy.deepcopy(optimizer.state_dict()), weight.detach().clone()
    go(weight, optimizer, 5)
    ledger_of(optimizer).close(closure_of(weight, double_well))
    other, again = fresh()
    again.load_state_dict(saved)
    with torch.no_grad():
        other.copy_(at)
    go(other, again, 5)
    ledger_of(again).close(closure_of(other, double_well))
    for name in ("work", "heat", "shadow_work", "entropy", "exponent"):
        assert torch.equal(ledger_of(optimizer)[name], ledger_of(again)[name]), name
    assert torch.equal(ledger_of(optimizer).first_law(), ledger_of(again).first_law())


def test_what_has_no_path_ratio_is_refused_with_the_reason():
    w = [torch.nn.Parameter(torch.zeros(2))]
    refused = {
        "no thermal noise": lambda: torch.optim.SGD(w, 0.1),
        "at T = 0": lambda: Langevin(w, 0.1, 0.0),
        "not Markov": lambda: Langevin(w, 0.1, 1.0, scheme="leimkuhler_matthews"),
        "determinant": lambda: PreconditionedLangevin(w, 0.1, 1.0),
        "no known ratio": lambda: NoseHoover(w, 0.1, 1.0, diffusion=1.0),
    }
    for words, make in refused.items():
        with pytest.raises(ValueError, match=words):
            with_ledger(make())


def test_random_signs_and_another_noise_than_was_said_are_refused():
    def moving(noise):
        return Langevin([torch.nn.Parameter(torch.zeros(2))], 0.1, 1.0, noise=noise)

    with pytest.raises(ValueError, match=r"random signs.*Type optimizer\.noise=gaussian"):
        with_ledger(moving("rademacher"))
    with pytest.raises(ValueError, match=r"Type wrapper\.noise=box_muller"):
        with_ledger(moving("box_muller"), "gaussian")
    assert with_ledger(moving("box_muller")).param_groups[0]["noise"] == "box_muller"


def test_what_a_ledger_needs_is_said():
    weight = torch.nn.Parameter(torch.ones(1, 2))
    optimizer = with_ledger(Langevin([weight], 0.1, 1.0))
    books = ledger_of(optimizer)
    with pytest.raises(ValueError, match="ledger is open"):
        books.first_law()
    with pytest.raises(ValueError, match="needs a closure"):
        optimizer.step()
    without = Langevin([torch.nn.Parameter(torch.ones(1, 2))], 0.1, 1.0).state_dict()
    with pytest.raises(ValueError, match="saved without a ledger"):
        optimizer.load_state_dict(without)
    optimizer.step(closure_of(weight, double_well))
    with pytest.raises(ValueError, match="before the first step"):
        books.begin(closure_of(weight, double_well))
    optimizer.param_groups[0]["temperature"] = 0.0
    with pytest.raises(ValueError, match="T = 0"):
        optimizer.step(closure_of(weight, double_well))
    assert ledger_of(Langevin([torch.nn.Parameter(torch.ones(1, 2))], 0.1, 1.0)) is None
