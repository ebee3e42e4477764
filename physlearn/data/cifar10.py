"""CIFAR-10, the binary version (no pickle): 50,000 + 10,000 colour images of 32 x 32, ten classes."""

import hashlib
import os
import tarfile
from pathlib import Path

import numpy as np
import torch

from physlearn.data.download import download
from physlearn.data.files import DataError, check_md5, data_root, find, landing, read_bytes, remedy
from physlearn.data.raw import Pair, Raw

FOLDERS = ("cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "cifar10", ".")
ARCHIVE = "cifar-10-binary.tar.gz"
ARCHIVE_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
MIRRORS = (
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "https://cave.cs.toronto.edu/kriz/cifar-10-binary.tar.gz",
)
MD5 = {
    "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
    "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
    "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
    "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
    "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
    "test_batch.bin": "803d5f7f4d78ea53de84dbe85f74fb6d",
}
RECORD = 1 + 3 * 32 * 32  # a label, then the red, the green and the blue plane
RECORDS = 10_000  # a file


def read(root: str | os.PathLike | None = None) -> Raw:
    """50,000 training and 10,000 test images, x (example, 3, 32, 32).

    The six files are looked for in root/cifar-10-batches-bin, root/cifar10/cifar-10-batches-bin, root/cifar10 and root;
    where there are none the archive (in root, or downloaded) is unpacked. A local copy of the right length whose MD5
    sums are not the published ones (re-compressed images, say) is used, and the note says so.

    Args:
        root: the data root; see `files.data_root`.

    Raises:
        DataError: files are missing and cannot be downloaded, have a wrong length, or hold a label beyond 9.

    Source: A. Krizhevsky, Learning multiple layers of features from tiny images (2009).
    """
    folder = data_root(root)
    first = find(folder, FOLDERS, tuple(MD5))
    paths = [(first.parent if first else fetch(folder)) / file for file in MD5]
    contents = [read_bytes(path) for path in paths]
    pairs = [records(path, content) for path, content in zip(paths, contents, strict=True)]
    train_x, train_y = (torch.cat(parts) for parts in zip(*pairs[:5], strict=True))
    altered = [file for (file, md5), content in zip(MD5.items(), contents, strict=True) if _md5(content) != md5]
    note = f"CIFAR-10 files with other than the published pixels or order: {', '.join(altered)}" if altered else ""
    return Raw((train_x, train_y), pairs[5], classes=10, note=note)


def records(path: Path, content: bytes) -> Pair:
    """The images uint8 (example, 3, 32, 32) and labels int64 (example,) of one file of 10,000 records.

    Raises:
        DataError: the length is not 10,000 records of 3,073 bytes, or a label is beyond 9.
    """
    if len(content) != RECORDS * RECORD:
        raise DataError(
            f"{path} has {len(content)} bytes, expected {RECORDS * RECORD} "
            f"({RECORDS} records of {RECORD}, the binary version of CIFAR-10); {remedy(path)}"
        )
    rows = torch.from_numpy(np.frombuffer(content, np.uint8).reshape(-1, RECORD).copy())  # (example, byte)
    labels = rows[:, 0].long()
    if labels.max() > 9:
        raise DataError(f"{path} holds the label {int(labels.max())}, allowed are 0 to 9; {remedy(path)}")
    return rows[:, 1:].reshape(-1, 3, 32, 32), labels


def fetch(root: Path) -> Path:
    """The folder with the six files, unpacked from the archive, which is found in `root` or downloaded, and checked."""
    found = find(root, (".",), (ARCHIVE,))
    if found:
        check_md5(found, found.read_bytes(), ARCHIVE_MD5)
    archive = found or download(
        MIRRORS, landing(root) / ARCHIVE, lambda part: check_md5(part, part.read_bytes(), ARCHIVE_MD5)
    )
    folder = landing(root) / FOLDERS[0]
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for file, md5 in MD5.items():
            content = tar.extractfile(f"{FOLDERS[0]}/{file}").read()
            check_md5(folder / file, content, md5)
            part = folder / f".{file}.{os.getpid()}"
            part.write_bytes(content)
            part.rename(folder / file)
    if archive is not found:
        archive.unlink()  # its content now lies beside it, twice as long but ready to read
    return folder


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
