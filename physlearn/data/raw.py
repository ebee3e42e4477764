"""What every source of data gives, and the fixed permutation that every split is made with."""

from typing import NamedTuple

import numpy as np
from torch import Tensor

Pair = tuple[Tensor, Tensor]


class Raw(NamedTuple):
    """A source as it was published: two pairs, nothing normalised and nothing held out.

    Args:
        train: x uint8 (example, channel, height, width), or float64, or a table (example, feature); y int64 (example,),
            labels 0 ... classes - 1, or real targets float64 (example, target).
        test: the same for the test set.
        classes: how many classes there are; None: the targets are real.
        note: what a reader of the results must know about these data; empty where they are the published ones.
        white: the level of a white pixel; black is 0.
        rate: bits per sample (sound) before and after the codec that the source went through; None: it has none.
    """

    train: Pair
    test: Pair
    classes: int | None
    note: str = ""
    white: int = 255
    rate: tuple[float, float] | None = None


def fixed_permutation(examples: int, constant: int) -> np.ndarray:
    """A permutation of 0 ... examples - 1 that no version of NumPy and no seed of a run can change.

    The order that sorts the raw 64-bit words of PCG64(constant): NumPy promises the words of its bit generators for
    ever, but not the stream of `Generator.permutation`.

    Args:
        examples: how many to permute.
        constant: the constant of the split, one for each use.
    """
    return np.argsort(np.random.PCG64(constant).random_raw(examples), kind="stable")  # (example,)
