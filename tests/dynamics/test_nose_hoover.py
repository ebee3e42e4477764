"""SGNHT holds the temperature whatever the gradient noise is, and its friction says how much noise there was."""

import torch

from physlearn.dynamics import exact
from physlearn.dynamics.chains import time_average
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.instruments.statistics import mean_and_error

STEP, TEMPERATURE, DIFFUSION, INERTIA, REPLICAS, DIMENSION = 0.05, 3.0, 0.8, 1.4, 900, 12


def stream(seed):
    return torch.Generator().manual_seed(seed)


def observe(weights, optimizer):
    """<p^2> and xi of each replica: (replica, 2)."""
    return torch.stack([optimizer.kinetic_temperature().float(), optimizer.param_groups[0]["thermostat"]], dim=1)


def run(noise, stiffness, kind=NoseHoover, burn_in=600, steps=1800, watch=observe):
    """Per-replica time averages; C = `noise` for each dimension."""
    temperatures = torch.full((REPLICAS,), TEMPERATURE)
    scale, generator = torch.as_tensor(noise).sqrt(), stream(2)

    def make(p):
        return kind(p, STEP, temperatures, DIFFUSION, INERTIA, generator=stream(1))

    def gradient(x):
        return stiffness * x + scale * torch.randn(x.shape, generator=generator)

    return time_average(make, torch.zeros(REPLICAS, DIMENSION), gradient, watch, burn_in, steps)


class DeafThermostat(NoseHoover):
    """The friction stays at A: ordinary Langevin, which gradient noise heats."""

    def step(self, closure=None):
        for group in self.param_groups:
            group["thermostat"] = torch.full_like(group["thermostat"], DIFFUSION)
        return super().step(closure)


def test_kinetic_temperature_is_held_under_gradient_noise_and_the_friction_pays_for_it():
    """<p^2> = T; <xi> = A + hC/(2T) + h(<xi>^2 - Var xi)/2 on a flat energy. A fixed friction fails both."""
    noise = 1.7 * 2 * TEMPERATURE / STEP  # hC/(2T) = 1.7, twice the friction that was set
    friction = exact.nose_hoover_friction(STEP, TEMPERATURE, DIFFUSION, INERTIA, DIMENSION, noise)

    def z_scores(kind):
        averages = run(noise, 0.0, kind)
        (kinetic, kinetic_error), (xi, xi_error) = (mean_and_error(averages[:, i]) for i in (0, 1))
        assert kinetic_error < 0.003 * kinetic
        return abs(kinetic - TEMPERATURE) / kinetic_error, abs(xi - friction) / xi_error

    assert max(z_scores(NoseHoover)) < 4
    assert min(z_scores(DeafThermostat)) > 4


def test_friction_fluctuates_with_variance_T_over_Q():
    """Var xi = T/(qd) for small h (here 2 % at most), and far from it with q forgotten."""

    def squares(weights, optimizer):
        xi = optimizer.param_groups[0]["thermostat"]
        return torch.stack([xi, xi.square()], dim=1)

    mean, square = run(0.0, 0.0, watch=squares).double().mean(0)
    law = TEMPERATURE / (INERTIA * DIMENSION)
    assert abs((square - mean**2) / law - 1) < 0.05
    assert abs((square - mean**2) / (TEMPERATURE / DIMENSION) - 1) > 0.2


def test_a_well_is_sampled_at_the_temperature_that_was_set():
    """k<x^2> = T(1 - h<xi>/2) in a well with gradient noise; the deaf thermostat, and T itself, fail."""
    stiffness, noise = 1.3, 0.9 * 2 * TEMPERATURE / STEP

    def watch(weights, optimizer):
        xi = optimizer.param_groups[0]["thermostat"]
        return torch.stack([weights.square().mean(1), exact.nose_hoover_variance(STEP, stiffness, TEMPERATURE, xi)], 1)

    def z_score(deviation):
        mean, error = mean_and_error(deviation)
        assert error < 0.01 * TEMPERATURE / stiffness
        return abs(mean) / error

    variance, law = run(noise, stiffness, watch=watch).T
    assert z_score(variance - law) < 4
    assert z_score(variance - TEMPERATURE / stiffness) > 4
    variance, law = run(noise, stiffness, DeafThermostat, watch=watch).T
    assert z_score(variance - law) > 4


def test_anisotropic_gradient_noise_is_not_cured():
    """<|p|^2>/d = T, and weight i sits where 2<xi p_i^2> - h<xi^2 p_i^2> = 2AT + hC_i: T_i ~ (AT + hC_i/2)/<xi>.

    Both are exact at any h: they say that <xi> and <p_i^2> stay the same in p' = (1 - h xi) p - h g + noise.
    """
    noise = torch.tensor([0.2, 3.0]).repeat(DIMENSION // 2) * 2 * TEMPERATURE / STEP

    def watch(weights, optimizer):
        momentum = optimizer.momenta(optimizer.param_groups[0], optimizer.param_groups[0]["params"])[0]
        xi = optimizer.param_groups[0]["thermostat"][:, None]
        halves = momentum.square().view(-1, DIMENSION // 2, 2).mean(1)  # (replica, quiet or loud)
        return torch.cat([halves, 2 * xi * halves - STEP * xi.square() * halves], dim=1)

    averages = run(noise, 0.0, watch=watch).double()
    quiet, loud, *balances = averages.T
    checks = [(quiet + loud) / 2 - TEMPERATURE]
    checks += [b - 2 * DIFFUSION * TEMPERATURE - STEP * c for b, c in zip(balances, noise[:2].tolist(), strict=True)]
    for deviation, scale in zip(checks, (TEMPERATURE, *(b.mean() for b in balances)), strict=True):
        mean, error = mean_and_error(deviation)
        assert error < 0.003 * scale
        assert abs(mean) < 4 * error
    assert loud.mean() > 2 * quiet.mean()
