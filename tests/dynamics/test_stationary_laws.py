"""Every scheme has the variance of its closed form at large steps, and the published wrong variants have not.

Chains are rows, dimensions have curvatures of their own, C differs between dimensions; the standard error is that of
time averages over independent chains and stays under 1 %.
"""

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD, Optimizer

from physlearn.dynamics import exact
from physlearn.dynamics.chains import noisy_gradient, time_average
from physlearn.dynamics.harmonic_wells import Harmonic
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.dynamics.underdamped import UnderdampedLangevin

STIFFNESS = torch.tensor([0.7, 2.3])
FRICTION, MASS, MOMENTUM = 1.3, 1.7, 0.6
METRIC = torch.tensor([0.8, 1.3])
CHAINS = 4000


def stream(seed):
    return torch.Generator().manual_seed(seed)


def squares(weights, optimizer):
    return weights.square()


def measure(make, step, temperature, noise, seed=1, observe=squares, chains=CHAINS, patience=1.0):
    """(mean, standard error) of an observable in each dimension."""
    well = Harmonic(STIFFNESS)
    slowest = 1 / (step * float(STIFFNESS.min()))
    per_chain = time_average(
        partial(make, h=step, T=temperature, generator=stream(seed)),
        well.sample(temperature, chains, stream(seed + 1)),
        noisy_gradient(well, noise, stream(seed + 2)),
        observe,
        burn_in=int(patience * (20 + 5 * slowest)),
        steps=int(patience * (40 + 14 * slowest)),
    )
    mean, error = per_chain.double().mean(0).numpy(), per_chain.double().std(0).numpy() / math.sqrt(chains)
    return mean, error


def z_scores(measured, truth):
    mean, error = measured
    assert (error < 0.01 * np.maximum(mean, truth)).all(), "the standard error must be under 1 %"
    rounding = 1e-5 * np.asarray(truth)  # at hk = 1 random signs leave x^2 without any scatter
    return np.abs(mean - np.asarray(truth)) / np.maximum(error, rounding)


def euler(p, h, T, generator, **more):
    return Langevin(p, h, T, generator=generator, **more)


def underdamped(p, h, T, generator):
    return UnderdampedLangevin(p, h, T, FRICTION, MASS, generator=generator)


def frozen(p, h, T, generator):
    optimizer = PreconditionedLangevin(p, h, T, damping=0.3, generator=generator)
    optimizer.state[p[0]]["square"] = (1 / METRIC - 0.3).square().expand(p[0].shape).clone()
    optimizer.freeze()
    return optimizer


class HeatedMomentum(SGD):
    """torch's own SGD with momentum; fed thermal noise it is the semi-implicit SGHMC."""

    def __init__(self, p, h, T, generator):
        super().__init__(p, h, momentum=MOMENTUM)
        self.T, self.generator = T, generator

    def step(self):
        group = self.param_groups[0]
        for w in group["params"]:
            noise = torch.randn(w.shape, generator=self.generator)
            w.grad = w.grad + math.sqrt(2 * (1 - MOMENTUM) * self.T / group["lr"]) * noise
        super().step()


SCHEMES = {
    "euler": (euler, exact.euler_variance),
    "euler with random signs": (partial(euler, noise="rademacher"), exact.euler_variance),
    "leimkuhler_matthews": (partial(euler, scheme="leimkuhler_matthews"), exact.leimkuhler_matthews_variance),
    "leimkuhler_matthews with random signs": (
        partial(euler, scheme="leimkuhler_matthews", noise="rademacher"),
        exact.leimkuhler_matthews_variance,
    ),
    "underdamped": (underdamped, lambda h, k, T, C: exact.underdamped_variance(h, k, T, FRICTION, MASS, C)[0]),
    "preconditioned, frozen": (frozen, lambda h, k, T, C: exact.euler_variance(h * METRIC, k, T, C)),
    "SGD with momentum and noise": (HeatedMomentum, lambda h, k, T, C: exact.sghmc_variance(h, k, T, MOMENTUM, C)[0]),
}


