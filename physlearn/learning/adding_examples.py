"""The first-order transition of Ising students: examples are added one step after another, and removed again.

On the way up students stay on the poor branch beyond the transition, in a large system up to its spinodal; on the way
down R = 1 is locally stable at any alpha, and what ends it is a rare event: N and the sweep rate decide where. Replica
exchange between all loads at once does not narrow the loop for the same number of sweeps (measured; the top between the
two states is lowest at the transition itself, so that no other load is a way round it). Students w and v at P and
P' > P examples exchange places with probability

    A = min(1, exp(-(e(w) - e(v))/T)),    e the errors on the P' - P examples that only one of them has seen.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from physlearn.instruments.statistics import mean_and_error
from physlearn.learning.examples import Examples, draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.measurements import Row, generator, measures, seed_of
from physlearn.streams import stream, streams

LEARNED = 0.9  # R above it is the perfect state: on the poor branch R stays below about 0.8


@measures("Examples are added one step after another, then removed: where do Ising students jump?", "neurons", "rates")
def hysteresis(
    neurons: Sequence[int],
    rates: Sequence[int],
    temperature: float,
    samples: int,
    seed: int,
    *,
    low: float = 0.2,
    high: float = 4.0,
    step: float = 0.05,
    exchange: bool = False,
    done: int = 0,
) -> Iterator[Row]:
    """The loads at which students of every sample jump, up and down: one row for each size and sweep rate.

    Args:
        neurons: sizes N.
        rates: sweeps at every load.
        temperature: T > 0 in units of one error.
        samples: of examples, at least 2.
        seed: of all randomness.
        low, high, step: the loads; on the way up every student begins at random, on the way down at the teacher.
        exchange: the students that each load was left with then go on at their loads at the same time, for as many
            sweeps again, and after each sweep neighbours may exchange places. Beside them others of the same samples
            sweep twice as slowly, without an exchange: as many sweeps in all, so that their loops can be compared.
        done: rows to leave out.
    """
    loads = np.arange(low, high + step / 2, step)
    for place, (size, rate) in enumerate([(n, r) for n in neurons for r in rates][done:], done):
        draws = generator(seed, place)
        counts = np.unique(np.maximum(1, np.rint(loads * size).astype(int)))
        examples = draw(size, int(counts[-1]), draws, samples, "ising", "signs")
        left = [_sweep(examples, order, rate, temperature, seed_of(draws)) for order in (counts, counts[::-1])]
        for students in left if exchange else ():
            order = counts if students is left[0] else counts[::-1]
            _exchange(examples, order, students, rate, temperature, seed_of(draws))
        alone = [_sweep(examples, order, 2 * rate, temperature, seed_of(draws))
                 for order in (counts, counts[::-1]) if exchange]  # fmt: skip
        up, down = _overlaps(examples, left)
        jumps_up, jumps_down = _jumps(up > LEARNED, counts / size), _jumps(down[::-1] < LEARNED, counts[::-1] / size)
        yield {
            "neurons": size,
            "rate": rate,
            "temperature": temperature,
            "samples": samples,
            "load": (counts / size).tolist(),
            "overlap_up": up.mean(1).tolist(),
            "overlap_down": down.mean(1).tolist(),
            **_said("up", jumps_up, draws),
            **_said("down", jumps_down, draws),
            **_loops(examples, left, counts / size, alone),
        }


def _overlaps(examples: Examples, students: list[list[Tensor]]) -> tuple[np.ndarray, np.ndarray]:
    """R on the way up and on the way down, both by rising load: (load, sample)."""
    up, down = (np.array([examples.overlap(rows).numpy() for rows in way]) for way in students)
    return up, down[::-1]


def _loops(examples: Examples, students: list[list[Tensor]], loads: np.ndarray, alone: list[list[Tensor]]) -> Row:
    """The area of the loop, the integral of R down - R up over alpha, mean and standard error over the samples.

    With `alone`, students of the same samples that swept twice as slowly and exchanged nothing: their loop, and by how
    much the exchange narrowed it, the mean of the differences within the samples.
    """

    def areas(both: list[list[Tensor]]) -> np.ndarray:
        up, down = _overlaps(examples, both)
        return np.trapezoid(down - up, loads, axis=0)  # (sample,)

    own = areas(students)
    found = {"loop": own}
    if alone:
        found |= {"loop_alone": (other := areas(alone)), "narrower": other - own}
    means = {name: mean_and_error(values) for name, values in found.items()}
    return {f"{name}{end}": value for name, pair in means.items() for end, value in zip(("", "_se"), pair, strict=True)}


def _sweep(examples: Examples, counts: np.ndarray, rate: int, temperature: float, seed: int) -> list[Tensor]:
    """The students after `rate` sweeps at each number of examples in turn: (sample, N) int8 for each load."""
    numbers = streams(seed, range(examples.samples))
    states = IsingPerceptron(examples.between(0, 1)).start(numbers)
    if counts[0] > counts[-1]:
        states = examples.teacher.to(torch.int8)
    temperatures, left = torch.full((examples.samples,), temperature), []
    for count in counts:
        IsingPerceptron(examples.between(0, int(count))).sweep(states, temperatures, numbers, sweeps=rate)
        left.append(states.clone())
    return left


def _exchange(
    examples: Examples, counts: np.ndarray, states: list[Tensor], rate: int, temperature: float, seed: int
) -> None:
    """`rate` sweeps of the students of all loads, in place, with an exchange between neighbours after each.

    Args:
        counts: numbers of examples, rising or falling: (load,).
        states: (sample, N) int8 for each load.
    """
    samples, swaps = examples.samples, stream(seed, "swaps")
    numbers = [streams(seed, range(k * samples, (k + 1) * samples)) for k in range(len(counts))]
    systems = [IsingPerceptron(examples.between(0, int(count))) for count in counts]
    only = [IsingPerceptron(examples.between(int(min(pair)), int(max(pair)))) for pair in pairwise(counts)]
    sign = 1 if counts[0] < counts[-1] else -1  # the first of a pair has fewer examples
    temperatures = torch.full((samples,), temperature)
    for sweep in range(rate):
        for system, own, rows in zip(systems, numbers, states, strict=True):
            system.sweep(rows, temperatures, own)
        for k in range(sweep % 2, len(only), 2):
            more = sign * (only[k].energy(states[k]) - only[k].energy(states[k + 1]))  # e(w) - e(v)
            probability = (-more / temperature).exp()
            _swap(states[k], states[k + 1], torch.rand(samples, generator=swaps, dtype=torch.float64) < probability)


def _swap(first: Tensor, second: Tensor, chosen: Tensor) -> None:
    """Exchanges the chosen rows of two tensors, in place."""
    first[chosen], second[chosen] = second[chosen].clone(), first[chosen].clone()


def _jumps(past: np.ndarray, loads: np.ndarray) -> np.ndarray:
    """The load at which each sample is first past, (load, sample) -> (sample,); NaN where it never is."""
    return np.where(past.any(0), loads[past.argmax(0)], np.nan)


def _said(name: str, jumps: np.ndarray, draws: torch.Generator) -> Row:
    """The median of the jumps, half of its 68 % bootstrap interval, quartiles, and how many jumped."""
    there = jumps[np.isfinite(jumps)]
    if len(there) < len(jumps) / 2 + 1:  # the median itself is unknown
        return {f"{name}_median": None, f"{name}_se": None, f"{name}_quartiles": None, f"{name}_jumped": len(there)}
    filled = np.where(np.isfinite(jumps), jumps, np.inf if name == "up" else -np.inf)
    again = torch.randint(len(jumps), (1000, len(jumps)), generator=draws).numpy()
    with np.errstate(invalid="ignore"):
        medians = np.median(filled[again], axis=1)
    ends = np.quantile(medians[np.isfinite(medians)], [0.16, 0.84])
    return {
        f"{name}_median": float(np.median(filled)),
        f"{name}_se": float(np.diff(ends)[0] / 2),
        f"{name}_quartiles": np.quantile(there, [0.25, 0.75]).tolist(),
        f"{name}_jumped": len(there),
    }
