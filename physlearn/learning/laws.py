"""The exact laws of the package, as `task=verify` reads them."""

from collections.abc import Callable

import numpy as np
import torch

from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.learning.curves import extrapolated, point
from physlearn.learning.exact import census, sphere_energy
from physlearn.learning.examples import Examples, draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.linear import linear_student
from physlearn.learning.ridge import langevin_error
from physlearn.learning.spherical_students import SphericalPerceptron
from physlearn.learning.theory import quenched
from physlearn.streams import stream, stream_seed, streams

T, ROWS = 0.9, 4000


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Gibbs sampling of both kinds of students, Langevin of the linear one, the saddle point; all on the CPU."""
    examples = draw(12, 15, stream(seed, "laws: ising examples"))
    sphere = draw(3, 8, stream(seed, "laws: spherical examples"), 1, "spherical", "gaussian")
    student = linear_student(40, 1.5, 0.2, 0.5, stream(seed, "laws: linear examples"))

    def row(name: str, exact: float, measure: Callable[[str], tuple[float, float]]) -> Law:
        return Law("learning", name, exact, lambda: measure(f"laws: {name}"))

    return [
        row("Ising students, heat bath: mean number of errors of 12 weights at T = 0.9",
            census(IsingPerceptron(examples))[0].energy(T),
            lambda name: mean_errors(IsingPerceptron(examples), "heat_bath", 200, stream_seed(seed, name))),
        row("spherical students, rotations: mean number of errors of 3 weights at T = 0.9", sphere_energy(sphere, T),
            lambda name: mean_errors(SphericalPerceptron(sphere), "rotations", 20, stream_seed(seed, name))),
        row("spherical students, great circles: the same", sphere_energy(sphere, T),
            lambda name: mean_errors(SphericalPerceptron(sphere), "great_circles", 40, stream_seed(seed, name))),
        row("linear student, Euler: |H^-1 A^T y - w0|^2/N + (T/N) tr [H (1 - hH/2)]^-1", student.exact_error(T, 0.2),
            lambda name: langevin_error(student, T, 0.2, 64, 5.0, stream(seed, name))),
        row("quenched eps of spherical students, alpha 2, T 1, from N = 25, 50, 100", quenched(2.0, 1.0).error,
            lambda name: _limit(stream(seed, name))),
        row("quenched entropy of Ising students, alpha 0.5, T 1, N = 14 counted", quenched(0.5, 1.0, "ising").entropy,
            lambda name: _entropy(stream(seed, name))),
    ]  # fmt: skip


def mean_errors(
    system: IsingPerceptron | SphericalPerceptron, rule: str, sweeps: int, seed: int, heat: float = 1.0
) -> tuple[float, float]:
    """<E> at T over independent rows, half of which begin at the teacher; `heat` multiplies T, for wrong samplers."""
    numbers = streams(seed, range(ROWS))
    states = system.start(numbers)
    states[::2] = system.examples.teacher[0].to(states.dtype)
    system.sweep(states, torch.full((ROWS,), T * heat), numbers, rule, sweeps=sweeps)
    return mean_and_error(system.energy(states))


def _limit(draws: torch.Generator) -> tuple[float, float]:
    sizes = np.array([25, 50, 100])
    rows = [point(int(n), 2.0, 1.0, 4000 // int(n), "spherical", 60, 40, draws) for n in sizes]
    return extrapolated(sizes, *(np.array([row[key] for row in rows]) for key in ("error", "error_se")))[:2]


def _entropy(draws: torch.Generator) -> tuple[float, float]:
    examples: Examples = draw(14, 7, draws, 300, "ising", "gaussian")
    return mean_and_error([own.entropy(1.0) for own in census(IsingPerceptron(examples))])
