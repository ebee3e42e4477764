"""Exact truth about small students: all 2^N Ising ones up to N = 20 counted; spherical ones of 3 weights on a grid."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from physlearn.learning.examples import Examples
from physlearn.learning.ising_students import IsingPerceptron

LARGEST = 20  # weights


@dataclass(frozen=True)
class Census:
    """Every Ising student of one sample of examples.

    Args:
        counts: (P + 1, N + 1), how many students have E errors and agree with the teacher in k weights.
    """

    counts: np.ndarray  # (errors, agreeing)

    @property
    def weights(self) -> int:
        """N."""
        return self.counts.shape[1] - 1

    def log_z(self, temperature: float) -> float:
        """ln sum_w exp(-E/T); at T = 0 ln of the number of students without errors."""
        return float(np.logaddexp.reduce(self._log_weights(temperature)))

    def probabilities(self, temperature: float) -> np.ndarray:
        """P(E), (P + 1,)."""
        return np.exp(self._log_weights(temperature) - self.log_z(temperature))

    def energy(self, temperature: float) -> float:
        """<E>."""
        return float(self.probabilities(temperature) @ np.arange(len(self.counts)))

    def heat_capacity(self, temperature: float) -> float:
        """Var E/T^2."""
        levels = np.arange(len(self.counts)) - self.energy(temperature)
        return float(self.probabilities(temperature) @ levels**2) / temperature**2

    def entropy(self, temperature: float) -> float:
        """ln Z + <E>/T, per weight; at T = 0 ln of the number of students without errors, over N."""
        heat = self.energy(temperature) / temperature if temperature > 0 else 0.0
        return (self.log_z(temperature) + heat) / self.weights

    def mean(self, values: np.ndarray, temperature: float) -> float:
        """<A> of what is `values` (N + 1,) for students that agree with the teacher in 0 ... N weights."""
        shares = self.counts / np.maximum(self.counts.sum(1, keepdims=True), 1)  # (errors, agreeing)
        return float(self.probabilities(temperature) @ (shares @ values))

    def overlap(self, temperature: float) -> float:
        """<R>."""
        return self.mean(2 * np.arange(self.weights + 1) / self.weights - 1, temperature)

    def error(self, temperature: float) -> float:
        """<arccos(R)>/pi: eps of Gaussian inputs."""
        R = 2 * np.arange(self.weights + 1) / self.weights - 1
        return self.mean(np.arccos(R) / math.pi, temperature)

    def _log_weights(self, temperature: float) -> np.ndarray:
        with np.errstate(divide="ignore"):
            log_counts = np.log(self.counts.sum(1))
        if temperature == 0:
            return np.where(np.arange(len(log_counts)) == 0, log_counts, -np.inf)
        return log_counts - np.arange(len(log_counts)) / temperature


def census(system: IsingPerceptron) -> list[Census]:
    """Of every sample: all 2^N students, one weight turned over at a time (Gray's code).

    Raises:
        ValueError: more than 20 weights.
    """
    if system.spins > LARGEST:
        raise ValueError(f"enumeration is for at most {LARGEST} weights, got {system.spins}")
    teachers = system.examples.teacher.numpy().astype(np.int8)
    found = []
    for columns, bias, teacher in zip(system.columns, system.bias, teachers, strict=True):
        counts = np.zeros((columns.shape[1] + 1, columns.shape[0] + 1), np.int64)
        _enumerate(columns, bias, teacher, counts)
        found.append(Census(counts))
    return found


def sphere_energy(examples: Examples, temperature: float, points: int = 800) -> float:
    """<E> of spherical students of 3 weights: a grid of equal areas, even in z and in the angle round it.

    Args:
        examples: one sample, N = 3.
        temperature: T > 0.
        points: along each of the two directions; the error of the grid falls as 1/points.
    """
    if examples.weights != 3:
        raise ValueError(f"the grid is for 3 weights, got {examples.weights}")
    z = (np.arange(points) + 0.5) * 2 / points - 1
    angle = (np.arange(2 * points) + 0.5) * math.pi / points
    radius = np.sqrt(1 - z * z)[:, None]
    states = np.stack([radius * np.cos(angle), radius * np.sin(angle), z[:, None] + 0 * angle], -1).reshape(-1, 3)
    signed = (examples.inputs * examples.labels[..., None])[0].double().numpy()  # (example, weight)
    wrong = sum((states @ x < 0).astype(np.int64) for x in signed)
    counts = np.bincount(wrong)
    weights = counts * np.exp(-np.arange(len(counts)) / temperature)
    return float(weights @ np.arange(len(counts)) / weights.sum())


@njit(nogil=True, cache=True)
def _enumerate(columns, bias, teacher, counts):
    """Counts (errors, agreeing) over all states; fields are kept up to date, in float64 (exact for whole numbers)."""
    size = len(teacher)
    state, field = -np.ones(size), np.empty(len(bias))
    field[:] = bias
    agreeing = 0
    for i in range(size):
        agreeing += teacher[i] < 0
        for m in range(len(field)):
            field[m] -= columns[i, m]
    for number in range(1 << size):
        wrong = 0
        for m in range(len(field)):
            wrong += field[m] < 0
        counts[wrong, agreeing] += 1
        if number + 1 < 1 << size:
            place, rest = 0, number + 1
            while rest & 1 == 0:
                rest >>= 1
                place += 1
            state[place] = -state[place]
            agreeing += 1 if state[place] * teacher[place] > 0 else -1
            for m in range(len(field)):
                field[m] += 2 * state[place] * columns[place, m]
