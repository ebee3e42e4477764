"""Images in folders, one folder per class, as ImageNet has them: root/{train,val}/<class>/*.JPEG."""

import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from physlearn.data.files import DataError, data_root
from physlearn.data.raw import Pair, Raw, fixed_permutation

SUFFIXES = {".jpeg", ".jpg", ".png"}
CONSTANT = 2012_10_00  # of the order of the training images alone
RESIZE = 256 / 224  # short side to crop: the customary 256 and 224


def read(root: str | os.PathLike | None = None, size: int = 224, limit: int | None = None) -> Raw:
    """Training images from root/train, test images from root/val, x (example, 3, size, size).

    Classes are the names of the folders in alphabetical order. The training images come in a fixed mixed order, so
    that the first n are of many classes. Where only val/ exists it is the test set, the training set is empty, and
    the note says so.

    Args:
        root: the folder that holds train/ and val/; see `files.data_root`.
        size: the side of the crop, in pixels.
        limit: read only the first n training images.

    Raises:
        DataError: there is no val/ folder, a class of val/ is not in train/, an image cannot be read, or the images
            do not fit into memory.

    Source of the layout and the preprocessing: Russakovsky et al. (2015); Krizhevsky et al. (2012), section 2.
    """
    if size < 1:
        raise ValueError(f"data.size={size}: allowed are whole numbers from 1")
    folder = data_root(root)
    if not (folder / "val").is_dir():
        raise DataError(f"{folder} has no folder val/; put images at train/<class>/ and val/<class>/ in it")
    train, test = listing(folder / "train"), listing(folder / "val")
    if not test:
        raise DataError(f"{folder}/val holds no images; put them at {folder}/val/<class>/*.JPEG")
    classes = sorted({path.parent.name for path in train or test})
    strange = sorted({path.parent.name for path in test} - set(classes))
    if strange:
        raise DataError(f"{folder}/val has classes that {folder}/train has not: {', '.join(strange[:5])}")
    train = [train[i] for i in fixed_permutation(len(train), CONSTANT)][:limit]
    check_memory(len(train) + len(test), size)
    note = "" if train else f"no folder {folder}/train: the images of val/ are the test set, there is no training set"
    return Raw(images(train, classes, size), images(test, classes, size), len(classes), note)


def listing(folder: Path) -> list[Path]:
    """The images in the class folders of `folder`, sorted by name; none where the folder is missing."""
    return sorted(path for path in folder.glob("*/*") if path.suffix.lower() in SUFFIXES)


def check_memory(examples: int, size: int) -> None:
    """Refuse what cannot be held: a byte a value as read, four as float32."""
    needed, owned = 5 * 3 * size**2 * examples, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > owned:
        raise DataError(
            f"{examples} images of {size} x {size} need {needed / 2**30:.0f} GiB of memory, this machine has "
            f"{owned / 2**30:.0f}; use fewer images (data.limit=n counts the training ones) or a smaller data.size"
        )


def images(paths: list[Path], classes: list[str], size: int) -> Pair:
    """The images uint8 (example, 3, size, size) and their labels int64 (example,)."""
    label = {name: i for i, name in enumerate(classes)}
    x = torch.empty(len(paths), 3, size, size, dtype=torch.uint8)  # (example, channel, height, width)
    for i, path in enumerate(paths):
        x[i] = picture(path, size)
    return x, torch.tensor([label[path.parent.name] for path in paths], dtype=torch.int64)


def picture(path: Path, size: int) -> Tensor:
    """One image, uint8 (3, size, size): RGB, short side resized to size * 256 / 224, the centre cut out.

    Raises:
        DataError: it is not an image, or it is truncated or damaged.
    """
    try:
        with Image.open(path) as image:
            rgb = image.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = "not an image" if isinstance(error, UnidentifiedImageError) else error
        raise DataError(f"{path} cannot be read as an image ({reason}); replace or remove it") from None
    scale = round(size * RESIZE) / min(rgb.size)
    width, height = (max(size, round(side * scale)) for side in rgb.size)
    left, top = (width - size) // 2, (height - size) // 2
    resized = rgb.resize((width, height), Image.Resampling.BILINEAR).crop((left, top, left + size, top + size))
    return torch.from_numpy(np.asarray(resized).copy()).permute(2, 0, 1)  # (channel, height, width)
