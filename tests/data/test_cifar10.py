"""The binary version of CIFAR-10: lengths are strict, labels checked, altered pixels admitted with a note."""

import tarfile

import numpy as np
import pytest
import torch

from physlearn.data import DataError, cifar10, load

RECORDS = 12


@pytest.fixture
def files(monkeypatch):
    """Six files of 12 images; the pixels count up, so that order, planes and rows can be told apart."""
    monkeypatch.setattr(cifar10, "RECORDS", RECORDS)
    monkeypatch.setattr(cifar10, "MIRRORS", ("http://127.0.0.1:9/cifar-10-binary.tar.gz",))
    rows = (np.arange(6 * RECORDS * 3073).reshape(6, RECORDS, 3073) % 251).astype(np.uint8)
    rows[:, :, 0] = np.arange(RECORDS) % 10
    return {file: row.tobytes() for file, row in zip(cifar10.MD5, rows, strict=True)}


def write(folder, contents):
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        (folder / file).write_bytes(content)


def published(monkeypatch, contents):
    monkeypatch.setattr(cifar10, "MD5", {file: cifar10._md5(content) for file, content in contents.items()})


@pytest.mark.parametrize("folder", ["cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "cifar10", "."])
def test_records_are_read_in_every_layout(tmp_path, files, monkeypatch, folder):
    published(monkeypatch, files)
    write(tmp_path / folder, files)
    (x, y), (test_x, _), classes, note, *_ = cifar10.read(tmp_path)
    assert (x.shape, test_x.shape, classes, note) == ((60, 3, 32, 32), (12, 3, 32, 32), 10, "")
    assert y.tolist() == [i % 10 for i in range(12)] * 5
    picture, plane, row, column = 13, 2, 3, 5  # the second of the second file
    assert x[picture, plane, row, column] == (13 * 3073 + 1 + 2 * 1024 + 3 * 32 + 5) % 251


def test_an_altered_copy_is_used_and_noted(tmp_path, files, monkeypatch):
    published(monkeypatch, files)
    changed = bytearray(files["data_batch_2.bin"])
    changed[5] ^= 4
    write(tmp_path, {**files, "data_batch_2.bin": bytes(changed)})
    note = load("cifar10", root=tmp_path).note
    assert "other than the published" in note
    assert note.endswith(": data_batch_2.bin")


def test_a_truncated_file_is_one_line(tmp_path, files):
    write(tmp_path, {**files, "test_batch.bin": files["test_batch.bin"][:-1]})
    with pytest.raises(DataError, match=r"test_batch.bin has 36875 bytes, expected 36876 .*replace it, or delete"):
        load("cifar10", root=tmp_path)


def test_a_label_beyond_nine_is_one_line(tmp_path, files):
    write(tmp_path, {**files, "data_batch_3.bin": b"\x0a" + files["data_batch_3.bin"][1:]})
    with pytest.raises(DataError, match=r"data_batch_3.bin holds the label 10, allowed are 0 to 9"):
        load("cifar10", root=tmp_path)


def test_a_missing_file_of_the_six_is_one_line(tmp_path, files):
    write(tmp_path, files)
    (tmp_path / "data_batch_4.bin").unlink()
    with pytest.raises(DataError, match=r"data_batch_4.bin cannot be read: No such file"):
        load("cifar10", root=tmp_path)


def test_nothing_and_no_network_says_where_to_put_which(tmp_path, files):
    with pytest.raises(DataError, match=f"cifar-10-binary.tar.gz is missing .*put it at {tmp_path}/cifar-10-binary"):
        load("cifar10", root=tmp_path)


def test_an_archive_that_lies_in_the_root_is_unpacked_if_it_is_the_published_one(tmp_path, files, monkeypatch):
    published(monkeypatch, files)
    write(tmp_path / "made/cifar-10-batches-bin", files)
    archive = tmp_path / cifar10.ARCHIVE
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "made/cifar-10-batches-bin", "cifar-10-batches-bin")
    with pytest.raises(DataError, match=r"cifar-10-binary.tar.gz is not the published file: MD5"):
        cifar10.read(tmp_path)
    monkeypatch.setattr(cifar10, "ARCHIVE_MD5", cifar10._md5(archive.read_bytes()))
    (x, _), *_ = cifar10.read(tmp_path)
    assert torch.equal(x, cifar10.read(tmp_path / "made").train[0])
    assert archive.exists()
