"""What all measurements of this package share: they give rows, plain numbers or lists, each from a seed of its own."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

Row = dict[str, float | int | str | list[float] | None]
Measurement = Callable[..., Iterator[Row]]


def measures(words: str, *axes: str) -> Callable[[Measurement], Measurement]:
    """Says of a measurement what it is: `words`, a sentence; `axes`, the lists whose combinations are its rows."""

    def said(measurement: Measurement) -> Measurement:
        measurement.words, measurement.axes = words, axes
        return measurement

    return said


def generator(seed: int, place: int) -> torch.Generator:
    """Of the row at a place: after `done` rows the rest can be computed alone."""
    word = np.random.SeedSequence([seed, place]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(word >> np.uint64(1)))


def seed_of(draw: torch.Generator) -> int:
    """A seed for the streams of replicas."""
    return int(torch.randint(2**62, (1,), generator=draw))
