"""Shifted images are the same images elsewhere, each shift as likely as another."""

import torch

from physlearn.data.augment import shifted


def test_a_picture_moves_as_a_whole():
    """One lit pixel, far from the rim: it is somewhere within the reach, at every place equally often (chi^2)."""
    x = torch.zeros(5000, 2, 9, 11)
    x[:, 1, 4, 5] = 3.0
    moved = shifted(x, 2, torch.Generator().manual_seed(1))
    assert moved.shape == x.shape
    assert not moved[:, 0].any()
    assert (moved.flatten(1).sum(1) == 3).all()
    counts = moved[:, 1].sum(0)[2:7, 3:8] / 3
    assert counts.sum() == 5000
    assert ((counts - 200) ** 2 / 200).sum() < 50  # 24 degrees of freedom


def test_the_rim_is_continued():
    x = torch.arange(4.0).view(1, 1, 2, 2)
    seen = {tuple(shifted(x, 1, torch.Generator().manual_seed(seed)).flatten().tolist()) for seed in range(60)}
    assert len(seen) == 9
    assert (0.0, 0.0, 0.0, 0.0) in seen
    assert (2.0, 3.0, 2.0, 3.0) in seen


def test_no_shift_is_no_draw():
    x, generator = torch.rand(3, 1, 4, 4), torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert shifted(x, 0, generator) is x
    assert torch.equal(generator.get_state(), before)
