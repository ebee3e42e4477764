"""The wells and the spins of task=temper: from their config group to replicas, and what is known of them beforehand.

Each function is the `_target_` of a file in conf/system/.
"""

from functools import cache, partial

import torch
from torch import Tensor

from physlearn.dynamics.choices import SpinRule as Rule
from physlearn.dynamics.harmonic_wells import Harmonic
from physlearn.lab.errors import UserError, blame
from physlearn.lab.progress import counted
from physlearn.memory import refuse_too_large
from physlearn.streams import stream
from physlearn.systems import exact, spectra
from physlearn.systems.choices import Law
from physlearn.systems.gaussian_mixture import GaussianMixture
from physlearn.systems.quartic_well import DoubleWell
from physlearn.systems.spin_glass import (
    edwards_anderson,
    gaussian_energy,
    sherrington_kirkpatrick,
)
from physlearn.systems.square_lattice import Ising
from physlearn.tasks.temper.parts import Context, Experiment, Weights, hottest, levels
from physlearn.tempering import forecast
from physlearn.tempering.permutation import Replicas
from physlearn.tempering.rows import Mover
from physlearn.tempering.spins import spin_replicas

Well = Harmonic | DoubleWell | GaussianMixture

TARGETS = ("harmonic", "double_well", "gaussian_mixture", "ising", "spin_glass")  # what conf/system/ may name


def harmonic(context: Context, dimension: int, stiffness: float) -> Experiment:
    """d wells of curvature k; all replicas begin at the minimum."""
    system = Harmonic(torch.full((dimension,), stiffness, dtype=context.bench.dtype, device=context.bench.device))
    return Experiment(
        coordinates(context, system, torch.zeros(dimension)),
        f"Harmonic wells of curvature k = {stiffness:g}, d = {dimension}: <E> = d T/2, C = d/2.",
        unit="total",
        work=("gradient_evaluations", context.cfg.tempering.every),
        forecast=lambda temperatures: forecast.harmonic(temperatures, dimension),
        exact=lambda t: exact.harmonic(dimension, t),
    )


def double_well(context: Context, dimension: int, barrier: float, stiffness: float) -> Experiment:
    """Two wells; all replicas begin in the right one, x_1 = 1, and x_1 > 0 is seen half of the time."""
    system = DoubleWell(barrier, dimension, stiffness)
    begin = torch.zeros(dimension)
    begin[0] = 1
    return Experiment(
        coordinates(context, system, begin),
        f"Two wells at x_1 = -1 and 1, a barrier of {barrier:g} between them, d = {dimension}; all begin at 1.",
        unit="total",
        work=("gradient_evaluations", context.cfg.tempering.every),
        forecast=lambda ts: forecast.from_spectrum(ts, spectra.double_well(system, float(ts[-1]))),
        exact=lambda t: exact.double_well(barrier, t, dimension, stiffness)[:2],
        names=("right",),
        observe=lambda states, ladder: (states[:, :1] > 0).double().cpu()[ladder.rows()],
        expected=lambda t: [0.5],
    )


def gaussian_mixture(
    context: Context, means: list[list[float]], widths: list[float], weights: list[float]
) -> Experiment:
    """Several wells; all replicas begin in the first. share_c is the mean probability that x belongs to component c."""
    here = dict(dtype=context.bench.dtype, device=context.bench.device)
    system = GaussianMixture(*(torch.tensor(values, **here) for values in (means, widths, weights)))
    double = GaussianMixture(*(torch.tensor(values, dtype=torch.float64) for values in (means, widths, weights)))
    grid = cache(lambda: spectra.mixture_grid(double, hottest(context.cfg)))  # (spectrum, points)
    on_a_grid = len(means[0]) <= 2

    def shares(t: float) -> list[float]:
        return (torch.from_numpy(grid()[0].probabilities(t)) @ double.shares(grid()[1])).tolist()

    return Experiment(
        coordinates(context, system, system.means[0]),
        f"A mixture of {len(means)} Gaussians, d = {len(means[0])}; all begin in the first.",
        unit="total",
        work=("gradient_evaluations", context.cfg.tempering.every),
        forecast=(lambda ts: forecast.from_spectrum(ts, grid()[0])) if on_a_grid else None,
        exact=(lambda t: (grid()[0].energy(t), grid()[0].heat_capacity(t))) if on_a_grid else None,
        names=tuple(f"share_{c + 1}" for c in range(len(means))),
        observe=lambda states, ladder: system.shares(states).double().cpu()[ladder.rows()],
        expected=shares if on_a_grid else None,
    )


