"""Thermometers against exact temperatures: wells under SGLD, and gradient noise of known covariance."""

import math

import torch

from physlearn.dynamics import exact
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.statistics import standard_error
from physlearn.instruments.thermometer import (
    configurational_temperature,
    gradient_noise,
    gradient_variance,
    heating,
    kinetic_temperature,
)

STEP, TEMPERATURE, LIKELIHOOD, PRIOR, NOISE = 0.35, 0.4, 1.1, 0.6, 1.9
STIFFNESS = LIKELIHOOD + PRIOR


def stream(seed):
    return torch.Generator().manual_seed(seed)


def read(thermometer, steps=400, width=4000):
    """(mean, standard error) of a thermometer on 4000 equal wells under SGLD, read every 8th step."""
    generator = stream(1)
    weights = [torch.zeros(width, requires_grad=True), torch.zeros(10, requires_grad=True)]
    optimizer = Langevin(weights, STEP, TEMPERATURE, weight_decay=PRIOR, generator=stream(2))

    def gradients():
        noise = [math.sqrt(NOISE) * torch.randn(w.shape, generator=generator) for w in weights]
        return [LIKELIHOOD * w.detach() + xi for w, xi in zip(weights, noise, strict=True)]

    readings = []
    for step in range(steps):
        used = gradients()
        for w, g in zip(weights, used, strict=True):
            w.grad = g
        optimizer.step()
        if step >= 40 and step % 8 == 0:
            readings.append(thermometer([w.detach() for w in weights], gradients(), used))
    return sum(readings) / len(readings), float(standard_error(readings))


def z_score(thermometer):
    mean, error = read(thermometer)
    truth = exact.configurational_temperature(STEP, STIFFNESS, TEMPERATURE, NOISE)
    assert error < 0.01 * truth
    return (mean - truth) / error


def test_configurational_temperature_of_sgld():
    """(T + hC/2)/(1 - hk/2), k = likelihood + prior."""
    assert abs(z_score(lambda w, fresh, used: configurational_temperature(w, fresh, PRIOR))) < 4


def test_control_leaving_the_prior_out_reads_low():
    assert z_score(lambda w, fresh, used: configurational_temperature(w, fresh, 0.0)) < -4


def test_control_the_gradient_that_made_the_step_reads_otherwise():
    """It is not independent of x: its noise has just pushed x the other way, so it reads low."""
    assert z_score(lambda w, fresh, used: configurational_temperature(w, used, PRIOR)) < -4


def test_kinetic_temperature_of_underdamped_motion():
    """p^2/m reads T + 4 C c^2 h^2/((1-c^2)(4m - h^2 k)), and agrees with the optimizer's own reading."""
    friction, mass, generator = 1.3, 1.7, stream(3)
    w = torch.zeros(20_000, requires_grad=True)
    optimizer = UnderdampedLangevin([w], STEP, TEMPERATURE, friction, mass, PRIOR, generator=stream(4))
    readings = []
    for step in range(300):
        w.grad = LIKELIHOOD * w.detach() + math.sqrt(NOISE) * torch.randn(w.shape, generator=generator)
        optimizer.step()
        if step >= 60 and step % 12 == 0:
            readings.append(kinetic_temperature([optimizer.state[w]["momentum"]], mass))
            assert math.isclose(readings[-1], float(optimizer.kinetic_temperature()), rel_tol=1e-5)
    truth = exact.underdamped_variance(STEP, STIFFNESS, TEMPERATURE, friction, mass, NOISE)[1] / mass
    error = float(standard_error(readings))
    assert error < 0.01 * truth
    assert abs(sum(readings) / len(readings) - truth) < 4 * error


def test_gradient_noise_is_split_into_masks_and_minibatches():
    """tr C_p and the minibatches' part, each unbiased; taking the total for the minibatches fails."""
    generator, shape, batch_std, mask_std = stream(5), (300,), 1.3, 0.7

    def normal():
        return torch.randn(shape, generator=generator)

    def draws():
        batches = [batch_std * normal() for _ in range(2)]
        masks = [mask_std * (1 + b.abs()) * normal() for b in (batches[0], batches[0], batches[1])]
        return [batches[0] + masks[0]], [batches[0] + masks[1]], [batches[1] + masks[2]]

    readings = torch.tensor([gradient_noise(*draws()) for _ in range(2000)], dtype=torch.float64)
    mean, error = readings.mean(0), readings.std(0) / math.sqrt(2000)
    of_masks = 300 * mask_std**2 * (1 + 2 * batch_std * math.sqrt(2 / math.pi) + batch_std**2)
    truth = torch.tensor([of_masks + 300 * batch_std**2, of_masks, 300 * batch_std**2], dtype=torch.float64)
    assert (error < 0.01 * truth).all()
    assert ((mean - truth).abs() / error < 4).all()
    assert abs(mean[0] - truth[2]) / error[0] > 4


def test_heating_is_h_tr_C_over_2d_and_more_under_momentum():
    noise = gradient_variance([torch.tensor([1.0, 3.0])], [torch.tensor([2.0, 1.0])])
    assert noise == 2.5
    assert math.isclose(heating(noise, 0.3, 2), 0.3 * 2.5 / 4)
    assert math.isclose(heating(noise, 0.3, 2, momentum=0.9), 0.3 * 2.5 / 4 / 0.1)
