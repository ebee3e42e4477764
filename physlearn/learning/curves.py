"""Learning curves of simulated perceptrons: eps against alpha, at one temperature in several sizes, or at many.

Of every sample of examples two students are measured, one that begins at the teacher and one at random: where both give
the same eps the burn-in was long enough. Half of the mean square of their difference is the thermal variance of a
student's average; what is left of the scatter over samples is the disorder's.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from physlearn.instruments.statistics import standard_error
from physlearn.learning.examples import draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.measurements import Row, generator, measures, seed_of
from physlearn.learning.spherical_students import SphericalPerceptron
from physlearn.streams import streams

STUDENTS = {"spherical": SphericalPerceptron, "ising": IsingPerceptron}
AT_ONCE = 2**26  # inputs held at a time


@measures("Students and teachers are perceptrons; eps is the probability that they disagree.", "neurons", "loads")
def learning_curve(
    neurons: Sequence[int],
    loads: Sequence[float],
    temperature: float,
    samples: int,
    seed: int,
    *,
    weights: str = "spherical",
    burn_in: int = 300,
    sweeps: int = 300,
    done: int = 0,
) -> Iterator[Row]:
    """eps(alpha) at temperature T: one row for each size and load, sizes outermost.

    Args:
        neurons: sizes N, weights of a student.
        loads: alpha; there are round(alpha N) examples.
        temperature: T in units of one error.
        samples: of examples at the largest size, at least 2; others have as many more as they are smaller.
        seed: of all randomness.
        weights: spherical or ising.
        burn_in, sweeps: before, and of, the average.
        done: rows to leave out.
    """
    points = [(n, a) for n in neurons for a in loads]
    for place, (size, load) in enumerate(points[done:], done):
        count = round(samples * max(neurons) / size)
        yield point(size, load, temperature, count, weights, burn_in, sweeps, generator(seed, place))


@measures("Students of one size at many temperatures, against alpha/T.", "temperatures", "scaled_loads")
def temperature_curves(
    neurons: int,
    temperatures: Sequence[float],
    scaled_loads: Sequence[float],
    samples: int,
    seed: int,
    *,
    weights: str = "spherical",
    burn_in: int = 300,
    sweeps: int = 300,
    done: int = 0,
) -> Iterator[Row]:
    """eps at loads alpha = x T, x in `scaled_loads`: one row for each temperature and x, temperatures outermost."""
    points = [(t, x) for t in temperatures for x in scaled_loads]
    for place, (t, x) in enumerate(points[done:], done):
        yield point(neurons, x * t, t, samples, weights, burn_in, sweeps, generator(seed, place))


def point(
    size: int, load: float, temperature: float, samples: int, weights: str, burn_in: int, sweeps: int,
    draws: torch.Generator,
) -> Row:  # fmt: skip
    """eps of students of N weights at one load and temperature, its standard error over samples and the parts of it."""
    count = max(1, round(load * size))
    at_once = max(1, AT_ONCE // (size * count))
    parts = [
        _pairs(size, count, temperature, min(at_once, samples - begun), weights, burn_in, sweeps, draws)
        for begun in range(0, samples, at_once)
    ]
    error, training = (np.concatenate(values) for values in zip(*parts, strict=True))  # (sample, start) each
    se, half = float(standard_error(error.mean(1))), np.diff(error)[:, 0] / 2
    thermal = math.sqrt(float(np.mean(half**2)) / samples)
    return {
        "neurons": size,
        "examples": count,
        "load": count / size,
        "temperature": temperature,
        "samples": samples,
        "error": float(error.mean()),
        "error_se": se,
        "thermal_se": thermal,
        "disorder_se": math.sqrt(max(0.0, se**2 - thermal**2)),
        "training_error": float(training.mean()),
        "training_error_se": float(standard_error(training.mean(1))),
        "starts_z": float(half.mean() / standard_error(half)) if half.any() else 0.0,
    }


def _pairs(
    size: int, count: int, temperature: float, samples: int, weights: str, burn_in: int, sweeps: int,
    draws: torch.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Time averages of eps and of E/P of two students per sample: (sample, start) each."""
    examples = draw(size, count, draws, samples, weights, "gaussian")
    system, numbers = STUDENTS[weights](examples), streams(seed_of(draws), range(2 * samples))
    states = system.start(numbers)
    states[::2] = examples.teacher.to(states.dtype)
    temperatures = torch.full((2 * samples,), float(temperature))
    system.sweep(states, temperatures, numbers, sweeps=burn_in)
    error, wrong, every = torch.zeros(2 * samples), torch.zeros(2 * samples), 2
    for _ in range(times := max(1, sweeps // every)):
        system.sweep(states, temperatures, numbers, sweeps=every)
        error += torch.arccos(system.overlap(states).clamp(-1, 1)) / math.pi / times
        wrong += system.energy(states) / count / times
    return error.view(samples, 2).numpy(), wrong.view(samples, 2).numpy()


def extrapolated(sizes: np.ndarray, values: np.ndarray, errors: np.ndarray) -> tuple[float, float, float]:
    """The intercept at 1/N = 0 of a weighted straight line in 1/N, its standard error, and chi^2 of the fit.

    Args:
        sizes, values, errors: N, eps and its standard error: (point,), at least two sizes.
    """
    design = np.stack([np.ones(len(sizes)), 1 / np.asarray(sizes, dtype=float)], 1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    fit = covariance @ design.T @ (values / errors)
    return float(fit[0]), float(covariance[0, 0] ** 0.5), float(np.square(values / errors - design @ fit).sum())
