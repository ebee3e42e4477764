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
    """Tensors on one device. x is normalised, (example, channel, height, width) or (example, feature).

    y holds labels int64, (example,); or real targets (example, target), standardised: y_k = (y'_k - m_k)/s_k with the
    mean and standard deviation of the training targets y'_k.

    Args:
        name: of the source.
        train_x, train_y: what energies are sums over; N = len(train_x).
        validation_x, validation_y: held out of the training set, for every choice; None if none are.
        test_x, test_y: to be read once, at the end.
        classes: how many classes there are; None: the targets are real.
        shape: (channel, height, width), or (feature,).
        checksum: SHA-256 (hex) of the raw tensors, before limit, split and normalisation.
        note: what a reader of the results must know about these data; mostly empty.
        target_mean, target_std: m_k and s_k of real targets, float64 (target,); None with classes.
        input_mean, input_std: m_c and s_c with which x was normalised, float64 (channel,) or (feature,).
        white: the level of a white pixel before that.
    """

    name: str
    train_x: Tensor
    train_y: Tensor
    validation_x: Tensor | None
    validation_y: Tensor | None
    test_x: Tensor
    test_y: Tensor
    classes: int | None
    shape: tuple[int, ...]
    checksum: str
    note: str = ""
    target_mean: Tensor | None = None
    target_std: Tensor | None = None
    input_mean: Tensor | None = None
    input_std: Tensor | None = None
    white: int = 255

    def levels(self, x: Tensor) -> Tensor:
        """The levels 0 ... 1 (black to white) of normalised images x: (s_c x + m_c)/white, of the shape of x."""
        return (x * along_channels(self.input_std, x) + along_channels(self.input_mean, x)) / self.white

    @property
    def outputs(self) -> int:
        """How many numbers a network puts out: one for each class, or each real target."""
        return self.train_y.shape[1] if self.classes is None else self.classes


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
    more = {"pool": pool, "pixels": pixels, "device": device, "dtype": dtype}
    return prepare(name, raw, limit=limit, validation=validation, **more)


def prepare(
    name: str,
    raw: Raw,
    *,
    limit: int | None = None,
    validation: int | str = "auto",
    pool: int = 1,
    pixels: str = "standard",
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """The same from raw data that are at hand: arguments, equation and errors are those of `load`."""
    if raw.test[0].ndim == 2 and (pool != 1 or pixels == "unit"):
        raise ValueError(f"{name} is a table: only images are pooled, or have black and white. Type e.g. data=digits")
    (train_x, train_y), held = split(raw.train, limit, validation)
    mean, std = moments(pooled(train_x, pool)) if pixels == "standard" else unit(raw)
    real = raw.classes is None
    target_mean, target_std = moments(train_y) if real else (None, None)

    def ready(x: Tensor) -> Tensor:
        if x.dtype == torch.uint8:  # moved as bytes, a quarter of the traffic
            floating = pooled(x.to(device), pool).to(dtype)
            return floating.sub_(along_channels(mean, floating)).div_(along_channels(std, floating))
        x = pooled(x, pool)
        return ((x - along_channels(mean, x)) / along_channels(std, x)).to(device, dtype)

    def aims(y: Tensor) -> Tensor:
        return ((y - target_mean) / target_std).to(device, dtype) if real else y.to(device)

    return Dataset(
        name=name,
        train_x=ready(train_x),
        train_y=aims(train_y),
        validation_x=ready(held[0]) if held else None,
        validation_y=aims(held[1]) if held else None,
        test_x=ready(raw.test[0]),
        test_y=aims(raw.test[1]),
        classes=raw.classes,
        shape=tuple(pooled(raw.test[0][:1], pool).shape[1:]),
        checksum=checksum((*raw.train, *raw.test)),
        note=raw.note,
        target_mean=target_mean,
        target_std=target_std,
        input_mean=mean,
        input_std=std,
        white=raw.white,
    )


def along_channels(moment: Tensor, x: Tensor) -> Tensor:
    """(channel,) in the type and place of x, with as many dimensions behind it as x has."""
    return moment.to(x).reshape(-1, *[1] * (x.ndim - 2))


def pooled(x: Tensor, pool: int) -> Tensor:
    """The mean of each block of pool x pool pixels, float32 of bytes; with pool = 1 x itself.

    Args:
        x: (example, channel, height, width).
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
    total = blocks.sum((3, 5), dtype=torch.int32).float() if x.dtype == torch.uint8 else blocks.sum((3, 5))
    return total / pool**2  # (example, channel, height / pool, width / pool)


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
    """Mean and standard deviation of each channel (feature, target) of x, float64 (channel,).

    Of bytes from the counts of the 256 values, so exact, in no more memory than x takes. A constant channel gets s = 1;
    with no examples at all (an image folder without train/) the published moments of ImageNet are given.

    Args:
        x: (example, channel, ...), uint8 or floating point.
    """
    if not len(x):
        return tuple(255 * torch.tensor(moment, dtype=torch.float64) for moment in IMAGENET)
    if x.is_floating_point():
        flat = x.double().transpose(0, 1).flatten(1)  # (channel, value)
        std = flat.std(1, correction=0)
        return flat.mean(1), torch.where(std > 0, std, 1.0)
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
