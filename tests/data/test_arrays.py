"""What a user's own function returns: images or tables, classes or real targets; standardised by the training set."""

import numpy as np
import pytest
import torch

from physlearn.data.arrays import from_arrays
from physlearn.data.csv_table import table
from physlearn.data.dataset import prepare
from physlearn.data.files import DataError

RNG = np.random.default_rng(0)


def test_a_table_is_standardised_by_its_training_examples():
    x, y = 3 + 5 * RNG.normal(size=(103, 4)), 100 + 20 * RNG.normal(size=(103, 2))
    data = prepare("mine", from_arrays((x, y), "mine"), validation=12, dtype=torch.float64)
    assert (len(data.train_x), len(data.validation_x), len(data.test_x)) == (71, 12, 20)
    assert (data.shape, data.classes, data.outputs) == ((4,), None, 2)
    for part in (data.train_x, data.train_y):
        torch.testing.assert_close(part.mean(0), torch.zeros(part.shape[1]).double(), atol=1e-12, rtol=0)
        torch.testing.assert_close(part.std(0, correction=0), torch.ones(part.shape[1]).double())
    own = torch.cat(
        [part * data.target_std + data.target_mean for part in (data.train_y, data.validation_y, data.test_y)]
    )
    assert np.allclose(np.sort(own.numpy(), 0), np.sort(y, 0))  # every example in one set, in its own units


def test_the_pairs_of_inputs_and_targets_stay_together():
    x = np.arange(50.0)[:, None]
    raw = from_arrays((x, 7 * x[:, 0]), "mine")
    for inputs, targets in (raw.train, raw.test):
        assert torch.equal(7 * inputs, targets)
    assert not torch.equal(raw.train[0], raw.train[0].sort(0).values)  # mixed
    classes = from_arrays((x, np.arange(50) % 3), "mine")
    assert classes.classes == 3
    assert torch.equal(classes.train[1], classes.train[0][:, 0].long() % 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_of_bytes_and_of_numbers_are_normalised_alike(dtype):
    images, labels = RNG.integers(0, 256, (30, 2, 5, 4)), RNG.integers(0, 4, 30)
    parts = images[:20].astype(dtype), labels[:20], images[20:].astype(dtype), labels[20:]
    data = prepare("mine", from_arrays(parts, "mine"), validation=0, dtype=torch.float64)
    assert data.shape == (2, 5, 4)
    mean, std = images[:20].mean((0, 2, 3)), images[:20].std((0, 2, 3))
    expected = (images[20:] - mean[:, None, None]) / std[:, None, None]
    assert np.allclose(data.test_x.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize(("found", "line"), [
    (np.zeros(3), "mine must return"),
    ((np.zeros((4, 2)), np.zeros(4), 1), "mine must return"),
    ((np.zeros((4, 2)), np.zeros(5)), "4 inputs with 5 targets"),
    ((np.zeros((4, 2)), np.zeros(4)), "at least 5 are needed"),
    ((np.zeros(9), np.zeros(9)), "a table has 2 dimensions"),
    ((np.full((9, 2), np.nan), np.zeros(9)), "not real and finite"),
    ((np.zeros((9, 2)), np.full(9, -1)), "the class -1"),
    ((np.zeros((9, 2)), np.zeros((9, 2), int)), "classes are whole numbers, one per"),
    ((np.array([["a"]] * 9), np.zeros(9)), "numbers are needed"),
    ((np.zeros((9, 2)), np.zeros(9), np.zeros((9, 3)), np.zeros(9)), "of another shape"),
    ((np.zeros((9, 2)), np.zeros(9), np.zeros((9, 2)), np.zeros(9, int)), "classes for one set"),
])  # fmt: skip
def test_what_is_no_data_is_one_line(found, line):
    with pytest.raises(DataError, match=line) as error:
        from_arrays(found, "mine")
    assert "\n" not in str(error.value)


def test_a_csv_file_is_read_by_its_columns(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("a, b ,kind\n1,2.5,oak\n3,4,elm\n\n5,6e1,oak\n")
    x, y = table(path, labels=True)
    assert x.tolist() == [[1, 2.5], [3, 4], [5, 60]]
    assert y.tolist() == [1, 0, 1]
    path.write_text("a,b,c\n1,2,3\n4,5,6\n")
    x, y = table("m.csv", target=["c", "a"], root=tmp_path)
    assert (x.tolist(), y.tolist()) == ([[2], [5]], [[3, 1], [6, 4]])


@pytest.mark.parametrize(("text", "more", "line"), [
    ("a,b\n1,x\n", {}, "line 2, column b holds x, a number is needed"),
    ("a,b\n1,2\n3\n", {}, "line 3 has 1 cells, the first line 2"),
    ("a,b\n", {}, "holds no examples"),
    ("a,a\n1,2\n", {}, "the same name"),
    ("a,b\n1,2\n", {"target": "c"}, "data.target=c: .* has the columns a, b"),
    ("a,b\n1,2\n", {"target": ["a", "b"]}, "nothing is left to predict"),
    ("a,b,c\n1,2,3\n", {"target": ["a", "b"], "labels": True}, "classes stand in one column"),
])  # fmt: skip
def test_a_table_that_cannot_be_read_is_one_line(tmp_path, text, more, line):
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=line):
        table(path, **more)


def test_without_a_file_there_are_the_patients():
    x, y = table()
    assert (x.shape, y.shape) == ((442, 10), (442, 1))
    assert (y.min(), y.max()) == (25, 346)
