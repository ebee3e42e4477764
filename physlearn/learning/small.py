"""Ising students that can all be counted: their entropy over disorder, and replica exchange beside the count."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch

from physlearn.instruments.statistics import blocking_error, mean_and_error
from physlearn.learning.annealed import annealed_spinodal, annealed_state
from physlearn.learning.exact import Census, census
from physlearn.learning.examples import draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.measurements import Row, generator, measures
from physlearn.learning.theory import quenched, spinodal
from physlearn.streams import stream, streams
from physlearn.tempering.permutation import replicas
from physlearn.tempering.rounds import exchange
from physlearn.tempering.spins import spin_replicas


@measures("All 2^N Ising students of a sample are counted; the entropy is averaged over samples.", "neurons", "loads")
def enumeration(
    neurons: Sequence[int], loads: Sequence[float], temperature: float, samples: int, seed: int, *, done: int = 0
) -> Iterator[Row]:
    """Entropy per weight, eps and E/P at T, Gaussian inputs: a row for each size and load.

    Args:
        neurons: sizes N, at most 20.
        loads: alpha; there are round(alpha N) examples.
        temperature: T >= 0 in units of one error.
        samples: of examples, at least 2.
        seed: of all randomness.
        done: rows to leave out.
    """
    points = [(n, a) for n in neurons for a in loads]
    for place, (size, load) in enumerate(points[done:], done):
        count = max(1, round(load * size))
        counted = census(IsingPerceptron(draw(size, count, generator(seed, place), samples, "ising", "gaussian")))
        entropy, entropy_se = mean_and_error([own.entropy(temperature) for own in counted])
        error, error_se = mean_and_error([own.error(temperature) for own in counted])
        wrong, wrong_se = mean_and_error([own.energy(temperature) / count for own in counted])
        yield {
            "neurons": size,
            "load": count / size,
            "temperature": temperature,
            "samples": samples,
            "entropy": entropy,
            "entropy_se": entropy_se,
            "error": error,
            "error_se": error_se,
            "training_error": wrong,
            "training_error_se": wrong_se,
            "entropy_quenched": _entropy(quenched, spinodal, count / size, temperature),
            "entropy_annealed": _entropy(annealed_state, annealed_spinodal, count / size, temperature),
        }


def _entropy(state, end, load: float, temperature: float) -> float | None:
    return state(load, temperature, "ising").entropy if load <= end(temperature) else None


def exchange_beside(
    system: IsingPerceptron, temperatures: Sequence[float], sweeps: int, burn_in: int, seed: int, ladders: int = 8
) -> dict[str, np.ndarray]:
    """Replica exchange of one sample beside its census: z of <E>, P(E) and ln Z at every temperature.

    Args:
        system: of one sample, at most 20 weights.
        temperatures: the ladder, rising.
        sweeps, burn_in: of every replica, each with a round of swaps.
        seed: of all randomness.
        ladders: independent ones; P(E) and ln Z have their errors from them.

    Returns:
        energy_z and log_z_z (temperature,), probability_z (temperature, level) NaN where a level of energy is expected
        fewer than 20 times a ladder, and the values that they compare: energy, energy_exact, log_z, log_z_exact.
    """
    known: Census = census(system)[0]
    ladder = replicas(torch.tensor(list(temperatures), dtype=torch.float64), ladders)
    mover = spin_replicas(system, ladders * len(temperatures), seed)
    loop = exchange(ladder, mover.explore, mover.measure, stream(seed, "swaps"))
    energies = np.stack([r.energies.numpy() for r in islice(loop, burn_in + sweeps)][burn_in:])  # (sweep, ladder, T)
    T = np.asarray(temperatures, dtype=float)
    exact = np.array([known.energy(t) for t in T])
    mean = energies.mean((0, 1))
    error = np.array([blocking_error(energies[:, :, k].T) for k in range(len(T))])
    levels = np.arange(system.examples.count + 1)
    shares = np.stack([(energies == level).mean(0) for level in levels], -1)  # (ladder, temperature, level)
    expected = np.stack([known.probabilities(t) for t in T])  # (temperature, level)
    share, share_error = mean_and_error(shares)
    enough = (expected * sweeps > 20) & (expected < 1 - 20 / sweeps)
    with np.errstate(divide="ignore", invalid="ignore"):
        share_z = np.where(enough, (share - expected) / share_error, np.nan)
    free = system.energy(system.start(streams(seed + 1, range(ladders * 4000)))).numpy().reshape(ladders, -1)
    logs, logs_error = mean_and_error(_log_z(energies, free, T, system.spins))
    exact_logs = np.array([known.log_z(t) for t in T])
    return {
        "energy": mean,
        "energy_exact": exact,
        "energy_z": (mean - exact) / error,
        "probability_z": share_z,
        "log_z": logs,
        "log_z_exact": exact_logs,
        "log_z_z": (logs - exact_logs) / logs_error,
    }


def _log_z(energies: np.ndarray, free: np.ndarray, temperatures: np.ndarray, weights: int) -> np.ndarray:
    """ln Z from the hottest temperature down, Z(b') = Z(b) <exp(-(b' - b) E)>_b, begun at Z(0) = 2^N: (ladder, T).

    Args:
        energies: (sweep, ladder, T). free: of students drawn at random, (ladder, student).
        temperatures: (T,).
        weights: N.
    """
    betas = 1 / temperatures
    colder = (betas[:-1] - betas[1:])[::-1]  # b' - b > 0 of every step, from the hottest on
    steps = np.log(np.exp(-colder * energies[..., :0:-1]).mean(0))  # (ladder, T - 1)
    first = weights * np.log(2) + np.log(np.exp(-betas[-1] * free).mean(1))[:, None]
    return np.concatenate([first, first + np.cumsum(steps, 1)], 1)[:, ::-1]
