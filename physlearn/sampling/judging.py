"""How far one predictive distribution is from another."""

from torch import Tensor


def agreement(p: Tensor, q: Tensor) -> float:
    """Share of the examples for which both predict the same class: (example, class) each.

    Source: Izmailov, Vikram, Hoffman & Wilson, ICML 2021, section 6.
    """
    return float((p.argmax(1) == q.argmax(1)).double().mean())


def total_variation(p: Tensor, q: Tensor) -> float:
    """(1/2) sum_c |p_c - q_c|, the mean over examples: 0 where they are the same, at most 1. Source: as `agreement`."""
    return float((p.double() - q.double()).abs().sum(1).mean() / 2)
