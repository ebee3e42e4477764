"""Knowledge from other networks: their averaged probabilities stand beside the labels (distillation)."""

from collections.abc import Iterable

import torch
from torch import Tensor

SOFTNESS = 2.0  # tau: at 1 most of what a trained network says is the label again


def softened(outputs: Iterable[Tensor], softness: float = SOFTNESS) -> Tensor:
    """p = (1/K) sum_k softmax(f_k / tau): what K teachers say, (example, class).

    Args:
        outputs: the logits f_k of one teacher after another, each (example, class).
        softness: tau.
    """
    count, total = 0, torch.zeros(())
    for logits in outputs:
        count, total = count + 1, total + (logits / softness).softmax(1)
    return total / count


def taught(energy: Tensor, outputs: Tensor, teachers: Tensor, share: float, softness: float = SOFTNESS) -> Tensor:
    """(1 - a) E - a tau^2 <sum_c p_c ln softmax_c(f / tau)>, nats per example; tau^2 keeps the gradients' size.

    Args:
        energy: E, the mean over the labels of the minibatch.
        outputs: logits f of the network that learns, (example, class).
        teachers: p, from `softened` at the same tau, (example, class).
        share: a.
        softness: tau.

    Source: Hinton, Vinyals and Dean, arXiv:1503.02531 (2015), section 2.
    """
    said = (outputs / softness).log_softmax(1)
    return (1 - share) * energy - share * softness**2 * (teachers * said).sum(1).mean()
