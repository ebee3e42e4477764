"""A metric that moves needs a drift of its own; without it the law is another one, known exactly."""

import math

import torch
from scipy.integrate import quad

from physlearn.dynamics.chains import time_average
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.instruments.statistics import mean_and_error

STIFFNESS, TEMPERATURE, STEP = 1.3, 0.7, 0.02


class WithDrift(PreconditionedLangevin):
    """alpha = 0 and damping = 1: G = 1/(1 + |k x|), dG/dx = -k sign(x) G^2; the missing drift is + h T dG/dx."""

    def step(self, closure=None):
        for group in self.param_groups:
            for w in group["params"]:
                force = w.grad.clone()
                super().step(closure)
                with torch.no_grad():
                    w -= group["lr"] * group["temperature"] * STIFFNESS * force.sign() / (1 + force.abs()) ** 2


def variance(kind):
    start = math.sqrt(TEMPERATURE / STIFFNESS) * torch.randn(8000, 1, generator=torch.Generator().manual_seed(1))

    def make(p):
        generator = torch.Generator().manual_seed(2)
        return kind(p, STEP, TEMPERATURE, alpha=0.0, damping=1.0, generator=generator)

    averages = time_average(make, start, lambda x: STIFFNESS * x, lambda x, o: x.square()[:, 0], 300, 1500)
    return mean_and_error(averages)


def without_drift():
    """<x^2> under exp(-E/T)/G, the law of dx = -G E' dt + sqrt(2TG) dB."""

    def weight(x):
        return (1 + STIFFNESS * abs(x)) * math.exp(-STIFFNESS * x * x / (2 * TEMPERATURE))

    return quad(lambda x: x * x * weight(x), 0, 12)[0] / quad(weight, 0, 12)[0]


def test_a_moving_metric_needs_its_drift():
    """With the drift Var x = T/k up to the step's bias; without it the law is exp(-E/T)/G, and T/k fails."""
    boltzmann, biased = TEMPERATURE / STIFFNESS, without_drift()
    bias_of_step = 0.015  # of order hGk/2
    mean, error = variance(WithDrift)
    assert error < 0.01 * mean
    assert abs(mean / boltzmann - 1) < 4 * error / mean + bias_of_step
    mean, error = variance(PreconditionedLangevin)
    assert abs(mean / biased - 1) < 4 * error / mean + bias_of_step
    assert abs(mean / boltzmann - 1) > 4 * error / mean + 4 * bias_of_step
