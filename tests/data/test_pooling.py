"""Pooled images, the two ranges of pixels, and bars and stripes."""

import pytest
import torch

from physlearn.data import bars_and_stripes, dataset, digits
from physlearn.data.dataset import load, pooled


def test_blocks_become_their_means():
    x = torch.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6).to(torch.uint8)
    found = pooled(x, 2)
    assert found.shape == (2, 3, 2, 3)
    for row, column in ((0, 0), (1, 2)):
        block = x[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].double()
        assert torch.equal(found[:, :, row, column].double(), block.mean((2, 3)))
    assert pooled(x, 1) is x


@pytest.mark.parametrize("pool", [3, 5])
def test_a_pool_that_does_not_divide_is_refused(pool):
    with pytest.raises(ValueError, match=f"data.pool={pool}: allowed are whole numbers that divide .* 8 x 8"):
        load("digits", pool=pool)


def test_pooled_pixels_have_mean_0_and_variance_1_in_the_training_set():
    data = load("digits", pool=2, dtype=torch.float64)
    assert data.shape == (1, 4, 4)
    assert float(data.train_x.mean()) == pytest.approx(0, abs=1e-12)
    assert float(data.train_x.std(correction=0)) == pytest.approx(1, abs=1e-12)
    assert data.test_x.shape[1:] == data.validation_x.shape[1:] == (1, 4, 4)


def test_unit_pixels_run_from_black_to_white():
    """The digits have 17 levels, 16 is white; other sources 256."""
    data = load("digits", pixels="unit")
    assert (float(data.train_x.min()), float(data.train_x.max())) == (0, 1)
    x = digits.read().test[0]
    assert torch.equal(data.test_x, x / 16)
    assert float(load("bars_and_stripes", validation=0, pixels="unit").test_x.max()) == 1


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_bars_and_stripes(n):
    raw = bars_and_stripes.read(n)
    x = raw.train[0][:, 0] // 255
    assert len(torch.unique(x, dim=0)) == len(x) == 2 ** (n + 1) - 2
    rows = (x == x[:, :, :1]).all((1, 2))
    columns = (x == x[:, :1]).all((1, 2))
    assert bool((rows | columns).all())
    assert int((rows & columns).sum()) == 2
    assert torch.equal(raw.train[1] == 0, rows)


def test_sizes_are_of_those_that_have_one():
    assert load("bars_and_stripes", size=3, validation=0).shape == (1, 3, 3)
    with pytest.raises(ValueError, match="only image_folder and bars_and_stripes have a size"):
        dataset.read("digits", root=None, limit=None, size=3)
