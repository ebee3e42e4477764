"""The posterior of a classifier without hidden units, one input and two classes, by quadrature."""

import numpy as np
from numpy.typing import ArrayLike

POINTS, WIDTH = 401, 7.0  # of the grid in each direction, and how many prior widths it reaches


def logistic_predictive(
    x: ArrayLike, y: ArrayLike, at: ArrayLike, temperature: float, variance: float
) -> tuple[np.ndarray, float]:
    """p(1 | x) at other inputs, and <L>, under exp(-L(W)/T) N(W; 0, sigma^2), L = -(1/N) sum_i ln softmax(W x_i + b)_y.

    Only u = W_1 - W_0 and v = b_1 - b_0 matter, each N(0, 2 sigma^2) under the prior: a sum over a grid of both.

    Args:
        x, y: inputs (example,) and classes 0 or 1. at: inputs (point,).
        temperature: T, nats per example. variance: sigma^2.
    """
    grid = np.linspace(-WIDTH, WIDTH, POINTS) * np.sqrt(2 * variance)
    u, v = np.meshgrid(grid, grid, indexing="ij")
    sign = 2 * np.asarray(y) - 1
    loss = np.mean([np.logaddexp(0, -s * (u * a + v)) for a, s in zip(np.asarray(x), sign, strict=True)], axis=0)
    exponent = -loss / temperature - (u**2 + v**2) / (4 * variance)
    weight = np.exp(exponent - exponent.max())
    weight /= weight.sum()
    predicted = np.array([(weight / (1 + np.exp(-(u * a + v)))).sum() for a in np.asarray(at)])
    return predicted, float((weight * loss).sum())


def euler_width(step: float, decay: float, temperature: float) -> float:
    """Variance of weights that no data constrain under Euler's scheme: T/lambda/(1 - h lambda/2)."""
    return temperature / decay / (1 - step * decay / 2)
