"""Bayesian linear regression: a posterior on real data that is known exactly, and what Langevin dynamics makes of it.

y_i = x_i.w + noise of variance sigma^2, prior curvature lambda (`weight_decay`), energy per example in nats
E(w) = (1/N) sum_i (x_i.w - y_i)^2/(2 sigma^2) + (lambda/2)|w|^2: exp(-E/T) at T = 1/N is the Bayesian posterior.
Arrays: `inputs` (example, feature), `labels` (example,).
"""

import numpy as np

Array = np.ndarray


def curvature(inputs: Array, variance: float, weight_decay: float) -> Array:
    """H = X^T X/(N sigma^2) + lambda, the Hessian of E: (feature, feature); `variance` is sigma^2."""
    return inputs.T @ inputs / (len(inputs) * variance) + weight_decay * np.eye(inputs.shape[1])


def posterior(
    inputs: Array, labels: Array, variance: float, weight_decay: float, temperature: float
) -> tuple[Array, Array]:
    """Mean H^-1 X^T y/(N sigma^2), (feature,), and covariance T H^-1, (feature, feature), of exp(-E/T)/Z."""
    hessian = curvature(inputs, variance, weight_decay)
    mean = np.linalg.solve(hessian, inputs.T @ labels / (len(inputs) * variance))
    return mean, temperature * np.linalg.inv(hessian)


def euler_covariance(hessian: Array, step: float, temperature: float, noise: Array) -> Array:
    """Stationary covariance S of SGLD on E with Hessian H: H S + S H - h H S H = 2T + hC, (feature, feature).

    Solved in the eigenbasis of H, where S_ij = (2T delta_ij + h C_ij)/(k_i + k_j - h k_i k_j); without gradient noise
    (C = 0) it is T H^-1 (1 - hH/2)^-1. `noise` is C, (feature, feature).
    """
    values, vectors = np.linalg.eigh(hessian)
    pairs = values[:, None] + values[None, :] - step * np.outer(values, values)
    source = 2 * temperature * np.eye(len(values)) + step * vectors.T @ noise @ vectors
    return vectors @ (source / pairs) @ vectors.T


def minibatch_noise(inputs: Array, labels: Array, variance: float, batch: int, mean: Array, covariance: Array) -> Array:
    """C = (1/n)(1 - n/N) Cov_i(x_i (x_i.w - y_i)/sigma^2), averaged over w with this mean and covariance.

    For fresh minibatches of n = `batch` drawn without replacement from the N examples; Cov_i with 1/(N-1). The noise
    depends on w, but its mean depends on w's first two moments only, which makes the stationary law exact.
    """
    examples = len(inputs)
    residuals = inputs @ mean - labels
    squares = residuals**2 + np.einsum("if,fg,ig->i", inputs, covariance, inputs)  # <(x_i.w - y_i)^2>
    second = (inputs * squares[:, None]).T @ inputs / examples / variance**2
    hessian = curvature(inputs, variance, 0.0)
    force = inputs.T @ residuals / (examples * variance)
    of_mean = np.outer(force, force) + hessian @ covariance @ hessian
    return (1 / batch) * (1 - batch / examples) * (second - of_mean) * examples / (examples - 1)


def sgld_covariance(
    inputs: Array, labels: Array, variance: float, weight_decay: float, step: float, temperature: float, batch: int
) -> Array:
    """Stationary covariance of SGLD with fresh minibatches: Euler's bias and the minibatches' heat, (feature, feature).

    The fixed point of S -> euler_covariance(C(S)): C grows with S because residuals do.
    """
    hessian = curvature(inputs, variance, weight_decay)
    mean, covariance = posterior(inputs, labels, variance, weight_decay, temperature)
    for _ in range(1000):
        noise = minibatch_noise(inputs, labels, variance, batch, mean, covariance)
        previous, covariance = covariance, euler_covariance(hessian, step, temperature, noise)
        if np.abs(covariance - previous).max() <= 1e-12 * np.abs(covariance).max():
            return covariance
    raise ValueError(f"no stationary law at step {step} and batch {batch}: the minibatch noise grows without bound")
