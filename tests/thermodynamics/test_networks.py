"""Networks trained by minibatches from the prior: ln Z by work against the average over the prior, and what fails."""

import math

import numpy as np
import pytest
import torch

from physlearn.dynamics import Langevin
from physlearn.thermodynamics import Networks, bar, jarzynski, ledger_of, with_ledger
from physlearn.thermodynamics.fluctuations import exponential_average

ROWS, T = 4000, 0.4


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rng():
    return np.random.default_rng(8)


@pytest.fixture(scope="module")
def networks():
    x = torch.randn(24, 3, generator=generator(5), dtype=torch.float64)
    y = (x[:, 0] + 0.5 * x[:, 1] > 0).long()
    return Networks(x, y, 2, 2, T, 0.5, ROWS)


@pytest.fixture(scope="module")
def exact(networks):
    """ln <exp(-L/T)> over 80,000 samples of the prior, and its error."""
    many = [networks.loss([w.detach() for w in networks.draw(generator(100 + i))]) for i in range(20)]
    average = exponential_average((torch.cat(many) / T).numpy(), rng())
    assert average.warning is None
    return average.log, average.log_error


def protocol(seed=7, steps=12, size=6):
    return [torch.randperm(24, generator=generator(seed + k))[:size] for k in range(steps)]


def test_minibatch_training_gives_ln_z_at_a_large_step(networks, exact):
    h, g = 0.25 / networks.decay, generator(1)
    books = networks.work(networks.draw(g), protocol(), h, g)
    assert float((books.first_law().abs() / (books["work"].abs() + books["heat"].abs()).mean()).max()) < 1e-12
    work = jarzynski(books["exponent"].numpy(), rng())
    assert work.error / work.mean < 0.04
    assert abs(work.log - exact[0]) < 4 * math.hypot(work.log_error, exact[1])
    weights = networks.draw(g)
    assert 0.5 < networks.equilibrate(weights, 1.0, h, 60, g) < 1
    back = networks.work(weights, protocol(), h, g, backward=True)
    difference, error = bar(books["exponent"].numpy(), back["exponent"].numpy())
    assert abs(-difference - exact[0]) < 4 * math.hypot(error, exact[1])


def test_control_the_full_batch_is_no_path_ratio_of_minibatch_steps(networks, exact):
    """Energies of all the examples while the steps take minibatches: what the ledger does not offer."""
    h, g = 0.25 / networks.decay, generator(1)
    weights = networks.draw(g)
    full = networks.closure(weights, 1.0)
    full()
    optimizer = Langevin(weights, h, T, weight_decay=networks.decay, generator=g)
    exponent = exact_energy(networks, weights, 1.0) - exact_energy(networks, weights, 0.0)
    for batch in protocol(steps=30, size=1):
        before, old = exact_energy(networks, weights, 1.0), [w.detach().clone() for w in weights]
        full()
        slopes = [w.grad + networks.decay * w.detach() for w in weights]
        networks.closure(weights, 1.0, batch)()
        optimizer.step()
        full()
        news = [w.grad + networks.decay * w.detach() for w in weights]
        exponent = exponent + exact_energy(networks, weights, 1.0) - before
        for w, w0, s0, s1 in zip(weights, old, slopes, news, strict=True):
            s = -(w.detach() - w0) * (s0 + s1) / 2 + h / 4 * (s1.square() - s0.square())
            exponent = exponent + s.flatten(1).sum(1) / T
    wrong = exponential_average(exponent.numpy(), rng())
    assert abs(wrong.log - exact[0]) > 4 * math.hypot(wrong.log_error, exact[1])


def exact_energy(networks, weights, share):
    """U/T of every network."""
    with torch.no_grad():
        prior = sum(w.square().flatten(1).sum(1) for w in weights) * networks.decay / 2
        return (share * networks.loss(weights) + prior) / T


def test_the_average_is_dead_where_it_is_cold_and_says_so(networks):
    cold, g = networks.at(T / 400), generator(3)
    books = cold.work(cold.draw(g), protocol(), 0.02, g)
    average = jarzynski(books["exponent"].numpy(), rng())
    assert average.ess < 3
    assert "ruled by" in average.warning


def test_the_ledger_is_on_the_optimizer_that_moves(networks):
    weights = networks.draw(generator())
    optimizer = with_ledger(Langevin(weights, 0.1, T))
    optimizer.step(networks.closure(weights, 1.0))
    assert ledger_of(optimizer)["work"].shape == (ROWS,)
