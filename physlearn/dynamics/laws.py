"""The exact laws of the equations of motion, as measured on the machine at hand: what `task=verify` reads."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics import exact
from physlearn.dynamics.chains import noisy_gradient, time_average
from physlearn.dynamics.harmonic_wells import Harmonic
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.streams import stream

STEP, STIFFNESS, TEMPERATURE, NOISE = 0.4, 1.9, 0.3, 1.1
CHAINS, BURN_IN, STEPS = 20_000, 40, 60
FRICTION, MASS, METRIC, DAMPING = 1.3, 1.7, 0.8, 0.5

Stream = Callable[[str], torch.Generator]


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Stationary variances, temperatures and acceptances at a large step, far from T = 1: about ten seconds in all."""
    wells = (STEP, STIFFNESS, TEMPERATURE, NOISE)
    position, momentum = exact.underdamped_variance(STEP, STIFFNESS, TEMPERATURE, FRICTION, MASS, NOISE)
    frozen = exact.euler_variance(STEP * METRIC, STIFFNESS, TEMPERATURE, NOISE)
    random_signs = partial(_langevin, noise="rademacher")
    leimkuhler_matthews = partial(_langevin, scheme="leimkuhler_matthews")

    def row(name: str, value: float, measurement: Callable[..., tuple[float, float]], *args: Any, **keys: Any) -> Law:
        def own(part: str) -> torch.Generator:
            return stream(seed, f"laws: {name}: {part}", device)

        return Law("dynamics", name, float(value), partial(measurement, device, own, *args, **keys))

    return [
        row("SGLD: Var x = (T + hC/2)/k / (1 - hk/2)", exact.euler_variance(*wells), _mean, _langevin),
        row("SGLD, random signs: the same variance", exact.euler_variance(*wells), _mean, random_signs),
        row(
            "Leimkuhler-Matthews: Var x = T/k, no bias",
            exact.leimkuhler_matthews_variance(STEP, STIFFNESS, TEMPERATURE),
            _mean,
            leimkuhler_matthews,
            noise=0.0,
        ),
        row(
            "Leimkuhler-Matthews: Var x = T/k + hC/(k(2 - hk))",
            exact.leimkuhler_matthews_variance(*wells),
            _mean,
            leimkuhler_matthews,
        ),
        row("BAOA: <x^2> = T/k + C h^2 (1+c)/(k(1-c)(4m - h^2 k))", position, _mean, _underdamped),
        row(
            "BAOA: <p^2> = mT + 4C c^2 h^2 m/((1-c^2)(4m - h^2 k))",
            momentum,
            _mean,
            _underdamped,
            observe=_squared_momentum,
        ),
        row("pSGLD, frozen: Var x = (T + hGC/2)/k / (1 - hGk/2)", frozen, _mean, _preconditioned),
        row("SGNHT: <p^2> = T under gradient noise", TEMPERATURE, _nose_hoover),
        row("MALA: Var x = T/k", TEMPERATURE / STIFFNESS, _mala, of_variance=True),
        row(
            "MALA, d = 5: acceptance 2 I_q(d/2, d/2)",
            exact.mala_acceptance(STEP, STIFFNESS, 5),
            _mala,
            of_variance=False,
        ),
    ]


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
    device: torch.device, own: Stream, make: Callable, noise: float = NOISE, observe: Callable = _squared_position
) -> tuple[float, float]:
    well = Harmonic(torch.tensor([STIFFNESS], device=device))
    start = well.sample(TEMPERATURE, CHAINS, own("start"))
    gradient = noisy_gradient(well, noise, own("gradient"))
    moving = partial(make, generator=own("thermal"))
    return mean_and_error(time_average(moving, start, gradient, observe, BURN_IN, STEPS).cpu())


def _nose_hoover(device: torch.device, own: Stream) -> tuple[float, float]:
    """xi starts at A and rises to 2.9; it relaxes as slowly as q xi/T = 10 units of time, 100 steps."""
    well, step = Harmonic(torch.full((20,), STIFFNESS, device=device)), 0.1
    noise = 3 * TEMPERATURE / step  # hC/(2T) = 1.5
    temperatures = torch.full((1000,), TEMPERATURE, device=device)

    def make(weights: list[Tensor]) -> NoseHoover:
        return NoseHoover(weights, step, temperatures, generator=own("thermal"))

    def kinetic(weights: Tensor, optimizer: NoseHoover) -> Tensor:
        return optimizer.kinetic_temperature()

    start = well.sample(TEMPERATURE, len(temperatures), own("start"))
    gradient = noisy_gradient(well, noise, own("gradient"))
    return mean_and_error(time_average(make, start, gradient, kinetic, 3000, 800).cpu())


def _mala(device: torch.device, own: Stream, of_variance: bool) -> tuple[float, float]:
    well = Harmonic(torch.full((5,), STIFFNESS, device=device))
    weights = well.sample(TEMPERATURE, CHAINS, own("start")).requires_grad_()
    optimizer = MALA([weights], STEP, TEMPERATURE, generator=own("thermal"))

    def closure() -> Tensor:
        weights.grad = well.gradient(weights.detach())
        return well.energy(weights.detach())

    squares = torch.zeros(CHAINS, device=device)
    for _ in range(STEPS):
        optimizer.step(closure)
        squares += weights.detach().square().mean(1) / STEPS
    return mean_and_error((squares if of_variance else optimizer.acceptance()).cpu())
