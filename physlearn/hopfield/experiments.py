"""What is measured against the theory: overlap against load, over the phase diagram, after dilution, from afar.

Every experiment is a generator of rows, plain numbers or lists, so that a caller can save each as it comes.
A row has a seed of its own, made of `seed` and the row's place: after `done` rows the rest can be computed alone.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.patterns import flip, overlap, random_patterns
from physlearn.hopfield.theory import order_parameters, share_left, spinodal_load
from physlearn.instruments.statistics import standard_error

RETRIEVED = 0.65  # between the two peaks of the overlap, about .97 and .35: a recall above it has succeeded
Row = dict[str, float | int | str | list[float] | None]
Experiment = Callable[..., Iterator[Row]]


def measures(words: str, *axes: str, rising: str | None = None) -> Callable[[Experiment], Experiment]:
    """Says of an experiment what it measures: `words`, a sentence; `axes`, the lists whose combinations are its rows;
    `rising`, the list that must rise, two values at least."""

    def said(experiment: Experiment) -> Experiment:
        experiment.words, experiment.axes, experiment.rising = words, axes, rising
        return experiment

    return said


@measures(
    "Recall at T = 0 from the stored patterns themselves; in theory they are lost above a load of 0.1379.",
    "neurons",
    "loads",
)
def capacity_curve(
    neurons: Sequence[int], loads: Sequence[float], samples: int, seed: int, *, recalls: int = 100, done: int = 0
) -> Iterator[Row]:
    """T = 0 recall from the stored patterns: one row for each size and load, sizes outermost.

    Args:
        neurons: sizes N.
        loads: alpha; the number of patterns is round(alpha N).
        samples: networks, at least 2; errors are standard errors over networks, as recalls in one are correlated.
        seed: of all randomness.
        recalls: patterns recalled in a network, at most.
        done: rows to leave out.
    """
    for place, (size, load) in enumerate([(n, a) for n in neurons for a in loads][done:], done):
        generator = _generator(seed, place)
        networks = (_network(size, load, generator) for _ in range(samples))
        yield _load(size, load) | _recalled([_recall(network, recalls, generator) for network in networks])


@measures(
    "Heat bath from the stored patterns over the plane of load and temperature: where do they stay?",
    "loads",
    rising="loads",
)
def phase_diagram(
    loads: Sequence[float],
    temperatures: Sequence[float],
    neurons: int,
    samples: int,
    seed: int,
    *,
    burn_in: int = 80,
    sweeps: int = 40,
    done: int = 0,
) -> Iterator[Row]:
    """The thermal overlap with the pattern at which the spins start: one row per load, lists over the temperatures.

    In each of `samples` networks every temperature has a row of spins and a stored pattern of its own; heat bath for
    `burn_in` sweeps, then the mean of m over `sweeps` sweeps (at least 1). Metastable states live
    long: what is seen is the spinodal.
    """
    T = torch.tensor(list(temperatures), dtype=torch.float64)
    for place, load in list(enumerate(loads))[done:]:
        generator = _generator(seed, place)
        means = []
        for _ in range(samples):
            network = _network(neurons, load, generator)
            targets = network.patterns[torch.arange(len(T)) % len(network.patterns)]  # (temperature, neuron)
            means.append(thermal_overlap(network, targets, T, burn_in, sweeps, generator).numpy())
        yield _load(neurons, load) | {
            "temperature": T.tolist(),
            "overlap": np.mean(means, 0).tolist(),
            "error": standard_error(np.array(means)).tolist(),
        }


@measures(
    "Recall at T = 0 in pruned networks; in theory the share c(f) of the signal that is left decides.",
    "ways",
    "neurons",
    "window",
)
def dilution(
    ways: Sequence[tuple[str, float]],
    neurons: Sequence[int],
    window: Sequence[float],
    samples: int,
    seed: int,
    *,
    recalls: int = 100,
    done: int = 0,
) -> Iterator[Row]:
    """T = 0 recall in networks of which a fraction of the couplings is left: a row each for size, way and load.

    Args:
        ways: ("magnitude" or "random", f).
        neurons: sizes N.
        window: loads as multiples of the theory's alpha_c of each way.
        samples, seed, recalls, done: as in `capacity_curve`.
    """
    points = [(n, by, f, w * spinodal_load(0.0, share_left(by, f))) for n in neurons for by, f in ways for w in window]
    for place, (size, by, fraction, load) in enumerate(points[done:], done):
        generator = _generator(seed, place)
        networks = (_network(size, load, generator).dilute(fraction, by, generator) for _ in range(samples))
        row = _recalled([_recall(network, recalls, generator) for network in networks])
        yield {"fraction": fraction, "by": by} | _load(size, load) | row


@measures("Heat bath from the stored patterns, at points (load, T).", "points")
def thermal(
    points: Sequence[tuple[float, float]],
    neurons: int,
    samples: int,
    seed: int,
    *,
    recalls: int = 6,
    burn_in: int = 100,
    sweeps: int = 40,
    done: int = 0,
) -> Iterator[Row]:
    """Mean overlap in the retrieval state, at the points (alpha, T): a row per point.

    Rows of spins that left their pattern for good (m < RETRIEVED, few near the spinodal) are counted in `stayed` and
    left out of the mean: the theory speaks of the retrieval state.
    """
    for place, (load, temperature) in list(enumerate(points))[done:]:
        generator, means, stayed = _generator(seed, place), [], []
        for _ in range(samples):
            network = _network(neurons, load, generator)
            m = thermal_overlap(network, network.patterns[:recalls], temperature, burn_in, sweeps, generator)
            stayed.append(float((m > RETRIEVED).double().mean()))
            if stayed[-1]:
                means.append(float(m[m > RETRIEVED].mean()))
        yield _load(neurons, load) | {
            "temperature": temperature,
            "overlap": float(np.mean(means)) if means else 0.0,
            "error": float(standard_error(np.array(means))) if len(means) > 1 else None,
            "stayed": float(np.mean(stayed)),
        }


@measures("Recall at T = 0 from corrupted patterns.", "loads", "flipped")
def basin(
    neurons: int, loads: Sequence[float], flipped: Sequence[float], samples: int, seed: int, *, recalls: int = 100,
    done: int = 0
) -> Iterator[Row]:  # fmt: skip
    """Final overlap at T = 0 against the initial one, 1 - 2 flipped: a row for each load and fraction flipped."""
    points = [(a, part) for a in loads for part in flipped]
    for place, (load, part) in enumerate(points[done:], done):
        generator = _generator(seed, place)
        networks = (_network(neurons, load, generator) for _ in range(samples))
        row = _recalled([_recall(network, recalls, generator, part) for network in networks])
        yield _load(neurons, load) | {"initial": 1 - 2 * round(part * neurons) / neurons} | row


def thermal_overlap(
    network: HopfieldNetwork,
    targets: Tensor,
    temperature: float | Tensor,
    burn_in: int,
    sweeps: int,
    generator: torch.Generator,
) -> Tensor:
    """Mean overlap over `sweeps` sweeps of heat bath that starts at `targets`, row by row: (row, neuron) -> (row,)."""
    states = network.recall(targets, temperature, sweeps=burn_in, generator=generator)
    path = network.trajectory(states, temperature, sweeps=sweeps, generator=generator)
    return torch.stack([overlap(spins, targets) for spins in path][1:]).mean(0)


def retrieval_overlap(load: float, temperature: float) -> float:
    """m of the theory; 0 above the spinodal."""
    return order_parameters(load, temperature).m if load <= spinodal_load(temperature) and temperature < 1 else 0.0


def _recall(network: HopfieldNetwork, recalls: int, generator: torch.Generator, flipped: float = 0.0) -> np.ndarray:
    targets = network.patterns[:recalls]
    start = flip(targets, flipped, generator) if flipped else targets
    return overlap(network.recall(start, sweeps=400, generator=generator), targets).numpy()


def _recalled(overlaps: list[np.ndarray]) -> Row:
    """Means over networks with their errors, the median over all recalls, the fraction that succeeded, their mean."""
    means = np.array([values.mean() for values in overlaps])
    successes = np.array([(values > RETRIEVED).mean() for values in overlaps])
    states = np.array([values[values > RETRIEVED].mean() for values in overlaps if (values > RETRIEVED).any()])
    return {
        "overlap": float(means.mean()),
        "error": float(standard_error(means)),
        "median": float(np.median(np.concatenate(overlaps))),
        "retrieved": float(successes.mean()),
        "retrieved_error": float(standard_error(successes)),
        "state_overlap": float(states.mean()) if len(states) else None,  # of the retrieval state alone
        "state_error": float(standard_error(states)) if len(states) > 1 else None,
    }


def _network(neurons: int, load: float, generator: torch.Generator) -> HopfieldNetwork:
    return HopfieldNetwork(random_patterns(_patterns(neurons, load), neurons, generator, torch.float32))


def _patterns(neurons: int, load: float) -> int:
    return max(1, round(load * neurons))


def _load(neurons: int, load: float) -> Row:
    count = _patterns(neurons, load)
    return {"neurons": neurons, "patterns": count, "load": count / neurons}


def _generator(seed: int, place: int) -> torch.Generator:
    word = np.random.SeedSequence([seed, place]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(word >> np.uint64(1)))
