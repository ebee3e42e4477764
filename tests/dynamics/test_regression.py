"""Real data with a known posterior: ridge regression of the digits' labels, sampled by Langevin dynamics.

The images are standardised, the label is the digit; sigma is the noise of the labels, lambda the prior, T = 1/N.
Checked: posterior mean and predictive variance on held-out images, Euler's bias and the minibatches' heat included.
"""

import math
from functools import cache

import numpy as np
import torch
from sklearn.datasets import load_digits

from physlearn.dynamics import regression
from physlearn.dynamics.langevin import Langevin

VARIANCE, WEIGHT_DECAY = 1.8**2, 0.15


@cache
def digits():
    """(training images, labels, held-out images), float64; columns without variance are left out."""
    images, labels = load_digits(return_X_y=True)
    images = images[:, images.std(0) > 0.3]
    images = (images - images.mean(0)) / images.std(0)
    return images[:1400], labels[:1400] - 4.5, images[1400:1440]


def stream(seed):
    return torch.Generator().manual_seed(seed)


def sample(kind, step, batch, chains, burn_in, steps, **keys):
    """Time averages over chains of the predictions f = x.w and (f - exact mean)^2: two of (chain, image)."""
    inputs, labels, held_out = digits()
    examples = len(inputs)
    mean, covariance = regression.posterior(inputs, labels, VARIANCE, WEIGHT_DECAY, 1 / examples)
    X, y, test = (torch.as_tensor(a, dtype=torch.float32) for a in (inputs, labels, held_out))
    hessian, drive, generator = X.T @ X / (examples * VARIANCE), X.T @ y / (examples * VARIANCE), stream(3)
    start = np.random.default_rng(1).multivariate_normal(mean, covariance, chains)
    weights = torch.as_tensor(start, dtype=torch.float32).requires_grad_()  # (chain, feature)
    optimizer = kind([weights], step, 1 / examples, weight_decay=WEIGHT_DECAY, generator=stream(2), **keys)
    centre = torch.as_tensor(held_out @ mean, dtype=torch.float32)
    first, second = torch.zeros(chains, len(test)), torch.zeros(chains, len(test))
    for i in range(burn_in + steps):
        w = weights.detach()
        if batch is None:
            weights.grad = w @ hessian - drive
        else:
            chosen = torch.rand(chains, examples, generator=generator).topk(batch).indices  # without replacement
            rows = X[chosen]  # (chain, example, feature)
            residual = torch.bmm(rows, w[:, :, None])[:, :, 0] - y[chosen]
            weights.grad = torch.bmm(residual[:, None, :], rows)[:, 0] / (batch * VARIANCE)
        optimizer.step()
        if i >= burn_in:
            deviation = weights.detach() @ test.T - centre
            first += deviation / steps
            second += deviation.square() / steps
    return first.double().numpy(), second.double().numpy()


def z_scores(values, truth):
    """Of each held-out image, and of their mean."""
    errors = values.std(0) / math.sqrt(len(values))
    over_images = values.mean(1)
    overall = (over_images.mean() - np.mean(truth)) / (over_images.std() / math.sqrt(len(values)))
    return np.abs((values.mean(0) - truth) / errors).max(), abs(overall)


def predictive_variance(covariance):
    held_out = digits()[2]
    return np.einsum("if,fg,ig->i", held_out, covariance, held_out)


def largest_curvature():
    return np.linalg.eigvalsh(regression.curvature(digits()[0], VARIANCE, WEIGHT_DECAY)).max()


