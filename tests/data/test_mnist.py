"""IDX files: found in the layouts the originals have, and nothing that is damaged is loaded."""

import gzip
import os
import struct

import numpy as np
import pytest
import torch

from physlearn.data import DataError, load, mnist


def idx(values):
    return struct.pack(f">2xBB{values.ndim}I", 8, values.ndim, *values.shape) + values.tobytes()


@pytest.fixture
def files(monkeypatch):
    """Four small IDX files, whose MD5 sums stand in for the published ones."""
    import hashlib

    rng = np.random.default_rng(4)
    contents = {}
    for part, n in (("train", 24), ("t10k", 6)):
        contents[f"{part}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (n, 28, 28), np.uint8))
        contents[f"{part}-labels-idx1-ubyte"] = idx(rng.integers(0, 10, n, np.uint8))
    order = list(mnist.MD5["mnist"])
    sums = {file: hashlib.md5(contents[file], usedforsecurity=False).hexdigest() for file in order}
    monkeypatch.setattr(mnist, "MD5", {"mnist": sums, "fashion_mnist": sums})
    nowhere = ("http://127.0.0.1:9/",)  # the discard port of this machine: refused at once
    monkeypatch.setattr(mnist, "MIRRORS", {"mnist": nowhere, "fashion_mnist": nowhere})
    return contents


def write(folder, contents, packed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        name, content = (f"{file}.gz", gzip.compress(content, mtime=0)) if packed else (file, content)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("mnist", "mnist"),
        ("mnist", "MNIST/raw"),
        ("mnist", "."),
        ("fashion_mnist", "fashion_mnist"),
        ("fashion_mnist", "FashionMNIST/raw"),
        ("fashion_mnist", "."),
    ],
)
def test_files_are_found_in_every_layout(tmp_path, files, name, folder, packed):
    write(tmp_path / folder, files, packed)
    data = load(name, root=tmp_path)
    assert (len(data.train_x), len(data.validation_x), len(data.test_x), data.shape) == (22, 2, 6, (1, 28, 28))


def test_pixels_and_labels_come_out_as_they_went_in(tmp_path, files):
    write(tmp_path / "mnist", files)
    (x, y), _, classes, *_ = mnist.read(tmp_path)
    assert x[:, 0].numpy().tobytes() == files["train-images-idx3-ubyte"][16:]
    assert y.to(torch.uint8).numpy().tobytes() == files["train-labels-idx1-ubyte"][8:]
    assert (x.dtype, y.dtype, classes) == (torch.uint8, torch.int64, 10)


def damage(tmp_path, files, packed, change):
    write(tmp_path, files, packed)
    path = tmp_path / ("train-images-idx3-ubyte" + (".gz" if packed else ""))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        load("mnist", root=tmp_path)
    line = str(caught.value)
    assert str(path) in line
    assert "replace it, or delete" in line
    assert "\n" not in line
    return line


def test_a_truncated_idx_file_is_one_line(tmp_path, files):
    line = damage(tmp_path, files, False, lambda content: content[:1000])
    assert "is truncated: 1000 bytes unpacked, expected 18832" in line


def test_a_truncated_gzip_file_is_one_line(tmp_path, files):
    assert "truncated or damaged (gzip" in damage(tmp_path, files, True, lambda content: content[:1000])


def test_a_file_that_is_not_gzip_is_one_line(tmp_path, files):
    assert "truncated or damaged (gzip" in damage(tmp_path, files, True, lambda content: b"<html>not found</html>")


def test_an_empty_file_is_one_line(tmp_path, files):
    assert "is not an IDX file of bytes" in damage(tmp_path, files, False, lambda content: b"")


def test_a_wrong_header_is_one_line(tmp_path, files):
    assert "is not an IDX file of bytes" in damage(
        tmp_path, files, False, lambda content: b"\x00\x00\x0d" + content[3:]
    )


def test_one_flipped_bit_is_refused(tmp_path, files):
    """It leaves the structure whole: without the checksum it would load silently."""

    def flip(content):
        content = bytearray(content)
        content[5000] ^= 4
        return bytes(content)

    assert "is not the published file: MD5" in damage(tmp_path, files, False, flip)
    mnist.parse_idx(tmp_path, flip(files["train-images-idx3-ubyte"]))  # the negative control: the structure holds


def test_a_missing_file_without_a_network_says_where_to_put_which(tmp_path, files, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    line = f"^train-images-idx3-ubyte.gz is missing .*127.0.0.1:9: ConnectionError.*put it at {tmp_path}/mnist/train-im"
    with pytest.raises(DataError, match=line):
        load("mnist", root=tmp_path)
    assert not (tmp_path / "mnist").exists()


def test_a_read_only_root_sends_downloads_to_the_cache(tmp_path, files, monkeypatch):
    (tmp_path / "root").mkdir(mode=0o555)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(DataError, match=f"put it at {tmp_path}/cache/physlearn/mnist/train-images"):
        load("mnist", root=tmp_path / "root")
    write(tmp_path / "cache/physlearn/mnist", files)
    assert len(load("mnist", root=tmp_path / "root").train_x) == 22


@pytest.mark.skipif(
    not os.path.isdir(os.path.join(os.environ.get("PHYSLEARN_DATA", ""), "mnist")),
    reason="PHYSLEARN_DATA does not point to a folder that holds mnist/",
)
def test_real_mnist_is_the_published_one():
    data = load("mnist", limit=1200)
    assert (len(data.train_x), len(data.validation_x), len(data.test_x)) == (1100, 100, 10_000)
    assert data.checksum.startswith("05ab87c0464c87c8")
