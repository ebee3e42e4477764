"""Swaps are detailed balance for the pair: acceptances, the cold chain's law, the penalty; each known mistake fails."""

import numpy as np
import pytest
import torch

from physlearn.dynamics.harmonic_wells import Harmonic
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.statistics import blocking_error, standard_error
from physlearn.tempering import exact, swaps
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange

LADDERS = 1500


def wells(dimension):
    return Harmonic(torch.linspace(0.6, 2.2, dimension, dtype=torch.float64))


def force(system):
    return lambda states: (system.energy(states), system.gradient(states))


def rounds(loop, count, burn_in=0):
    return [next(loop) for _ in range(burn_in + count)][burn_in:]


@pytest.mark.parametrize(("dimension", "ratio"), [(2, 3.0), (10, 1.5), (50, 1.2)])
def test_harmonic_acceptance_is_the_incomplete_beta_function(dimension, ratio):
    """<A> = 2 I_{1/(1+r)}(d/2, d/2) on equilibrium draws, and as the fraction of swaps that were made."""
    system, pair = wells(dimension), replicas([0.3, 0.3 * ratio], ladders=LADDERS)
    draw, states = torch.Generator().manual_seed(1), torch.zeros(2 * LADDERS, dimension, dtype=torch.float64)

    def explore(heat):
        states.copy_(system.sample(heat, len(heat), draw))

    loop = exchange(pair, explore, lambda: system.energy(states), torch.Generator().manual_seed(2))
    results = rounds(loop, 40)
    expected = exact.harmonic_acceptance(dimension, ratio)
    chance = torch.stack([r.probability for r in results]).numpy().ravel()
    made = torch.stack([r.accepted for r in results[1::2]]).double().numpy().ravel()  # even sweeps try pair 0
    assert abs(chance.mean() - expected) < 4 * standard_error(chance)
    assert abs(made.mean() - expected) < 4 * standard_error(made)
    assert not any(r.accepted.any() for r in results[::2])


def test_printed_acceptances():
    assert exact.harmonic_acceptance(10, 1.5) == pytest.approx(0.5331, abs=5e-5)
    assert exact.noisy_acceptance(1.0) == pytest.approx(0.62, abs=5e-3)
    assert exact.noisy_acceptance(2.0) == pytest.approx(0.32, abs=5e-3)


def cold_variance_z(sweeps=120):
    """(<x^2>/(T/k) - 1)/SE at the coldest of four levels, MALA and swaps, many ladders from equilibrium."""
    system, ladder = wells(3), replicas([0.5, 0.9, 1.7, 3.1], ladders=LADDERS)
    draw = torch.Generator().manual_seed(3)
    states = torch.nn.Parameter(system.sample(ladder.row_temperatures(), 4 * LADDERS, draw))
    explore = weight_mover(MALA([states], lr=0.3, generator=draw), states, force(system))
    loop = exchange(ladder, explore, lambda: system.energy(states.detach()), torch.Generator().manual_seed(4))
    series = []
    for _ in range(sweeps):
        cold = ladder.rows()[:, 0]  # before the round that `next` makes: the rows it explores at the coldest level
        next(loop)
        moved = states.detach()[cold]
        series.append((moved.square() * system.stiffness / 0.5).mean(1).numpy())
    series = np.stack(series[20:], 1)  # (ladder, sweep)
    return (series.mean() - 1) / blocking_error(series)


def test_the_cold_variance_is_right_with_swaps_on():
    assert abs(cold_variance_z()) < 4


def wrong_sign(statistic):
    return (statistic.delta - statistic.variance / 2).exp().clamp(max=1)


def on_rejection(statistic):
    return 1 - (-statistic.delta).exp().clamp(max=1)


@pytest.mark.parametrize("wrong", [wrong_sign, on_rejection])
def test_control_a_wrong_acceptance_heats_the_cold_chain(wrong, monkeypatch):
    monkeypatch.setattr(swaps, "probability", wrong)
    assert cold_variance_z() > 10


def kinetic_z(rescaled):
    """(<p^2>/(mT) - 1)/SE of the coldest level under weak friction."""
    system, ladder, mass = wells(2), replicas([0.5, 0.8, 1.3], ladders=LADDERS), 1.7
    draw = torch.Generator().manual_seed(5)
    states = torch.nn.Parameter(system.sample(ladder.row_temperatures(), 3 * LADDERS, draw))
    temperatures = ladder.row_temperatures()
    mover = UnderdampedLangevin([states], 0.2, temperatures, friction=0.05, mass=mass, generator=draw)
    explore = weight_mover(mover, states, force(system), every=3)
    loop = exchange(
        ladder,
        explore,
        lambda: system.energy(states.detach()),
        torch.Generator().manual_seed(6),
        rescale=explore.rescale if rescaled else None,
    )
    series = []
    for _ in range(120):
        next(loop)
        cold = ladder.rows()[:, 0]  # after the swaps, when momenta belong to the temperatures that they will move at
        momenta = mover.state[states]["momentum"][cold]
        series.append((momenta.square() / (mass * 0.5)).mean(1).numpy())
    series = np.stack(series[40:], 1)
    return (series.mean() - 1) / blocking_error(series)


def test_momenta_follow_the_temperature():
    assert abs(kinetic_z(rescaled=True)) < 4


def test_control_momenta_left_behind_are_too_hot():
    assert kinetic_z(rescaled=False) > 10


