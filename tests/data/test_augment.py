"""Shifted and mirrored images are the same images elsewhere, each shift as likely as another."""

import torch

from physlearn.data.augment import Augmentation, mirrored, shifted
from physlearn.streams import stream


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


def test_half_of_the_images_are_mirrored():
    x = torch.arange(6.0).view(1, 1, 2, 3).repeat(4000, 2, 1, 1)
    found = mirrored(x, torch.Generator().manual_seed(2))
    turned = (found == x.flip(-1)).all((1, 2, 3))
    assert (turned | (found == x).all((1, 2, 3))).all()
    assert abs(turned.sum() - 2000) < 4 * 1000**0.5


def test_augmentation_is_a_function_of_seed_and_step():
    x = torch.rand(20, 1, 5, 5)
    both = Augmentation(1, True, seed=3)
    wanted = mirrored(shifted(x, 1, stream(3, "shift 7")), stream(3, "flip 7"))
    assert torch.equal(both(x, 7), wanted)
    assert not torch.equal(both(x, 8), wanted)
    assert not torch.equal(Augmentation(1, True, seed=4)(x, 7), wanted)
    assert torch.equal(Augmentation(1, False, seed=3)(x, 7), shifted(x, 1, stream(3, "shift 7")))
    assert Augmentation()(x, 7) is x
    assert [bool(Augmentation(*words)) for words in ((0, False), (1, False), (0, True))] == [False, True, True]
    assert both.words() == "moved by up to 1 pixel, mirrored at random"
