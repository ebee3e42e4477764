"""The first-order transition of Ising students: examples are added one step after another, and taken away again.

On the way up students stay on the poor branch beyond the transition, in a large system up to its spinodal; on the way
down R = 1 is locally stable at any alpha, and what ends it is a rare event: N and the sweep rate decide where.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from physlearn.learning.examples import draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.measurements import Row, generator, measures, seed_of
from physlearn.streams import Streams, stream, streams
from physlearn.tempering.permutation import Replicas, replicas
from physlearn.tempering.rounds import exchange

LEARNED = 0.9  # R above it is the perfect state: on the poor branch R stays below about 0.8


@measures(
    "Examples are added one step after another, then taken away: where do Ising students jump?", "neurons", "rates"
)
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
    ladder: Sequence[float] = (),
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
        ladder: rising temperatures, T among them, of replicas that exchange; empty: each student alone at T.
        done: rows to leave out.

    Raises:
        ValueError: a ladder without T.
    """
    if len(ladder) and temperature not in ladder:
        raise ValueError(f"the ladder {list(ladder)} must hold the temperature {temperature}")
    loads = np.arange(low, high + step / 2, step)
    for place, (size, rate) in enumerate([(n, r) for n in neurons for r in rates][done:], done):
        draws = generator(seed, place)
        counts = np.unique(np.maximum(1, np.rint(loads * size).astype(int)))
        examples = draw(size, int(counts[-1]), draws, samples, "ising", "signs")
        up, down = (_sweep(examples, c, rate, temperature, ladder, seed_of(draws)) for c in (counts, counts[::-1]))
        jumps_up, jumps_down = _jumps(up > LEARNED, counts / size), _jumps(down < LEARNED, counts[::-1] / size)
        yield {
            "neurons": size,
            "rate": rate,
            "temperature": temperature,
            "replicas": max(1, len(ladder)),
            "samples": samples,
            "load": (counts / size).tolist(),
            "overlap_up": up.mean(1).tolist(),
            "overlap_down": down.mean(1)[::-1].tolist(),
            **_said("up", jumps_up, draws),
            **_said("down", jumps_down, draws),
        }


def _sweep(examples, counts: np.ndarray, rate: int, T: float, ladder: Sequence[float], seed: int) -> np.ndarray:
    """R of every sample at T after `rate` sweeps at each number of examples in turn: (load, sample)."""
    temperatures, samples = tuple(ladder) or (T,), examples.samples
    numbers = streams(seed, range(samples * len(temperatures)))
    falling = counts[0] > counts[-1]
    states = IsingPerceptron(examples.first(1)).start(numbers)
    if falling:
        states = examples.teacher.to(torch.int8).repeat_interleave(len(temperatures), 0)
    swaps, held = stream(seed, "swaps"), replicas(torch.tensor(temperatures), samples) if len(ladder) else None
    seen = []
    for count in counts:
        system = IsingPerceptron(examples.first(int(count)))
        if held is None:
            system.sweep(states, torch.full((samples,), T), numbers, sweeps=rate)
            seen.append(system.overlap(states).numpy())
            continue
        _exchange(system, states, numbers, held, swaps, rate)
        seen.append(system.overlap(states)[held.rows()[:, temperatures.index(T)]].numpy())
    return np.array(seen)


def _exchange(
    system: IsingPerceptron, states: Tensor, numbers: Streams, held: Replicas, swaps: torch.Generator, rounds: int
) -> None:
    loop = exchange(held, lambda t: system.sweep(states, t, numbers), lambda: system.energy(states), swaps)
    for _ in islice(loop, rounds):
        pass


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
