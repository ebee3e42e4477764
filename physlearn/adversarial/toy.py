"""The smallest redundancy: the label is [x1 == x2], and a classifier that also listens to x3 can be turned by it.

    f(x) = b - a |x1 - x2| + c x3,      predicted label [f > 0]

On binary x1, x2 with 0 < b < a it is right wherever x3 = 0. An attacker who may move x3 alone by up to epsilon turns an
input exactly if epsilon |c| >= |f(x)|: with c = 0 there is no attack of any size.
"""

import torch
from torch import Tensor


def classifier(x: Tensor, a: float, b: float, c: float) -> Tensor:
    """f(x), (example,).

    Args:
        x: (example, 3).
        a, b, c: weight of |x1 - x2|, threshold, weight of the redundant input.
    """
    return b - a * (x[:, 0] - x[:, 1]).abs() + c * x[:, 2]


def inputs() -> tuple[Tensor, Tensor]:
    """All eight binary inputs (example, 3) and their labels [x1 == x2], (example,)."""
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 3)
    return x, (x[:, 0] == x[:, 1]).long()


def robust(x: Tensor, a: float, b: float, c: float, epsilon: float) -> Tensor:
    """Whether no change of x3 by at most epsilon turns the sign of f(x): epsilon |c| < |f(x)|, bool (example,).

    Source: Wang et al., arXiv:1810.09650 (2018), section 3; physics: the distance to a plane along one axis.
    """
    return epsilon * abs(c) < classifier(x, a, b, c).abs()
