"""MNIST and Fashion-MNIST: four IDX files each, 60,000 + 10,000 images of 28 x 28, ten classes."""

import os
import struct
from pathlib import Path

import numpy as np
import torch

from physlearn.data.download import download
from physlearn.data.files import DataError, check_md5, data_root, find, landing, read_bytes, remedy
from physlearn.data.raw import Raw

FOLDERS = {
    "mnist": ("mnist", "MNIST/raw", "."),
    "fashion_mnist": ("fashion_mnist", "FashionMNIST/raw", "."),
}
MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion_mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
}
# MD5 sums of the unpacked files: the gzip wrappers of the mirrors differ, what is in them does not.
MD5 = {
    "mnist": {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
}


def read(root: str | os.PathLike | None = None, name: str = "mnist") -> Raw:
    """60,000 training and 10,000 test images, x (example, 1, 28, 28).

    The files are looked for in root/mnist, root/MNIST/raw and root (for Fashion-MNIST in root/fashion_mnist,
    root/FashionMNIST/raw and root), with or without gzip; missing ones are downloaded. All are compared with the
    published MD5 sums.

    Args:
        root: the data root; see `files.data_root`.
        name: ``mnist`` or ``fashion_mnist``.

    Raises:
        DataError: a file is missing and cannot be downloaded, is truncated, or is not the published one.

    Source: LeCun, Cortes and Burges, The MNIST database (1998); Xiao, Rasul and Vollgraf, arXiv:1708.07747 (2017).
    """
    folder = data_root(root)
    train_x, train_y, test_x, test_y = (torch.from_numpy(read_file(folder, name, file)) for file in MD5[name])
    train, test = (train_x[:, None], train_y.long()), (test_x[:, None], test_y.long())
    return Raw(train, test, classes=10)


def read_fashion(root: str | os.PathLike | None = None) -> Raw:
    """Fashion-MNIST, as `read` with name = ``fashion_mnist``."""
    return read(root, "fashion_mnist")


def read_file(root: Path, name: str, file: str) -> np.ndarray:
    """One of the four files of `name`, found or downloaded, checked, as a uint8 array."""
    path = find(root, FOLDERS[name], (file, f"{file}.gz"))
    if path is None:
        target = landing(root) / name / f"{file}.gz"
        urls = [f"{mirror}{file}.gz" for mirror in MIRRORS[name]]
        path = download(urls, target, lambda part: check_md5(part, read_bytes(part), MD5[name][file]))
    content = read_bytes(path)
    values = parse_idx(path, content)
    check_md5(path, content, MD5[name][file])
    return values


def parse_idx(path: Path, content: bytes) -> np.ndarray:
    """The uint8 array in an IDX file: two zero bytes, type 8, the number of axes, their lengths, the values.

    Args:
        path: names the file in messages.
        content: its bytes, unpacked.

    Raises:
        DataError: the header is not that of uint8 values, or the length is not the one that the header tells.
    """
    axes = content[3] if len(content) >= 4 and content[:3] == b"\x00\x00\x08" else 0
    if not 1 <= axes <= 3 or len(content) < 4 + 4 * axes:
        raise DataError(f"{path} is not an IDX file of bytes (its header is {content[:4].hex()!r}); {remedy(path)}")
    lengths = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
    expected = 4 + 4 * axes + int(np.prod(lengths, dtype=np.int64))
    if len(content) != expected:
        what = "truncated" if len(content) < expected else "too long"
        raise DataError(f"{path} is {what}: {len(content)} bytes unpacked, expected {expected}; {remedy(path)}")
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(lengths).copy()
