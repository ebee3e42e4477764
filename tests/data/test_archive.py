"""Data in a NumPy archive."""

import numpy as np
import pytest

from physlearn.data import npz
from physlearn.data.files import DataError


@pytest.fixture
def saved(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "a.npz", **arrays)
        return tmp_path

    return save


def test_channels_come_first(saved):
    x = np.random.default_rng(1).integers(0, 256, (5, 8, 9, 3), dtype=np.uint8)
    found = npz("a.npz", saved(x=x, y=np.arange(5)))
    assert found[0].shape == (5, 3, 8, 9)
    assert np.array_equal(found[0][2, 1], x[2, :, :, 1])
    first = npz("a.npz", saved(x=x.transpose(0, 3, 1, 2), y=np.arange(5)))
    assert first[0].shape == (5, 3, 8, 9)


def test_a_split_of_its_own(saved):
    arrays = {"train_x": np.ones((4, 2)), "train_y": np.arange(4), "test_x": np.zeros((3, 2)), "test_y": np.arange(3)}
    assert [len(array) for array in npz("a.npz", saved(**arrays))] == [4, 4, 3, 3]


def test_what_is_no_archive(saved, tmp_path):
    with pytest.raises(DataError, match="holds z; x and y"):
        npz("a.npz", saved(z=np.ones(2)))
    with pytest.raises(DataError, match="no file"):
        npz("b.npz", tmp_path)
    with pytest.raises(DataError, match="path is missing"):
        npz(None, tmp_path)
    (tmp_path / "text.npz").write_text("nothing")
    with pytest.raises(DataError, match="not a NumPy archive"):
        npz("text.npz", tmp_path)
    np.savez(tmp_path / "objects.npz", x=np.array([{}]), y=np.arange(1))  # a pickle
    with pytest.raises(DataError, match="not a NumPy archive"):
        npz("objects.npz", tmp_path)
    np.save(tmp_path / "one.npy", np.ones(3))
    with pytest.raises(DataError, match="one array"):
        npz("one.npy", tmp_path)
