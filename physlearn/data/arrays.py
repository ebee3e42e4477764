"""Arrays that anybody's function returns -> the raw pairs of a source: images or tables, classes or real targets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physlearn.data.files import DataError
from physlearn.data.raw import Pair, Raw, fixed_permutation

CONSTANT = 2001_05_00  # of the test split alone: independent of any seed
TEST = 5  # one example in so many is a test example, where the function does not say which

ALLOWED = "(x, y) or (train_x, train_y, test_x, test_y)"


def from_arrays(found: Any, source: str) -> Raw:
    """The raw data in what a function of a user's own returns.

    Args:
        found: (x, y), of which a fifth becomes the test set by a fixed permutation; or (train_x, train_y, test_x,
            test_y). NumPy arrays or tensors: x (example, feature) a table, (example, height, width) or
            (example, channel, height, width) images, of bytes 0 ... 255 or of real numbers; y (example,) whole
            numbers 0 ... K - 1 for classes, (example,) or (example, target) real numbers for regression.
        source: the function's name, for messages.

    Raises:
        DataError: it is something else, or holds numbers that are not finite; one line that says what.
    """
    if isinstance(found, Raw):
        return found
    if not isinstance(found, Sequence) or len(found) not in (2, 4):
        raise DataError(f"{source} must return {ALLOWED}, not {type(found).__name__}")
    parts = [as_tensor(part, source) for part in found]
    xs, ys = [inputs(x, source) for x in parts[::2]], [targets(y, source) for y in parts[1::2]]
    for x, y in zip(xs, ys, strict=True):
        if len(x) != len(y) or not len(x):
            raise DataError(f"{source} returns {len(x)} inputs with {len(y)} targets: these must be equal, and not 0")
    if len({y.is_floating_point() for y in ys}) == 2:
        raise DataError(f"{source} returns classes for one set and real targets for the other")
    if len(xs) == 2 and (xs[0].shape[1:] != xs[1].shape[1:] or ys[0].shape[1:] != ys[1].shape[1:]):
        raise DataError(f"{source} returns test examples of another shape than its training examples")
    classes = None if ys[0].is_floating_point() else 1 + max(int(y.max()) for y in ys)
    train, test = zip(xs, ys, strict=True) if len(xs) == 2 else divided(xs[0], ys[0], source)
    return Raw(train, test, classes)


def divided(x: Tensor, y: Tensor, source: str) -> tuple[Pair, Pair]:
    """Training and test pair: the last fifth of a fixed permutation is the test set."""
    held = len(x) // TEST
    if not held:
        raise DataError(
            f"{source} returns {len(x)} examples, a fifth of which are for testing: at least {TEST} are needed"
        )
    order = torch.from_numpy(fixed_permutation(len(x), CONSTANT))
    train, test = order[: len(x) - held], order[len(x) - held :]
    return (x[train], y[train]), (x[test], y[test])


def as_tensor(array: Any, source: str) -> Tensor:
    """A tensor on the CPU; numbers alone, all finite."""
    try:
        found = array.detach().cpu() if isinstance(array, Tensor) else torch.from_numpy(np.ascontiguousarray(array))
    except TypeError:
        raise DataError(f"{source} returns an array of {np.asarray(array).dtype}: numbers are needed") from None
    if found.is_complex() or not bool(torch.isfinite(found).all()):
        raise DataError(f"{source} returns numbers that are not real and finite: leave those examples out")
    return found


def inputs(x: Tensor, source: str) -> Tensor:
    """(example, feature) or (example, channel, height, width): bytes stay bytes, everything else is float64."""
    if x.ndim not in (2, 3, 4):
        raise DataError(f"{source} returns inputs of shape {tuple(x.shape)}: a table has 2 dimensions, images 3 or 4")
    x = x[:, None] if x.ndim == 3 else x
    return x if x.dtype == torch.uint8 else x.double()


def targets(y: Tensor, source: str) -> Tensor:
    """Classes int64 (example,), or real targets float64 (example, target)."""
    if y.is_floating_point() and y.ndim in (1, 2):
        return y.double().reshape(len(y), -1)
    if y.ndim != 1 or y.dtype == torch.bool:
        what = f"{str(y.dtype).removeprefix('torch.')} of shape {tuple(y.shape)}"
        raise DataError(f"{source} returns targets {what}: classes are whole numbers, one per example")
    if len(y) and int(y.min()) < 0:
        raise DataError(f"{source} returns the class {int(y.min())}: classes are 0, 1, ..., K - 1")
    return y.long()
