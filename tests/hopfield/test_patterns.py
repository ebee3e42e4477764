"""What is stored and how it is corrupted."""

import math

import pytest
import torch

from physlearn.hopfield.patterns import (
    correlated_patterns,
    flip,
    from_images,
    known_part,
    mask,
    noise,
    overlap,
    random_patterns,
)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def z(values, exact):
    values = values.double().flatten()
    return float((values.mean() - exact) / (values.std() / math.sqrt(len(values))))


def test_correlated_patterns_have_the_overlap_asked_for():
    """<xi^mu . xi^nu>/N = c between different patterns, <xi> = 0; random ones have c = 0."""
    means, levels = [], []
    for seed in range(300):
        xi = correlated_patterns(4, 80, 0.3, seeded(seed))
        means.append((xi @ xi.T / 80)[0, 1])
        levels.append(xi.mean())
    assert abs(z(torch.stack(means), 0.3)) < 4
    assert abs(z(torch.stack(levels), 0.0)) < 4
    independent = torch.stack(
        [(lambda xi: (xi[0] * xi[1]).mean())(random_patterns(2, 80, seeded(s))) for s in range(300)]
    )
    assert abs(z(independent, 0.0)) < 4
    assert abs(z(independent, 0.3)) > 20


def test_flip_turns_over_exactly_the_fraction():
    xi = random_patterns(50, 37, seeded(1))
    corrupted = flip(xi, 0.3, seeded(2))
    assert torch.equal((corrupted != xi).sum(1), torch.full((50,), round(0.3 * 37)))
    torch.testing.assert_close(overlap(corrupted, xi), torch.full((50,), 1 - 2 * 11 / 37, dtype=torch.float64))
    assert torch.equal(flip(xi, 0.0, seeded(2)), xi)


def test_noise_turns_over_q_of_one_over_width():
    """Each bit is wrong with probability Q(1/width)."""
    xi = random_patterns(60, 500, seeded(1))
    wrong = (noise(xi, 0.7, seeded(2)) != xi).double()
    assert abs(z(wrong, math.erfc(1 / 0.7 / math.sqrt(2)) / 2)) < 4
    assert abs(z(wrong, math.erfc(1 / 0.7) / 2)) > 8  # negative control: the sqrt 2 left out


def test_mask_keeps_what_is_known():
    xi, known = random_patterns(8, 21, seeded(1)), known_part(21, 0.5)
    assert int(known.sum()) == 10
    guess, blank = mask(xi, known, seeded(2)), mask(xi, known)
    assert torch.equal(guess[:, known], xi[:, known])
    assert torch.equal(guess.abs(), torch.ones_like(xi))
    assert float(blank[:, ~known].abs().max()) == 0


def test_images_are_cut_at_the_middle_of_their_range():
    images = torch.tensor([[[0.0, 4.0], [9.0, 16.0]]])
    assert from_images(images).tolist() == [[-1, -1, 1, 1]]
    assert from_images(images.to(torch.uint8), 0.2).tolist() == [[-1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_patterns(0, 5, seeded(1)), "at least 1, got 0"),
        (lambda: random_patterns(2, 0, seeded(1)), "at least 1, got 2 patterns of 0"),
        (lambda: correlated_patterns(2, 5, 1.2, seeded(1)), r"\[0, 1\], got 1.2"),
        (lambda: flip(torch.ones(1, 4), -0.1, seeded(1)), "got -0.1"),
        (lambda: noise(torch.ones(1, 4), -1.0, seeded(1)), ">= 0, got -1.0"),
        (lambda: from_images(torch.ones(4)), "images must be"),
    ],
)
def test_bad_input_gets_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()