@pytest.mark.parametrize("heated", [False, True], ids=["C=0", "C>0"])
@pytest.mark.parametrize("temperature", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("hk", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("name", SCHEMES)
def test_variance_is_the_exact_one(name, hk, temperature, heated):
    make, law = SCHEMES[name]
    step = hk / float(STIFFNESS.max())
    noise = torch.tensor([1.4, 0.6]) * temperature / step if heated else torch.zeros(2)
    truth = law(step, STIFFNESS, temperature, noise).numpy()
    seed = 10 * int(100 * hk) + 3 * heated
    assert (z_scores(measure(make, step, temperature, noise, seed), truth) < 4).all()


@pytest.mark.parametrize("temperature", [0.01, 30.0])
@pytest.mark.parametrize("hk", [0.1, 0.5, 1.0])
def test_underdamped_momenta_have_the_exact_variance(hk, temperature):
    step = hk / float(STIFFNESS.max())
    noise = torch.tensor([1.4, 0.6]) * temperature / step
    truth = exact.underdamped_variance(step, STIFFNESS, temperature, FRICTION, MASS, noise)[1].numpy()

    def squared_momenta(weights, optimizer):
        return optimizer.momenta(optimizer.param_groups[0], optimizer.param_groups[0]["params"])[0].square()

    momenta = measure(underdamped, step, temperature, noise, observe=squared_momenta)
    assert (z_scores(momenta, truth) < 4).all()


@pytest.mark.parametrize("temperature", [0.01, 30.0])
@pytest.mark.parametrize("hk", [0.5, 1.0])
def test_mala_is_exact_at_any_step(hk, temperature):
    step, well, generator = hk / float(STIFFNESS.max()), Harmonic(STIFFNESS), stream(5)
    weights = well.sample(temperature, CHAINS, stream(6)).requires_grad_()
    optimizer = MALA([weights], step, temperature, generator=generator)
    total = torch.zeros(CHAINS, 2)
    steps = int(40 + 16 / (step * 0.7))
    for _ in range(steps):
        optimizer.step(closure_of(well, weights))
        total += weights.detach().square()
    per_chain = total.double() / steps
    measured = per_chain.mean(0).numpy(), per_chain.std(0).numpy() / math.sqrt(CHAINS)
    assert (z_scores(measured, temperature / STIFFNESS.numpy()) < 4).all()


def closure_of(well, weights):
    def closure():
        weights.grad = well.gradient(weights.detach())
        return well.energy(weights.detach())

    return closure


# The same check on the known wrong variants: every one of them must fail it.


class NoFactorTwo(Langevin):
    def noise(self, group, like):
        return [xi / math.sqrt(2) for xi in super().noise(group, like)]


class TemperatureForItsRoot(Langevin):
    def noise(self, group, like):
        return [xi * math.sqrt(group["temperature"]) for xi in super().noise(group, like)]


class ForgetfulLeimkuhlerMatthews(Langevin):
    """Draws both normals afresh, so that the noise of neighbouring steps is not shared."""

    def _last_noise(self, group, weights):
        return [xi.clone() for xi in self.noise(group, weights)]


class FrictionFromTheOldState(Optimizer):
    """Explicit Euler for weights and momenta: both move with the old state, as some libraries have it."""

    def __init__(self, p, h, T, generator):
        super().__init__(p, dict(h=h, T=T))
        self.generator = generator

    @torch.no_grad()
    def step(self):
        h, T = self.defaults["h"], self.defaults["T"]
        for w in self.param_groups[0]["params"]:
            v = self.state[w].setdefault("v", torch.zeros_like(w))
            noise = torch.randn(w.shape, generator=self.generator)
            old = v.clone()
            v.add_(-(1 - MOMENTUM) * old - h * w.grad + math.sqrt(2 * (1 - MOMENTUM) * h * T) * noise)
            w.add_(old)


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        (NoFactorTwo, exact.euler_variance),
        (TemperatureForItsRoot, exact.euler_variance),
        (partial(Langevin, scheme="euler"), exact.leimkuhler_matthews_variance),
        (partial(ForgetfulLeimkuhlerMatthews, scheme="leimkuhler_matthews"), exact.leimkuhler_matthews_variance),
    ],
)
def test_control_wrong_overdamped_noise_fails(wrong, law):
    def make(p, h, T, generator):
        return wrong(p, h, T, generator=generator)

    step, temperature = 0.1 / 2.3, 30.0
    truth = law(step, STIFFNESS, temperature, torch.zeros(2)).numpy()
    assert z_scores(measure(make, step, temperature, 0.0, patience=3.0), truth).max() > 4


def test_control_explicit_momentum_fails():
    step = 0.1 / 2.3
    truth = exact.sghmc_variance(step, STIFFNESS, 30.0, MOMENTUM)[0].numpy()
    assert z_scores(measure(FrictionFromTheOldState, step, 30.0, 0.0), truth).max() > 4


def test_momenta_start_in_equilibrium_and_unit_variance_does_not():
    """One step from exp(-E/T) leaves <p^2> = mT; momenta of variance 1 (a published defect) are far from it."""
    temperature, step = 30.0, 0.1 / 2.3
    well = Harmonic(STIFFNESS)

    def mean_square(variance):
        start = well.sample(temperature, 40_000, stream(1)).requires_grad_()
        optimizer = underdamped([start], step, temperature, stream(2))
        if variance is not None:
            momentum = math.sqrt(variance) * torch.randn(start.shape, generator=stream(3))
            optimizer.state[start]["momentum"] = momentum
        start.grad = well.gradient(start.detach())
        optimizer.step()
        p2 = optimizer.state[start]["momentum"].square()
        return p2.mean(0).numpy(), p2.std(0).numpy() / 200

    truth = MASS * temperature * np.ones(2)
    assert (z_scores(mean_square(None), truth) < 4).all()
    assert (z_scores(mean_square(1.0), truth) > 4).all()


def test_autocorrelation_of_euler_is_one_minus_hk():
    well, step, temperature = Harmonic(STIFFNESS), 0.5 / 2.3, 3.0
    start = well.sample(temperature, 1, stream(1)).new_zeros(20_000, 2)
    last = {}

    def gradient(states):
        last["x"] = states.clone()
        return well.gradient(states)

    def products(weights, optimizer):
        return torch.stack([weights * last["x"], last["x"].square()], dim=2)  # (chain, dimension, 2)

    averages = time_average(
        lambda p: Langevin(p, step, temperature, generator=stream(2)), start, gradient, products, 40, 40
    ).double()
    ratio = averages[..., 0].mean(0) / averages[..., 1].mean(0)
    rho = exact.euler_autocorrelation(step, STIFFNESS)
    error = (averages[..., 0] - rho * averages[..., 1]).std(0) / math.sqrt(20_000) / averages[..., 1].mean(0)
    assert ((ratio - rho).abs() / error < 4).all()
    assert float(error.max()) < 0.002
