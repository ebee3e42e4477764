"""The exact laws of the package, as `task=verify` reads them."""

import math
from collections.abc import Callable

import numpy as np
import torch

from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.streams import stream, stream_seed
from physlearn.thermodynamics import exact
from physlearn.thermodynamics.fluctuations import bar, integral_theorem
from physlearn.thermodynamics.information import gaussian_information
from physlearn.thermodynamics.traps import Driven, Trap, drive, linear_trap

STEP, TEMPERATURE, ROWS = 0.5, 0.7, 40_000
ROUNDING = 1e-12  # the error given for what is exact up to rounding


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Fluctuation theorems at h kappa = 1.5, work of a quench and of a moving trap, stored information."""
    ramp, quench = linear_trap((1, 3), (0, 1.5), 20), linear_trap((1, 3), (0, 0), 3, 1)
    moving = linear_trap((1.4, 1.4), (0, 2), 12)
    ratio = math.exp(-exact.free_energy_difference(ramp, TEMPERATURE) / TEMPERATURE)
    mean, variance = exact.work_of_moving_trap(moving, STEP, TEMPERATURE)
    stored = exact.gaussian_model(40, 0.1)

    def driven(name: str, trap: Trap, backward: bool = False) -> Driven:
        return drive(trap, STEP, TEMPERATURE, ROWS, stream(seed, f"laws: {name}", device), backward)

    def row(name: str, value: float, of: Callable[[Driven], torch.Tensor], trap: Trap) -> Law:
        return Law("thermodynamics", name, value, lambda: mean_and_error(of(driven(name, trap)).cpu()))

    def integral() -> tuple[float, float]:
        found = driven("integral", ramp)
        end_mean, end_variance = exact.law_of_end(ramp, STEP, TEMPERATURE)
        start = -found.start.square() / (2 * TEMPERATURE) - math.log(TEMPERATURE) / 2
        end = -(found.end - end_mean).square() / (2 * end_variance) - math.log(end_variance) / 2
        rng = np.random.default_rng(stream_seed(seed, "laws: bootstrap"))
        average = integral_theorem(start.cpu().numpy(), end.cpu().numpy(), found.entropy.cpu().numpy(), rng)
        return average.mean, average.error

    def difference() -> tuple[float, float]:
        ahead, back = driven("forward", ramp), driven("backward", ramp.reversed(), backward=True)
        return bar(ahead.exponent.cpu().numpy(), back.exponent.cpu().numpy())

    def first_law() -> tuple[float, float]:
        found = driven("first law", ramp)
        return float(found.defect.abs().max() / (found.work.abs() + found.heat.abs()).mean()), ROUNDING

    return [
        Law("thermodynamics", "first law, largest relative defect", 0.0, first_law),
        row("Jarzynski with shadow work, h kappa = 1.5", ratio, lambda d: (-d.exponent).exp(), ramp),
        row("the work alone, h kappa = 1.5: not Z_K/Z_0",
            exact.work_alone(ramp, STEP, TEMPERATURE), lambda d: (-d.work / TEMPERATURE).exp(), ramp),
        Law("thermodynamics", "integral theorem: <exp(-s_tot)> = 1", 1.0, integral),
        Law("thermodynamics", "BAR, h kappa = 1.5: Delta F/T = ln(3)/2", math.log(3) / 2, difference),
        row("quench: <W> = T (kappa_1/kappa_0 - 1)/2", exact.quench(1, 3, TEMPERATURE)[0], lambda d: d.work, quench),
        row("moving trap, Euler steps: <W>", mean, lambda d: d.work, moving),
        row("moving trap, Euler steps: Var W", variance, lambda d: (d.work - mean).square(), moving),
        Law("thermodynamics", "Gaussian model: M-info after 40 steps", stored["m_info"], lambda: _stored(device, seed)),
    ]  # fmt: skip


def _stored(device: torch.device, seed: int) -> tuple[float, float]:
    """I(d; theta) of the Gaussian model from samples, h = 0.1: drawn to a target of its own, each trajectory."""
    generator = stream(seed, "laws: stored", device)
    kwargs = dict(generator=generator, dtype=torch.float64, device=device)
    theta, target = torch.randn(ROWS, **kwargs), 1.5 * torch.randn(ROWS, **kwargs)
    for _ in range(40):
        theta = theta - 0.1 * 4.0 * (theta - target) + math.sqrt(0.2) * torch.randn(ROWS, **kwargs)
    return gaussian_information(target.cpu().numpy(), theta.cpu().numpy())