def test_full_batch_langevin_samples_the_posterior_with_eulers_bias():
    """At hk = 1.2 for the stiffest direction the bias is 2.5-fold there: the unbiased law fails the same check."""
    inputs, labels, _ = digits()
    step = 1.2 / largest_curvature()
    hessian = regression.curvature(inputs, VARIANCE, WEIGHT_DECAY)
    exact = regression.euler_covariance(hessian, step, 1 / len(inputs), np.zeros_like(hessian))
    first, second = sample(Langevin, step, None, chains=3000, burn_in=60, steps=200)
    assert (second.std(0) / math.sqrt(3000) < 0.01 * second.mean(0)).all()
    assert max(z_scores(first, 0.0)) < 4  # 40 images and their mean
    assert max(z_scores(second, predictive_variance(exact))) < 4
    unbiased = regression.posterior(inputs, labels, VARIANCE, WEIGHT_DECAY, 1 / len(inputs))[1]
    assert max(z_scores(second, predictive_variance(unbiased))) > 5


def test_leimkuhler_matthews_samples_the_bayesian_posterior_itself():
    """The same step, no bias: covariance T (X^T X/(N sigma^2) + lambda)^-1. Euler fails this check."""
    inputs, labels, _ = digits()
    step = 1.2 / largest_curvature()
    truth = predictive_variance(regression.posterior(inputs, labels, VARIANCE, WEIGHT_DECAY, 1 / len(inputs))[1])
    keys = dict(scheme="leimkuhler_matthews", noise="rademacher")
    first, second = sample(Langevin, step, None, chains=3000, burn_in=60, steps=200, **keys)
    assert max(z_scores(first, 0.0)) < 4
    assert max(z_scores(second, truth)) < 4


def test_fresh_minibatches_heat_by_h_C_over_2():
    """The law with the minibatches' C holds; leaving hC/2 out fails, and so does noise with replacement's C."""
    inputs, labels, _ = digits()
    step, batch = 0.25 / largest_curvature(), 100
    keys = dict(step=step, temperature=1 / len(inputs))
    exact = regression.sgld_covariance(inputs, labels, VARIANCE, WEIGHT_DECAY, batch=batch, **keys)
    first, second = sample(Langevin, step, batch, chains=60, burn_in=150, steps=500)
    assert max(z_scores(first, 0.0)) < 4
    assert max(z_scores(second, predictive_variance(exact))) < 4
    hessian = regression.curvature(inputs, VARIANCE, WEIGHT_DECAY)
    without_heat = regression.euler_covariance(hessian, noise=np.zeros_like(hessian), **keys)
    assert max(z_scores(second, predictive_variance(without_heat))) > 5


class NoFactorTwo(Langevin):
    """sqrt(hT) in place of sqrt(2hT): a published defect."""

    def noise(self, group, like):
        return [xi / math.sqrt(2) for xi in super().noise(group, like)]


def test_control_noise_without_the_factor_two_fails_on_real_data():
    inputs = digits()[0]
    step = 0.5 / largest_curvature()
    hessian = regression.curvature(inputs, VARIANCE, WEIGHT_DECAY)
    exact = regression.euler_covariance(hessian, step, 1 / len(inputs), np.zeros_like(hessian))
    _, second = sample(NoFactorTwo, step, None, chains=500, burn_in=100, steps=150)
    assert min(z_scores(second, predictive_variance(exact))) > 5


def test_the_gradient_noise_of_a_minibatch_is_the_printed_one():
    """C = (1/n)(1 - n/N) Cov_i against the covariance of sampled minibatch gradients at one w."""
    inputs, labels, _ = digits()
    rng, batch = np.random.default_rng(1), 30
    w = rng.normal(size=inputs.shape[1]) * 0.1
    gradients = inputs * (inputs @ w - labels)[:, None] / VARIANCE
    sampled = np.array([gradients[rng.permutation(len(inputs))[:batch]].mean(0) for _ in range(4000)])
    C = regression.minibatch_noise(inputs, labels, VARIANCE, batch, w, np.zeros((len(w), len(w))))
    squares = ((sampled - gradients.mean(0)) ** 2).sum(1)
    assert abs(squares.mean() - np.trace(C)) < 4 * squares.std() / math.sqrt(len(squares))