def noisy_ratio_z(penalty, exponent=0.8, sigma=1.0, draws=400_000):
    """ln(A(D)/A(-D)) + D in standard errors, when delta is known with a normal error of deviation sigma."""
    noise = sigma * torch.randn(2, draws, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    variance = torch.full((draws,), sigma**2 if penalty else 0.0, dtype=torch.float64)
    chances = [
        swaps.probability(swaps.Statistic(variance, sign * exponent + noise[i], variance)).numpy()
        for i, sign in enumerate((1, -1))
    ]
    relative = [standard_error(chance) / chance.mean() for chance in chances]
    return (np.log(chances[0].mean() / chances[1].mean()) + exponent) / np.hypot(*relative)


def test_the_penalty_restores_detailed_balance():
    """A(D)/A(-D) = exp(-D) at sigma = 1."""
    assert abs(noisy_ratio_z(penalty=True)) < 4


def test_control_without_the_penalty_balance_is_broken():
    assert abs(noisy_ratio_z(penalty=False)) > 10


def test_the_penalty_at_equal_energies():
    chance = swaps.probability(
        swaps.Statistic(
            torch.zeros(1),
            1.4 * torch.randn(300_000, generator=torch.Generator().manual_seed(8), dtype=torch.float64),
            torch.full((300_000,), 1.96, dtype=torch.float64),
        )
    ).numpy()
    assert abs(chance.mean() - exact.noisy_acceptance(1.4)) < 4 * standard_error(chance)


EXAMPLES, BATCH = 1200, 300


def minibatch_statistics(draws=3000, shared=True):
    """Statistics of one pair over fresh minibatches, with the exact delta."""
    generator = torch.Generator().manual_seed(9)
    common = torch.randn(EXAMPLES, generator=generator, dtype=torch.float64) * 3
    own = torch.randn(2, EXAMPLES, generator=generator, dtype=torch.float64) * 1.4
    losses = common + own + torch.tensor([[0.1], [0.4]])  # (row, example)
    prior = torch.tensor([0.21, 0.05], dtype=torch.float64)
    pair = replicas([0.05, 0.11])
    found = []
    for _ in range(draws):
        first, second = (torch.randperm(EXAMPLES, generator=generator)[:BATCH] for _ in range(2))
        picked = torch.stack([losses[0, first], losses[1, first if shared else second]])
        found.append(swaps.minibatch_statistic(swaps.MinibatchLosses(picked, prior, EXAMPLES), pair))
    delta, variance = (np.array([getattr(s, name).item() for s in found]) for name in ("delta", "variance"))
    return delta, variance, swaps.exact_statistic(losses.mean(1) + prior, pair).delta.item()


def test_the_statistic_of_a_minibatch_and_its_variance():
    """delta is unbiased, and sigma^2 = (db)^2 (1/n)(1 - n/N) Var[l(W_1) - l(W_2)] is what it scatters by."""
    delta, variance, truth = minibatch_statistics()
    assert 0.5 < variance.mean() < 2  # sigma near 1, where a mistake shows
    assert abs(delta.mean() - truth) < 4 * standard_error(delta)
    assert abs(delta.var() / variance.mean() - 1) < 4 * (2 / len(delta)) ** 0.5
    without_correction = variance.mean() / (1 - BATCH / EXAMPLES)
    assert abs(delta.var() / without_correction - 1) > 8 * (2 / len(delta)) ** 0.5


def test_minibatches_of_their_own_scatter_more():
    shared, own = (minibatch_statistics(600, shared=shared)[0].var() for shared in (True, False))
    assert own > 3 * shared


def test_detailed_balance_on_real_minibatches():
    """A(D)/A(-D) = exp(-D) with the estimated sigma as well, at hundreds of examples; without the penalty it fails."""
    delta, variance, truth = minibatch_statistics(8000)

    def z(scale):
        zero = torch.zeros(1)
        chances = [
            swaps.probability(swaps.Statistic(zero, sign * torch.tensor(delta), scale * torch.tensor(variance))).numpy()
            for sign in (1, -1)
        ]
        relative = [standard_error(chance) / chance.mean() for chance in chances]
        return (np.log(chances[0].mean() / chances[1].mean()) + truth) / np.hypot(*relative)

    assert abs(z(1.0)) < 4
    assert abs(z(0.0)) > 10


def test_energies_that_are_not_finite_never_swap():
    pair = replicas([1.0, 2.0], ladders=3)
    energies = torch.tensor([float("nan"), 1.0, float("inf"), 1.0, 1.0, -float("inf")])
    assert not swaps.probability(swaps.exact_statistic(energies, pair)).any()


def test_a_swap_permutes_temperatures_and_never_the_weights():
    ladder = replicas([1.0, 2.0, 4.0, 8.0], ladders=2)
    swaps.record(torch.tensor([[True, False, True], [False, True, False]]), ladder)
    assert ladder.levels.tolist() == [[1, 0, 3, 2], [0, 2, 1, 3]]
    assert ladder.row_temperatures().tolist() == [2, 1, 8, 4, 1, 4, 2, 8]
    assert ladder.rows().tolist() == [[1, 0, 3, 2], [4, 6, 5, 7]]


def test_bad_input_is_one_clear_line():
    pair, losses = replicas([1.0, 2.0]), torch.zeros(2, 5)
    for make, words in (
        (lambda: swaps.decide(torch.ones(1, 1), 1, "odd", torch.Generator()), "deo or seo"),
        (lambda: swaps.minibatch_statistic(swaps.MinibatchLosses(losses[:, :1], losses[:, 0], 5), pair), "2 to 5"),
        (lambda: swaps.minibatch_statistic(swaps.MinibatchLosses(losses, losses[:, 0], 4), pair), "2 to 4"),
        (lambda: weight_mover(None, None, None, every=0), "at least 1"),
    ):
        with pytest.raises(ValueError, match=words) as refusal:
            make()
        assert "\n" not in str(refusal.value)
