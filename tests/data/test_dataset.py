"""Splits of their own constants, normalisation from the training set, and one line for every bad argument."""

import pytest
import torch

from physlearn.data import DataError, digits, load
from physlearn.data.dataset import checksum, moments, split
from physlearn.data.raw import fixed_permutation


@pytest.fixture(scope="module")
def raw():
    return digits.read()


def test_digits_are_split_1437_to_360_and_no_digit_is_in_both(raw):
    (train_x, train_y), (test_x, test_y) = raw.train, raw.test
    assert (len(train_x), len(test_x)) == (len(train_y), len(test_y)) == (1437, 360)
    rows = torch.cat([train_x, test_x]).flatten(1)
    from sklearn.datasets import load_digits

    assert torch.equal(rows.double().sum(0), torch.from_numpy(load_digits().data).sum(0))


def test_digits_are_stratified(raw):
    """Each class has its share of the test set to within one example."""
    train, test = (torch.bincount(y, minlength=10) for _, y in (raw.train, raw.test))
    assert (test - (train + test) * 360 / 1797).abs().max() <= 1


def test_a_plain_permutation_is_not_stratified(raw):
    """Negative control of the test above."""
    y = torch.cat([raw.train[1], raw.test[1]])
    test = torch.bincount(y[torch.from_numpy(fixed_permutation(1797, 4))[:360]], minlength=10)
    assert (test - torch.bincount(y) * 360 / 1797).abs().max() > 1


def test_the_fixed_permutation_and_the_split_of_the_digits_never_change():
    assert fixed_permutation(8, 1797).tolist() == [7, 3, 6, 0, 2, 5, 1, 4]
    assert load("digits").checksum.startswith("bb772a4b0c47122d")
    assert sorted(fixed_permutation(1000, 3)) == list(range(1000))


def test_the_first_training_digits_are_mixed(raw):
    assert len(raw.train[1][:60].unique()) == 10


def test_auto_holds_out_a_twelfth_and_nothing_is_lost(raw):
    data = load("digits")
    assert (len(data.train_x), len(data.validation_x), len(data.test_x)) == (1318, 119, 360)
    assert torch.equal(
        torch.bincount(data.train_y) + torch.bincount(data.validation_y, minlength=10), torch.bincount(raw.train[1])
    )
    assert (data.classes, data.shape, data.note) == (10, (1, 8, 8), "")


def test_validation_zero_holds_out_none(raw):
    data = load("digits", validation=0)
    assert data.validation_x is None
    assert data.validation_y is None
    assert torch.equal(data.train_y, raw.train[1])


def test_limit_takes_the_first_training_examples_before_the_split(raw):
    data = load("digits", limit=240, validation=40)
    assert (len(data.train_x), len(data.validation_x), len(data.test_x)) == (200, 40, 360)
    together = torch.bincount(data.train_y, minlength=10) + torch.bincount(data.validation_y, minlength=10)
    assert torch.equal(together, torch.bincount(raw.train[1][:240], minlength=10))


def test_normalisation_is_from_the_training_examples_that_are_used(raw):
    """Mean 0 and deviation 1 on them, not on the test set; the moments of all examples would miss this."""
    data = load("digits", limit=300, validation=100, dtype=torch.float64)
    assert abs(data.train_x.mean()) < 1e-12
    assert abs(data.train_x.std(correction=0) - 1) < 1e-12
    assert abs(data.test_x.mean()) > 1e-3
    everything = raw.train[0].double()
    wrong = (raw.train[0][:300].double() - everything.mean()) / everything.std()
    assert abs(wrong.mean()) > 1e-3


def test_moments_are_per_channel_and_a_constant_channel_keeps_its_scale():
    x = torch.randint(0, 256, (40, 2, 5, 5), generator=torch.Generator().manual_seed(4)).to(torch.uint8)
    x[:, 1] = 7
    mean, std = moments(x)
    exact = x[:, 0].double()
    assert torch.allclose(mean, torch.stack([exact.mean(), torch.tensor(7.0).double()]), rtol=1e-12)
    assert torch.allclose(std, torch.stack([exact.std(correction=0), torch.tensor(1.0).double()]), rtol=1e-12)


def test_the_checksum_sees_one_changed_label(raw):
    (x, y), other = raw.train, raw.train[1].clone()
    other[3] += 1
    assert checksum((x, y)) == checksum((x.clone(), y)) != checksum((x, other))
    assert load("digits", limit=50).checksum == load("digits").checksum


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"name": "digit"}, "data.name=digit: allowed are digits, mnist, "),
        ({"limit": 0}, "data.limit=0: allowed are whole numbers from 1 to 1437"),
        ({"limit": 1438}, "data.limit=1438: allowed"),
        ({"validation": 1437}, "data.validation=1437: allowed are auto and whole numbers from 0 to 1436"),
        ({"validation": -1}, "data.validation=-1: allowed"),
        ({"validation": "half"}, "data.validation=half: allowed"),
        ({"size": 32}, "data.size=32: only image_folder and bars_and_stripes"),
    ],
)
def test_a_bad_argument_is_one_line(arguments, line):
    with pytest.raises(ValueError, match=r"^data") as caught:
        load(**{"name": "digits", **arguments})
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_data_root_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"^data.root=.*none does not exist; give a folder"):
        load("digits", root=tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"^data.root=.*file is not a folder"):
        load("mnist", root=tmp_path / "file")
    monkeypatch.setenv("PHYSLEARN_DATA", str(tmp_path / "none"))
    with pytest.raises(DataError, match=r"^PHYSLEARN_DATA=.*none does not exist"):
        load("mnist")
    assert len(load("digits").test_x) == 360  # reads no files


def test_an_empty_training_set_is_left_empty():
    empty = torch.empty(0, 3, 4, 4, dtype=torch.uint8), torch.empty(0, dtype=torch.int64)
    assert split(empty, None, "auto") == (empty, None)
