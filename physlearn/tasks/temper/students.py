"""The students of task=temper, each learning from one set of examples: `_target_` of three files in conf/system/."""

from functools import cache

import torch
from torch import Tensor

from physlearn.dynamics.choices import SpinRule
from physlearn.lab.errors import blame
from physlearn.learning.exact import LARGEST, Census, census
from physlearn.learning.examples import Examples, draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.linear import linear_student as ridge_student
from physlearn.learning.spherical_students import SphericalPerceptron
from physlearn.learning.theory import COLDEST, quenched, spinodal, transition
from physlearn.memory import refuse_too_large
from physlearn.streams import stream
from physlearn.tasks.temper.parts import Context, Experiment
from physlearn.tasks.temper.systems import coordinates
from physlearn.tempering import forecast
from physlearn.tempering.permutation import Replicas
from physlearn.tempering.spins import spin_replicas

TARGETS = ("ising_perceptron", "spherical_perceptron", "linear_student")  # what conf/system/ may name


def ising_perceptron(context: Context, spins: int, load: float, inputs: str, rule: SpinRule) -> Experiment:
    """Ising students from a random start; overlap is R with the teacher. Exact by enumeration up to 20 weights."""
    system = IsingPerceptron(examples(context, spins, load, "ising", inputs))

    @cache
    def counted() -> Census:
        return census(system)[0]

    small, alpha = spins <= LARGEST, system.examples.count / spins
    cold = max(COLDEST, float(min(context.cfg.tempering.temperatures or [context.cfg.tempering.minimum])))
    return Experiment(
        spin_replicas(system, context.rows, context.cfg.seed, rule, "cpu"),
        f"Ising perceptron, N = {spins}, {system.examples.count} examples, E = number of errors; {rule}. In theory at "
        f"T = {cold:g} learning is perfect from alpha = {transition(cold):.3f} on (spinodal {spinodal(cold):.3f}); "
        f"here alpha = {alpha:.3g}.",
        unit="total",
        work=("spin_updates", spins),
        exact=(lambda t: (counted().energy(t), counted().heat_capacity(t))) if small else None,
        names=("overlap",),
        read=system.overlap,
        observe=by_level,
        expected=(lambda t: [counted().overlap(t)]) if small else None,
    )


def spherical_perceptron(context: Context, spins: int, load: float, inputs: str, circles: str) -> Experiment:
    """Students on the sphere |w|^2 = N from a random start; overlap is R with the teacher."""
    system = SphericalPerceptron(examples(context, spins, load, "spherical", inputs))
    alpha = system.examples.count / spins
    cold = max(COLDEST, float(min(context.cfg.tempering.temperatures or [context.cfg.tempering.minimum])))
    return Experiment(
        spin_replicas(system, context.rows, context.cfg.seed, circles, "cpu"),
        f"Spherical perceptron, N = {spins}, {system.examples.count} examples, E = number of errors; {circles}. "
        f"In theory R = {quenched(alpha, cold).R:.4f} at T = {cold:g}, N to infinity.",
        unit="total",
        work=("slices", spins if circles == "rotations" else 1),
        names=("overlap",),
        read=system.overlap,
        observe=by_level,
    )


def linear_student(context: Context, spins: int, load: float, ridge: float, noise: float) -> Experiment:
    """Ridge regression under the equation of motion of the group `optimizer`; error is |w - w0|^2/N, known exactly."""
    with blame("system"):
        refuse_too_large(f"spins={spins}", 8 * spins**2 * (2 + load))
    student = ridge_student(spins, load, ridge, noise, stream(context.cfg.seed, "examples"))
    here = student.to(context.bench.device, context.bench.dtype)
    return Experiment(
        coordinates(context, here, torch.zeros(spins)),
        f"Linear student, N = {spins}, {len(student.targets)} examples, ridge {ridge:g}, noise {noise:g}.",
        unit="total",
        work=("gradient_evaluations", context.cfg.tempering.every),
        forecast=lambda temperatures: forecast.harmonic(temperatures, spins),
        exact=lambda t: (student.exact_energy(t), spins / 2),
        names=("error",),
        read=here.error,
        observe=by_level,
        expected=lambda t: [student.exact_error(t)],
    )


def examples(context: Context, spins: int, load: float, law: str, inputs: str) -> Examples:
    """One set of round(alpha N) examples of a random teacher."""
    count = max(1, round(load * spins))
    with blame("system"):
        refuse_too_large(f"spins={spins} at a load of {load:g}", 16 * spins * count + 8 * len(context.rows) * count)
        return draw(spins, count, stream(context.cfg.seed, "examples"), 1, law, inputs)


def by_level(values: Tensor, ladder: Replicas) -> Tensor:
    """(row,) -> (ladder, level, 1)."""
    return values.double().cpu()[ladder.rows()][..., None]
