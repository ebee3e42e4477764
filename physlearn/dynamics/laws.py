"""The exact laws of the equations of motion, as measured on the machine at hand: what `task=verify` reads."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from physlearn.dynamics import exact
from physlearn.dynamics.chains import noisy_gradient, time_average
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.systems.harmonic import Harmonic

STEP, STIFFNESS, TEMPERATURE, NOISE = 0.4, 1.9, 0.3, 1.1
CHAINS, BURN_IN, STEPS = 20_000, 40, 60
FRICTION, MASS, METRIC, DAMPING = 1.3, 1.7, 0.8, 0.5


def laws(device: torch.device) -> list[Law]:
    """Stationary variances, temperatures and acceptances at a large step, far from T = 1: about five seconds in all."""
    measure = partial(_mean, device)
    wells = (STEP, STIFFNESS, TEMPERATURE, NOISE)
    position, momentum = exact.underdamped_variance(STEP, STIFFNESS, TEMPERATURE, FRICTION, MASS, NOISE)
    frozen = exact.euler_variance(STEP * METRIC, STIFFNESS, TEMPERATURE, NOISE)
    leimkuhler_matthews = partial(_langevin, scheme="leimkuhler_matthews")

    def row(name: str, value: float, measurement: Callable[[], tuple[float, float]]) -> Law:
        return Law("dynamics", name, float(value), measurement)

    return [
        row("SGLD: Var x = (T + hC/2)/k / (1 - hk/2)", exact.euler_variance(*wells), partial(measure, _langevin)),
        row(
            "SGLD, random signs: the same variance",
            exact.euler_variance(*wells),
            partial(measure, partial(_langevin, noise="rademacher")),
        ),
        row(
            "Leimkuhler-Matthews: Var x = T/k, no bias",
            exact.leimkuhler_matthews_variance(STEP, STIFFNESS, TEMPERATURE),
            partial(measure, leimkuhler_matthews, noise=0.0),
        ),
        row(
            "Leimkuhler-Matthews: Var x = T/k + hC/(k(2 - hk))",
            exact.leimkuhler_matthews_variance(*wells),
            partial(measure, leimkuhler_matthews),
        ),
        row("BAOA: <x^2> = T/k + C h^2 (1+c)/(k(1-c)(4m - h^2 k))", position, partial(measure, _underdamped)),
        row(
            "BAOA: <p^2> = mT + 4C c^2 h^2 m/((1-c^2)(4m - h^2 k))",
            momentum,
            partial(measure, _underdamped, observe=_squared_momentum),
        ),
        row("pSGLD, frozen: Var x = (T + hGC/2)/k / (1 - hGk/2)", frozen, partial(measure, _preconditioned)),
        row("SGNHT: <p^2> = T under gradient noise", TEMPERATURE, partial(_nose_hoover, device)),
        row("MALA: Var x = T/k", TEMPERATURE / STIFFNESS, partial(_mala, device, of_variance=True)),
        row(
            "MALA, d = 5: acceptance 2 I_q(d/2, d/2)",
            exact.mala_acceptance(STEP, STIFFNESS, 5),
            partial(_mala, device, of_variance=False),
        ),
    ]


def _stream(device: torch.device, seed: int) -> torch.Generator:
    return torch.Generator(device).manual_seed(seed)


def _langevin(weights: list[Tensor], generator: torch.Generator, **keys: str) -> Langevin:
    return Langevin(weights, STEP, TEMPERATURE, generator=generator, **keys)


def _underdamped(weights: list[Tensor], generator: torch.Generator) -> UnderdampedLangevin:
    return UnderdampedLangevin(weights, STEP, TEMPERATURE, FRICTION, MASS, generator=generator)


def _preconditioned(weights: list[Tensor], generator: torch.Generator) -> PreconditionedLangevin:
    optimizer = PreconditionedLangevin(weights, STEP, TEMPERATURE, damping=DAMPING, generator=generator)
    optimizer.state[weights[0]]["square"] = torch.full_like(weights[0], (1 / METRIC - DAMPING) ** 2)  # G = METRIC
    optimizer.freeze()
    return optimizer


def _squared_position(weights: Tensor, optimizer: torch.optim.Optimizer) -> Tensor:
    return weights[:, 0].square()


def _squared_momentum(weights: Tensor, optimizer: UnderdampedLangevin) -> Tensor:
    group = optimizer.param_groups[0]
    return optimizer.momenta(group, group["params"])[0][:, 0].square()


def _mean(
    device: torch.device, make: Callable, noise: float = NOISE, observe: Callable = _squared_position
) -> tuple[float, float]:
    well = Harmonic(torch.tensor([STIFFNESS], device=device))
    start = well.sample(TEMPERATURE, CHAINS, _stream(device, 1))
    gradient = noisy_gradient(well, noise, _stream(device, 2))
    moving = partial(make, generator=_stream(device, 3))
    return mean_and_error(time_average(moving, start, gradient, observe, BURN_IN, STEPS).cpu())


def _nose_hoover(device: torch.device) -> tuple[float, float]:
    well, step = Harmonic(torch.full((20,), STIFFNESS, device=device)), 0.1
    noise = 3 * TEMPERATURE / step  # hC/(2T) = 1.5
    temperatures = torch.full((1000,), TEMPERATURE, device=device)

    def make(weights: list[Tensor]) -> NoseHoover:
        return NoseHoover(weights, step, temperatures, generator=_stream(device, 3))

    start = well.sample(TEMPERATURE, len(temperatures), _stream(device, 1))
    gradient = noisy_gradient(well, noise, _stream(device, 2))
    kinetic = time_average(make, start, gradient, lambda weights, optimizer: optimizer.kinetic_temperature(), 400, 800)
    return mean_and_error(kinetic.cpu())


def _mala(device: torch.device, of_variance: bool) -> tuple[float, float]:
    well = Harmonic(torch.full((5,), STIFFNESS, device=device))
    weights = well.sample(TEMPERATURE, CHAINS, _stream(device, 1)).requires_grad_()
    optimizer = MALA([weights], STEP, TEMPERATURE, generator=_stream(device, 3))

    def closure() -> Tensor:
        weights.grad = well.gradient(weights.detach())
        return well.energy(weights.detach())

    squares = torch.zeros(CHAINS, device=device)
    for _ in range(STEPS):
        optimizer.step(closure)
        squares += weights.detach().square().mean(1) / STEPS
    return mean_and_error((squares if of_variance else optimizer.acceptance()).cpu())
