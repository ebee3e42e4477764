"""The exact laws of replica exchange, as measured on the machine at hand: what `task=verify` reads."""

from collections.abc import Callable
from functools import cache
from itertools import islice

import numpy as np
import torch
from torch import nn

from physlearn.dynamics.harmonic_wells import Harmonic
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.law import Law
from physlearn.instruments.statistics import blocking_error, mean_and_error, standard_error
from physlearn.streams import stream, stream_seed, streams
from physlearn.systems import exact as systems
from physlearn.systems.square_lattice import Ising
from physlearn.tempering import exact, swaps
from physlearn.tempering.diagnostics import round_trips
from physlearn.tempering.ladder import geometric
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import Round, exchange

Measurement = tuple[float, float]
DEGREES, RATIO, COLD = 10, 1.5, 0.7
PAIRS, REJECTION, SWEEPS = 6, 0.4, 2000


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Acceptances, round trips, the penalty and Ising lattices through exchange: about ten seconds in all."""
    spectrum = systems.enumerate_energies(Ising(4).energy, 16)
    trips = np.full(PAIRS, REJECTION)
    energy = systems.ising(8, 2.4)[0] / 64

    def row(name: str, value: float, measure: Callable[[], Measurement]) -> Law:
        return Law("tempering", name, float(value), measure)

    return [
        row(
            "harmonic, d = 10, r = 1.5: <A> = 2 I_{1/(1+r)}(d/2, d/2)",
            exact.harmonic_acceptance(DEGREES, RATIO),
            lambda: harmonic_acceptance(device, seed),
        ),
        row(
            "Ising L = 4, T = 2 and 2.5: <A> = 2 P(E_c > E_h) + P(E_c = E_h)",
            exact.spectrum_acceptance(spectrum, 2.0, 2.5),
            lambda: _acceptance(_lattice(4, [2.0, 2.5], 2000, device, seed)),
        ),
        row(
            "Ising L = 8 with exchange through T_c: <E>/N at T = 2.4, Kaufman",
            energy,
            lambda: _energy(_lattice(8, [1.8, 2.0, 2.2, 2.4, 2.7, 3.0], 2000, device, seed), 3, 64),
        ),
        row(
            "round trips per sweep, DEO: 1/(2 + 2 sum r/(1-r))",
            exact.round_trip_rate(trips),
            lambda: round_trip_rate("deo", seed),
        ),
        row(
            "round trips per sweep, SEO: 1/(2N + 2 sum r/(1-r))",
            exact.round_trip_rate(trips, deterministic=False),
            lambda: round_trip_rate("seo", seed),
        ),
        row("BAOA under exchange, T = 1, 2, swaps in mid-B: k<x^2>/T at T = 2", 1, lambda: momenta(device, seed)[0]),
        row("the same: <p'^2>/(mT(1 - h^2 k/4m)) at T = 2", 1, lambda: momenta(device, seed)[1]),
        row("the same: <x p'>/T at T = 2", 0, lambda: momenta(device, seed)[2]),
        row("penalty, sigma = 1, delta = D = 0.7: A(D)/A(-D) = exp(-D)", np.exp(-0.7), lambda: penalty(seed)),
    ]


def harmonic_acceptance(device: torch.device, seed: int = 0) -> Measurement:
    """Acceptance between wells drawn from equilibrium afresh in every sweep, 2,000 pairs side by side."""
    well = Harmonic(torch.tensor([0.5, 1.0, 2.0, 3.0, 0.8] * 2, dtype=torch.float64, device=device))
    pair, draw = replicas([COLD, COLD * RATIO], ladders=2000), stream(seed, "laws: wells", device)
    states = torch.zeros(4000, DEGREES, dtype=torch.float64, device=device)

    def explore(temperatures: torch.Tensor) -> None:
        states.copy_(well.sample(temperatures.to(device), 4000, draw))

    loop = exchange(pair, explore, lambda: well.energy(states), stream(seed, "laws: swaps of wells"))
    return _acceptance(list(islice(loop, 50)))


def round_trip_rate(swap: swaps.Swap, seed: int = 0) -> Measurement:
    """Round trips per sweep of all replicas of a ladder whose pairs all reject at REJECTION, 200 ladders."""
    ladder = replicas(geometric(1.0, 2.0, PAIRS + 1), ladders=200)
    fixed = torch.full((200, PAIRS), -float(np.log(1 - REJECTION)), dtype=torch.float64)

    def constant(_: None, state: object) -> swaps.Statistic:
        return swaps.Statistic(torch.zeros(200, PAIRS + 1), fixed, torch.zeros_like(fixed))

    generator = stream(seed, f"laws: round trips, {swap}")
    loop = exchange(ladder, lambda temperatures: None, lambda: None, generator, swap=swap, statistic=constant)
    levels = np.stack([result.levels.numpy() for result in islice(loop, SWEEPS)])
    early, late = round_trips(levels[: SWEEPS // 5]), round_trips(levels)  # the first trips start late: leave them out
    rate = (late - early).sum(1) / (SWEEPS - SWEEPS // 5)
    return mean_and_error(rate)


@cache
def momenta(device: torch.device, seed: int = 0) -> tuple[Measurement, Measurement, Measurement]:
    """<x^2>, <p'^2> and <x p'> at the hot of two levels, in units of their laws; 4,000 pairs, tried every other step.

    With m = k = 1, h = .4 and friction .05. A swap at the end of the step gives k<x^2>/T = 1.29.
    """
    h, friction, hot, pairs = 0.4, 0.05, 2.0, 4000
    well, ladder = Harmonic(torch.ones(1, dtype=torch.float64, device=device)), replicas([1.0, hot], pairs)
    draw, seen = stream(seed, "laws: momenta", device), []
    states = nn.Parameter(well.sample(ladder.row_temperatures(), 2 * pairs, draw))
    optimizer = UnderdampedLangevin([states], h, ladder.row_temperatures().to(device), friction, generator=draw)
    explore = weight_mover(optimizer, states, lambda x: (well.energy(x), well.gradient(x)))
    loop = exchange(
        ladder,
        explore,
        lambda: well.energy(states.detach()),
        stream(seed, "laws: momenta, swaps"),
        rescale=explore.rescale,
    )
    for step in range(400):
        next(loop)
        if step >= 150:  # 3 / friction
            rows = ladder.rows()[:, 1].to(device)
            x = states.detach()[rows, 0]
            p = optimizer.state[states]["momentum"][rows, 0] - h / 2 * x
            seen.append(torch.stack([x.square() / hot, p.square() / (hot * (1 - h * h / 4)), x * p / hot]))
    averages = (sum(seen) / len(seen)).cpu().numpy()  # (moment, pair)
    return tuple((float(each.mean()), float(standard_error(each))) for each in averages)


def penalty(seed: int = 0) -> Measurement:
    """<A> at +D over <A> at -D when delta carries a normal error of variance 1."""
    noise = torch.randn(2, 1_000_000, generator=stream(seed, "laws: penalty"), dtype=torch.float64)
    ones = torch.ones(1_000_000, dtype=torch.float64)
    up, down = (
        swaps.probability(swaps.Statistic(ones, noise[i] + sign * 0.7, ones)).numpy() for i, sign in enumerate((1, -1))
    )
    ratio = up.mean() / down.mean()
    relative = np.hypot(standard_error(up) / up.mean(), standard_error(down) / down.mean())
    return float(ratio), float(ratio * relative)


def _lattice(size: int, temperatures: list[float], sweeps: int, device: torch.device, seed: int) -> list[Round]:
    system, ladder = Ising(size), replicas(temperatures, ladders=40)
    numbers = streams(stream_seed(seed, f"laws: {size} x {size} spins"), range(40 * len(temperatures))).to(device)
    states = system.start(numbers)
    loop = exchange(
        ladder,
        lambda temperatures: system.sweep(states, temperatures.to(device), numbers),
        lambda: system.energy(states),
        stream(seed, f"laws: swaps of {size} x {size} spins"),
    )
    return list(islice(loop, sweeps))[sweeps // 5 :]


def _acceptance(rounds: list[Round]) -> Measurement:
    series = torch.stack([result.probability[:, 0] for result in rounds], 1).numpy()  # (ladder, sweep)
    return float(series.mean()), blocking_error(series)


def _energy(rounds: list[Round], level: int, sites: int) -> Measurement:
    series = torch.stack([result.energies[:, level] for result in rounds], 1).numpy() / sites
    return float(series.mean()), blocking_error(series)