def ising(context: Context, size: int, rule: Rule) -> Experiment:
    """The square lattice from a random start, against Kaufman's exact values; moments of the magnetisation per site."""
    with blame("system"):
        refuse_too_large(
            f"size={size}", 4 * len(context.rows) * size**2
        )  # the spins and what their energy is summed of
    system = Ising(size)
    known = cache(lambda t: exact.ising(size, t)[:2])

    def expectation(temperatures: Tensor) -> forecast.Forecast:
        energies, capacities = torch.tensor([known(t) for t in temperatures.tolist()], dtype=torch.float64).T.numpy()
        return forecast.from_moments(temperatures, energies, capacities)

    return Experiment(
        spin_replicas(system, context.rows, context.cfg.seed, rule, context.bench.device),
        f"Ising model on the periodic {size} x {size} lattice, J = 1, T_c = {exact.CRITICAL_TEMPERATURE:.4f}; {rule}.",
        unit="per site",
        work=("spin_updates", system.spins),
        sites=system.spins,
        forecast=expectation,
        exact=known,
        names=("magnetisation", "magnetisation_2", "magnetisation_4"),
        read=system.magnetisation,
        observe=lambda m, ladder: torch.stack([m.abs(), m.square(), m.pow(4)], dim=-1).cpu()[ladder.rows()],
        critical=exact.CRITICAL_TEMPERATURE,
    )


def spin_glass(
    context: Context, kind: str, spins: int, size: int, dimension: int, couplings: Law, samples: int, rule: Rule
) -> Experiment:
    """Draws of the couplings, each with its own ladders; the first two of a sample tell the link overlap.

    Raises:
        UserError: one ladder per sample, whose overlap with itself tells nothing.
    """
    ladders = context.cfg.tempering.ladders
    if ladders < 2:
        raise UserError(f"tempering.ladders={ladders}: a spin glass needs two ladders of each sample for their overlap")
    draw = stream(context.cfg.seed, "couplings")
    key, sites, bonds = ("spins", spins, spins) if kind == "sk" else ("size", size**dimension, 2 * dimension)
    with blame("system"):
        needed = sites * (8 * 2 * bonds * samples + 4 * len(context.rows))  # couplings as drawn and as used, and spins
        refuse_too_large(f"{key}={context.cfg.system[key]}", needed)
    if kind == "sk":
        whole = sherrington_kirkpatrick(spins, draw, samples, couplings)
        what = f"Sherrington-Kirkpatrick, {spins} spins"
    else:
        whole = edwards_anderson(size, dimension, draw, samples, couplings)
        what = f"Edwards-Anderson, {dimension} dimensions, L = {size}"
    own = whole.of_rows(context.rows, ladders * levels(context.cfg)).to(context.bench.device)
    mover = spin_replicas(own, context.rows, context.cfg.seed, rule, context.bench.device)

    law = "Gaussian" if couplings == "gaussian" else "+-J"

    def overlaps(states: Tensor, ladder: Replicas) -> Tensor:
        by_level = states.cpu()[ladder.rows()].view(samples, ladders, -1, whole.spins)  # (sample, ladder, level, spin)
        return whole.link_overlap(by_level[:, 0], by_level[:, 1])[..., None]

    return Experiment(
        mover,
        f"{what}, {law} couplings, {counted(samples, 'sample')} of them; {rule}.",
        unit="per site",
        work=("spin_updates", whole.spins),
        sites=whole.spins,
        names=("link_overlap",),
        observe=overlaps,
        samples=samples,
        identity=partial(gaussian_energy, whole.variance) if couplings == "gaussian" else None,
    )


def coordinates(context: Context, system: Well, begin: Tensor) -> Mover:
    """Replicas of a point in a well, all of which begin at `begin`, (dimension,).

    Raises:
        UserError: a prior, where the well is all there is.
    """
    if decay := context.cfg.optimizer.weight_decay:
        raise UserError(f"optimizer.weight_decay={decay} is not allowed here: the well is all there is. Type 0")
    begin = begin.to(context.bench.device, context.bench.dtype)

    def make(part: Context) -> Weights:
        start = begin.repeat(len(part.rows), 1)  # (row, dimension)
        return Weights(part, start, lambda x: (system.energy(x), system.gradient(x)), system.energy)

    return context.movers(make)
