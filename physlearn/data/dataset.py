"""A data set ready for a run: limited, split, normalised, and held once on the device."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.data import bars_and_stripes, cifar10, digits, image_folder, mnist
from physlearn.data.choices import SOURCES
from physlearn.data.files import data_root
from physlearn.data.raw import Pair, Raw, fixed_permutation

CONSTANT = 5000_60000  # of the validation split alone: independent of any seed
SIZED = ("image_folder", "bars_and_stripes")
SHARE = 12  # one training example in twelve is held out: 5,000 of MNIST's 60,000
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # published mean and std of red, green, blue in [0, 1]


@dataclass(frozen=True)
class Dataset:
    """Tensors on one device. x is normalised, (example, channel, height, width); y holds labels int64, (example,).

    Args:
        name: of the source.
        train_x, train_y: what energies are sums over; N = len(train_x).
        validation_x, validation_y: held out of the training set, for every choice; None if none are.
        test_x, test_y: to be read once, at the end.
        classes: how many classes there are.
        shape: (channel, height, width).
        checksum: SHA-256 (hex) of the raw tensors, before limit, split and normalisation.
        note: what a reader of the results must know about these data; mostly empty.
    """

    name: str
    train_x: Tensor
    train_y: Tensor
    validation_x: Tensor | None
    validation_y: Tensor | None
    test_x: Tensor
    test_y: Tensor
    classes: int
    shape: tuple[int, int, int]
    checksum: str
    note: str = ""


def load(
    name: str,
    *,
    root: str | os.PathLike | None = None,
    limit: int | None = None,
    validation: int | str = "auto",
    size: int | None = None,
    pool: int = 1,
    pixels: str = "standard",
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """Read a source, hold out a validation set from the first `limit` training examples, normalise, move to the device.

    x <- (x - m_c) / s_c, with m_c, s_c the mean and standard deviation of channel c over the pixels of the training
    examples that are left after `limit` and `validation`; the same for all three sets. With pixels="unit"
    x <- x / white, so that 0 is black and 1 is white. Pooling comes before either.

    Args:
        name: ``digits``, ``mnist``, ``fashion_mnist``, ``cifar10``, ``image_folder`` or ``bars_and_stripes``.
        root: where the files lie; see `files.data_root`.
        limit: use the first n training examples; None: all.
        validation: how many to hold out, by a fixed permutation; ``auto``: a twelfth, 5,000 on MNIST; 0: none.
        size: the side of the crop for ``image_folder`` (default 224), of the image for ``bars_and_stripes`` (4).
        pool: each block of pool x pool pixels becomes its mean; 1: the images as they are.
        pixels: ``standard`` (mean 0, variance 1) or ``unit`` (0 to 1).
        device: where the tensors are held.
        dtype: of x.

    Raises:
        DataError: files are missing or not what they should be.
        ValueError: another argument is not allowed; one line.
    """
    raw = read(name, root=root, limit=limit, size=size)
    (train_x, train_y), held = split(raw.train, limit, validation)
    mean, std = moments(pooled(train_x, pool)) if pixels == "standard" else unit(raw)

    def ready(x: Tensor) -> Tensor:
        floating = pooled(x.to(device), pool).to(dtype)  # moved as bytes, a quarter of the traffic
        return floating.sub_(mean.to(floating)[:, None, None]).div_(std.to(floating)[:, None, None])

    return Dataset(
        name=name,
        train_x=ready(train_x),
        train_y=train_y.to(device),
        validation_x=ready(held[0]) if held else None,
        validation_y=held[1].to(device) if held else None,
        test_x=ready(raw.test[0]),
        test_y=raw.test[1].to(device),
        classes=raw.classes,
        shape=tuple(pooled(raw.test[0][:1], pool).shape[1:]),
        checksum=checksum((*raw.train, *raw.test)),
        note=raw.note,
    )


def pooled(x: Tensor, pool: int) -> Tensor:
    """The mean of each block of pool x pool pixels, float32; with pool = 1 x itself.

    Args:
        x: uint8 (example, channel, height, width).
        pool: the side of a block.

    Raises:
        ValueError: `pool` does not divide height and width.
    """
    if pool == 1:
        return x
    examples, channels, height, width = x.shape
    if not (_whole(pool) and pool >= 1) or height % pool or width % pool:
        raise ValueError(
            f"data.pool={pool}: allowed are whole numbers that divide the sides of the images, {height} x {width}"
        )
    blocks = x.reshape(examples, channels, height // pool, pool, width // pool, pool)
    return blocks.sum((3, 5), dtype=torch.int32).float() / pool**2  # (example, channel, height / pool, width / pool)


def unit(raw: Raw) -> tuple[Tensor, Tensor]:
    """What to take off and divide by, (channel,) each, so that black is 0 and white is 1."""
    black = torch.zeros(raw.test[0].shape[1], dtype=torch.float64)
    return black, torch.full_like(black, raw.white)


def unchanged(data: Dataset) -> Dataset:
    """The same data: what `transform=none` does between reading a data set and using it."""
    return data


def read(name: str, *, root: str | os.PathLike | None, limit: int | None, size: int | None) -> Raw:
    """The raw pairs of a source, as published. A new source is one file with a `read`, and one line here."""
    if size is not None and name not in SIZED:
        raise ValueError(f"data.size={size}: only {' and '.join(SIZED)} have a size to choose, {name} has not")
    if name == "bars_and_stripes":
        return bars_and_stripes.read(size)
    if name == "digits":
        if root is not None:
            data_root(root)  # nothing is read there, but a folder that was named and is not there is a slip
        return digits.read()
    if name in mnist.MD5:
        return mnist.read(root, name)
    if name == "cifar10":
        return cifar10.read(root)
    if name == "image_folder":
        return image_folder.read(root, size=224 if size is None else size, limit=limit)
    raise ValueError(f"data.name={name}: allowed are {', '.join(SOURCES)}")


def split(train: Pair, limit: int | None, validation: int | str) -> tuple[Pair, Pair | None]:
    """The training pair that is left, and the validation pair or None. What is left keeps its order.

    Raises:
        ValueError: `limit` is not in 1 ... N, or `validation` not in 0 ... N - 1 (N after the limit).
    """
    x, y = train
    if not len(x):
        return train, None
    if limit is not None and not (_whole(limit) and 1 <= limit <= len(x)):
        raise ValueError(f"data.limit={limit}: allowed are whole numbers from 1 to {len(x)}, or null for all")
    x, y = x[:limit], y[:limit]
    if validation == "auto":
        validation = len(x) // SHARE
    if not (_whole(validation) and 0 <= validation < len(x)):
        raise ValueError(f"data.validation={validation}: allowed are auto and whole numbers from 0 to {len(x) - 1}")
    if validation == 0:
        return (x, y), None
    held = torch.zeros(len(x), dtype=torch.bool)  # (example,)
    held[torch.from_numpy(fixed_permutation(len(x), CONSTANT)[:validation])] = True
    return (x[~held], y[~held]), (x[held], y[held])


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel of x (example, channel, height, width), float64 (channel,).

    Of uint8 from the counts of the 256 values, so exact, in no more memory than x takes. A constant channel gets s = 1;
    with no examples at all (an image folder without train/) the published moments of ImageNet are given.
    """
    if not len(x):
        return tuple(255 * torch.tensor(moment, dtype=torch.float64) for moment in IMAGENET)
    if x.dtype != torch.uint8:
        std, mean = torch.std_mean(x.double(), (0, 2, 3), correction=0)
        return mean, torch.where(std > 0, std, 1.0)
    counts = torch.stack([torch.bincount(x[:, c].flatten(), minlength=256) for c in range(x.shape[1])])
    weights = counts.double() / counts.sum(1, keepdim=True)  # (channel, value)
    values = torch.arange(256, dtype=torch.float64)
    mean = weights @ values
    std = (weights * (values - mean[:, None]) ** 2).sum(1).sqrt()
    return mean, torch.where(std > 0, std, 1.0)


def checksum(tensors: Iterable[Tensor]) -> str:
    """SHA-256 of tensors on the CPU: their types, shapes and bytes."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
