"""Networks trained by minibatches from the prior: ln Z by work against the average over the prior, and what fails."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from physlearn.dynamics import Langevin
from physlearn.thermodynamics import Networks, bar, jarzynski, ledger_of, with_ledger
from physlearn.thermodynamics.fluctuations import exponential_average, reweighted
from physlearn.thermodynamics.networks import Ensemble, between

ROWS, T, VARIANCE = 4000, 0.4, 0.5
DECAY, PACE = T / VARIANCE, 0.25
PRIOR, END = Ensemble(T, 24, 0.0), Ensemble(T, 24)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rng():
    return np.random.default_rng(8)


@pytest.fixture(scope="module")
def networks():
    x = torch.randn(24, 3, generator=generator(5), dtype=torch.float64)
    y = (x[:, 0] + 0.5 * x[:, 1] > 0).long()
    return Networks(x, y, 2, 2, VARIANCE, ROWS)


@pytest.fixture(scope="module")
def prior_losses(networks):
    """L of the first 12 and of all 24 examples, of 80,000 samples of the prior: (2, sample)."""
    found = []
    for i in range(20):
        weights = [w.detach() for w in networks.draw(generator(100 + i))]
        found.append(torch.stack([networks.loss(weights, slice(n)) for n in (12, 24)]))
    return torch.cat(found, 1).numpy()


@pytest.fixture(scope="module")
def exact(prior_losses):
    """ln <exp(-L/T)> over the prior, and its error."""
    average = exponential_average(prior_losses[1] / T, rng())
    assert average.warning is None
    return average.log, average.log_error


def protocol(seed=7, steps=12, size=6, start=PRIOR):
    stages = between(start, END, steps)
    return [(e, torch.randperm(e.examples, generator=generator(seed + k))[:size]) for k, e in enumerate(stages)]


def equilibrium(networks, ensemble, g, steps=60):
    weights = networks.draw(g)
    assert 0.5 < networks.equilibrate(weights, [(1.0, ensemble)], PACE, steps, g) < 1
    return weights


def test_minibatch_training_gives_ln_z_at_a_large_step(networks, exact):
    g = generator(1)
    books = networks.work(networks.draw(g), PRIOR, END, protocol(), PACE, g)
    assert float((books.first_law().abs() / (books["work"].abs() + books["heat"].abs()).mean()).max()) < 1e-12
    work = jarzynski(books["exponent"].numpy(), rng())
    assert work.error / work.mean < 0.04
    assert abs(work.log - exact[0]) < 4 * math.hypot(work.log_error, exact[1])
    back = networks.work(equilibrium(networks, END, g), PRIOR, END, protocol(), PACE, g, backward=True)
    difference, error = bar(books["exponent"].numpy(), back["exponent"].numpy())
    assert abs(-difference - exact[0]) < 4 * math.hypot(error, exact[1])


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(Ensemble(2.5 * T, 24), id="temperatures", marks=pytest.mark.slow),
        pytest.param(Ensemble(2 * T, 12), id="data sizes"),
    ],
)
def test_between_two_temperatures_and_two_data_sizes(networks, prior_losses, start):
    """T changes on the way: the ledger's exponent counts it, (W + Wsh)/T does not and fails."""
    short, whole = prior_losses
    u_start = (short if start.examples == 12 else whole) / start.temperature
    truth = reweighted(u_start, whole / T, rng())
    assert truth.warning is None
    g, stages = generator(2), protocol(size=12, steps=16, start=start)
    books = networks.work(equilibrium(networks, start, g), start, END, stages, PACE, g)
    work = jarzynski(books["exponent"].numpy(), rng())
    assert work.log_error < 0.03
    assert abs(work.log - truth.log) < 4 * math.hypot(work.log_error, truth.log_error)
    back = networks.work(equilibrium(networks, END, g), start, END, stages, PACE, g, backward=True)
    difference, error = bar(books["exponent"].numpy(), back["exponent"].numpy())
    assert error < 0.02
    assert abs(-difference - truth.log) < 4 * math.hypot(error, truth.log_error)
    wrong = exponential_average(((books["work"] + books["shadow_work"]) / T).numpy(), rng())
    assert abs(wrong.log - truth.log) > 20 * math.hypot(work.log_error, truth.log_error)


def test_the_ensembles_on_the_way():
    way = between(Ensemble(0.8, 10), Ensemble(0.2, 40), 3)
    assert [e.examples for e in way] == [20, 30, 40]
    assert [e.temperature for e in way] == pytest.approx([0.4, 0.8 / 3, 0.2])  # 1/T linearly: tau stays 8
    assert [e.share for e in between(PRIOR, END, 4)] == [0.25, 0.5, 0.75, 1.0]


def test_control_the_full_batch_is_no_path_ratio_of_minibatch_steps(networks, exact):
    """Energies of all the examples while the steps take minibatches: what the ledger does not offer."""
    h, g = PACE / DECAY, generator(1)
    weights = networks.draw(g)
    full = networks.closure(weights, 1.0)
    full()
    optimizer = Langevin(weights, h, T, weight_decay=DECAY, generator=g)
    exponent = exact_energy(networks, weights, 1.0) - exact_energy(networks, weights, 0.0)
    for _, batch in protocol(steps=30, size=1):
        before, old = exact_energy(networks, weights, 1.0), [w.detach().clone() for w in weights]
        full()
        slopes = [w.grad + DECAY * w.detach() for w in weights]
        networks.closure(weights, 1.0, batch)()
        optimizer.step()
        full()
        news = [w.grad + DECAY * w.detach() for w in weights]
        exponent = exponent + exact_energy(networks, weights, 1.0) - before
        for w, w0, s0, s1 in zip(weights, old, slopes, news, strict=True):
            s = -(w.detach() - w0) * (s0 + s1) / 2 + h / 4 * (s1.square() - s0.square())
            exponent = exponent + s.flatten(1).sum(1) / T
    wrong = exponential_average(exponent.numpy(), rng())
    assert abs(wrong.log - exact[0]) > 4 * math.hypot(wrong.log_error, exact[1])


def exact_energy(networks, weights, share):
    """U/T of every network."""
    with torch.no_grad():
        prior = sum(w.square().flatten(1).sum(1) for w in weights) * DECAY / 2
        return (share * networks.loss(weights) + prior) / T


def test_the_average_is_dead_where_it_is_cold_and_says_so(networks):
    g, cold = generator(3), Ensemble(T / 400, 24)
    nothing = replace(cold, share=0.0)
    stages = [(replace(e, temperature=cold.temperature), batch) for e, batch in protocol()]
    books = networks.work(networks.draw(g), nothing, cold, stages, 0.02 * T / 400 / VARIANCE, g)
    average = jarzynski(books["exponent"].numpy(), rng())
    assert average.ess < 3
    assert "ruled by" in average.warning


def test_the_ledger_is_on_the_optimizer_that_moves(networks):
    weights = networks.draw(generator())
    optimizer = with_ledger(Langevin(weights, 0.1, T))
    optimizer.step(networks.closure(weights, 1.0))
    assert ledger_of(optimizer)["work"].shape == (ROWS,)
