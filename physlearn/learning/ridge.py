"""The linear student under Langevin at T: its error beside the exact value of its sample, and beside the formula."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch

from physlearn.dynamics.chains import time_average
from physlearn.dynamics.langevin import Langevin
from physlearn.instruments.statistics import mean_and_error, standard_error
from physlearn.learning.linear import LinearStudent, generalisation_error, linear_student
from physlearn.learning.measurements import Row, generator, measures


@measures("Ridge regression, its weights under Langevin at T; E_g = |w - w0|^2/N.", "points")
def double_descent(
    neurons: int,
    points: Sequence[tuple[float, float, float, float]],
    samples: int,
    seed: int,
    *,
    step: float = 0.1,
    chains: int = 16,
    relaxations: float = 5.0,
    done: int = 0,
) -> Iterator[Row]:
    """E_g at points (alpha, lambda, sigma, T): one row per point.

    Args:
        neurons: N.
        points: load alpha, ridge lambda, noise sigma of the targets, temperature T.
        samples: of examples, at least 2.
        seed: of all randomness.
        step: h of Euler's scheme.
        chains: students of a sample, which begin at w = 0.
        relaxations: burn-in, and average, in units of the slowest time 1/lambda.
        done: rows to leave out.
    """
    for place, (load, ridge, noise, temperature) in list(enumerate(points))[done:]:
        draws = generator(seed, place)
        rows = []
        for _ in range(samples):
            student = linear_student(neurons, load, ridge, noise, draws)
            mean, error = langevin_error(student, temperature, step, chains, relaxations, draws)
            rows.append((mean, error, student.exact_error(temperature, step), student.exact_error(temperature)))
        mean, error, exact, continuous = np.array(rows).T
        yield {
            "neurons": neurons,
            "load": round(load * neurons) / neurons,
            "ridge": ridge,
            "noise": noise,
            "temperature": temperature,
            "samples": samples,
            "error": float(mean.mean()),
            "error_se": float(standard_error(mean)),
            "exact": float(exact.mean()),
            "exact_without_step": float(continuous.mean()),
            "gap": float((mean - exact).mean()),
            "gap_se": float(np.sqrt(np.square(error).sum())) / samples,
            "largest_z": float(np.abs((mean - exact) / error).max()) if temperature > 0 else None,
            "formula": generalisation_error(load, ridge, noise, temperature),
        }


def langevin_error(
    student: LinearStudent,
    temperature: float,
    step: float,
    chains: int,
    relaxations: float,
    draws: torch.Generator,
) -> tuple[float, float]:
    """Time average of |w - w0|^2/N under Euler's scheme, and its standard error over independent chains."""
    steps = max(1, round(relaxations / (step * student.ridge)))
    start = torch.zeros(chains, student.dimension).to(student.inputs)
    make = partial(Langevin, lr=step, temperature=temperature, noise="gaussian", generator=draws)
    return mean_and_error(
        time_average(make, start, student.gradient, lambda weights, _: student.error(weights), steps, steps)
    )
