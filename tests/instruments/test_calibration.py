"""Error, NLL and ECE against numbers worked out by hand, and against classifiers whose calibration is known."""

import math

import pytest
import torch

from physlearn.instruments.calibration import ece, error, nll, reliability

PROBABILITIES = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.25, 0.45], [0.05, 0.05, 0.9]])
LABELS = torch.tensor([0, 2, 2, 2])


def test_by_hand():
    assert error(PROBABILITIES, LABELS) == 0.25
    assert nll(PROBABILITIES.log(), LABELS) == pytest.approx(-sum(map(math.log, (0.7, 0.3, 0.45, 0.9))) / 4)
    assert ece(PROBABILITIES, LABELS) == pytest.approx((0.3 + 0.6 + 0.55 + 0.1) / 4)


def test_bins_join_what_falls_together():
    """With two bins .45 is alone in the lower, the others share the upper: |2/3 - 2.2/3| 3/4 + .55/4."""
    confidence, accuracy, count = reliability(PROBABILITIES, LABELS, bins=2)
    assert count.tolist() == [1, 3]
    assert accuracy.tolist() == pytest.approx([1, 2 / 3])
    assert confidence.tolist() == pytest.approx([0.45, 2.2 / 3])
    assert ece(PROBABILITIES, LABELS, bins=2) == pytest.approx(0.55 / 4 + 0.2 / 3 * 3 / 4)


def test_edges_belong_to_the_bin_below_and_empty_bins_are_nan():
    confidence, accuracy, count = reliability(torch.tensor([[0.5, 0.5], [1.0, 0.0]]), torch.tensor([0, 0]), bins=4)
    assert count.tolist() == [0, 1, 0, 1]
    assert confidence.isnan().tolist() == accuracy.isnan().tolist() == [True, False, True, False]


def test_labels_drawn_from_the_probabilities_are_calibrated_and_sharpened_ones_are_not():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(60_000, 10, generator=generator, dtype=torch.float64) * 1.5
    probabilities = logits.softmax(1)
    labels = torch.multinomial(probabilities, 1, generator=generator)[:, 0]
    assert ece(probabilities, labels) < 0.01
    assert ece((2 * logits).softmax(1), labels) > 0.1
    entropy = float(-(probabilities * probabilities.log()).sum(1).mean())
    spread = float((probabilities.log().gather(1, labels[:, None])).std()) / math.sqrt(60_000)
    assert abs(nll(probabilities.log(), labels) - entropy) < 4 * spread
    assert nll((2 * logits).log_softmax(1), labels) > entropy + 20 * spread


def test_bins_must_be_positive():
    with pytest.raises(ValueError, match="bins"):
        reliability(PROBABILITIES, LABELS, bins=0)
