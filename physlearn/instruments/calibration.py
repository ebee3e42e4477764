"""How right, and how rightly sure, a classifier is. Probabilities are (example, class), labels (example,) integers."""

from typing import NamedTuple

import torch
from torch import Tensor


class Reliability(NamedTuple):
    """What a reliability diagram draws, by bins of confidence; empty bins hold nan and count 0."""

    confidence: Tensor  # (bin,) mean probability of the predicted class
    accuracy: Tensor  # (bin,) fraction of the predictions that are right
    count: Tensor  # (bin,) examples


def error(probabilities: Tensor, labels: Tensor) -> float:
    """Fraction of examples whose most probable class is not the label; logits or log-probabilities do as well."""
    return float((probabilities.argmax(dim=1) != labels).double().mean())


def nll(log_probabilities: Tensor, labels: Tensor) -> float:
    """Negative log likelihood -(1/N) sum_i ln p_i(label_i), in nats per example."""
    return float(-log_probabilities.gather(1, labels[:, None]).double().mean())


def reliability(probabilities: Tensor, labels: Tensor, bins: int = 15) -> Reliability:
    """Confidence, accuracy and count in `bins` equal bins (b/B, (b+1)/B] of the predicted class's probability.

    Raises:
        ValueError: if `bins` is not positive.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    confidence, predicted = probabilities.double().max(dim=1)
    which = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)  # (example,)
    count = torch.bincount(which, minlength=bins)
    right = torch.bincount(which, weights=(predicted == labels).double(), minlength=bins)
    sure = torch.bincount(which, weights=confidence, minlength=bins)
    return Reliability(sure / count, right / count, count)


def equal_counts(probabilities: Tensor, labels: Tensor, bins: int = 10) -> Reliability:
    """Confidence, accuracy and count in `bins` bins of equal counts (to one), from the least to the most confident.

    Confidences crowd at 1, where equal bins would hold nearly all predictions in one (Nixon et al. 2019). With fewer
    than ten predictions a bin there are fewer bins.

    Raises:
        ValueError: if `bins` is not positive.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    confidence, predicted = probabilities.double().max(dim=1)
    order = confidence.argsort()
    parts = order.tensor_split(max(1, min(bins, len(order) // 10)))
    right = (predicted == labels).double()
    means = [(confidence[part].mean(), right[part].mean()) for part in parts]
    sure, accuracy = (torch.stack(column) for column in zip(*means, strict=True))
    return Reliability(sure, accuracy, torch.tensor([len(part) for part in parts], device=labels.device))


def ece(probabilities: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Expected calibration error sum_b (n_b/N) |accuracy_b - confidence_b| (Guo et al. 2017, eq. 3)."""
    confidence, accuracy, count = reliability(probabilities, labels, bins)
    gaps = (accuracy - confidence).abs().nan_to_num(0.0)
    return float((count * gaps).sum() / count.sum())
