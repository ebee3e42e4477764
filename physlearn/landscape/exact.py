"""What is known of a random walk: the control of every path that is drawn in its principal components."""

import numpy as np


def walk_fractions(points: int) -> np.ndarray:
    """Fractions of the variance in the principal components of a random walk in a space of many dimensions.

    The centred Gram matrix of W_t = xi_1 + ... + xi_t, t = 1 ... n, is the pseudo-inverse of the Laplacian of a chain:

        lambda_k = 1 / (4 sin^2(pi k / 2n)),   k = 1 ... n - 1,      fractions lambda_k / sum lambda;

    6/(pi k)^2 for many points: 61 and 15 % (Antognini and Sohl-Dickstein 2018, arXiv:1806.08805).

    Args:
        points: n, of the walk.

    Returns:
        (n - 1,), falling.
    """
    k = np.arange(1, points)
    values = 1 / (4 * np.sin(np.pi * k / (2 * points)) ** 2)
    return values / values.sum()


def walk_component(points: int, k: int) -> np.ndarray:
    """The k-th principal component of the same walk against the time: cos(pi k (t - 1/2)/n), normalised, (point,).

    Two of them, one against the other, are a Lissajous curve.
    """
    t = np.arange(1, points + 1)
    return np.sqrt(2 / points) * np.cos(np.pi * k * (t - 0.5) / points)
