"""What a run of task=train is about to sample, known before its first step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch.optim import Optimizer

from physlearn.dynamics.thermal import ThermalOptimizer
from physlearn.instruments.stationarity import BURN_IN, settled_step, why_not_sampling
from physlearn.lab.progress import counted
from physlearn.priors import Prior, layer_of
from physlearn.schedules import Schedule


@dataclass(frozen=True)
class Plan:
    """The order of things in a run.

    Args:
        steps: of the run.
        first: steps before samples are taken.
        settled: name of a schedule -> the step from which it stays constant.
        temperature: T while samples are taken, nats per example; 0 for an optimizer without one.
        examples: N.
        decay: layer -> the lambda of its weights.
        prior: what they follow from; None: a number that was typed.
        relaxation: relaxation time of weights not constrained by the data, in steps; None: not known.
        reasons: what keeps the run from sampling exp(-E/T); empty: it samples.
        thermal: the optimizer has a temperature.
        drawn: the initial weights are samples of the prior.
    """

    steps: int
    first: int
    settled: dict[str, int]
    temperature: float
    examples: int
    decay: dict[str, float]
    prior: Prior | None
    relaxation: float | None
    reasons: list[str]
    thermal: bool
    drawn: bool

    @property
    def samples(self) -> bool:
        """The run can sample exp(-E/T): it has T > 0 and nothing stands against it."""
        return self.thermal and self.temperature > 0 and not self.reasons


def make_plan(
    schedules: dict[str, Schedule],
    steps: int,
    first: int,
    optimizer: Optimizer,
    decay: dict[str, float],
    prior: Prior | None,
    examples: int,
    draw: bool | str,
    normalised: Sequence[str] = (),
) -> Plan:
    """The plan of a run of so many steps, of which the samples begin after `first`; `decay` by parameter.

    `draw`: whether the initial weights are samples of the prior; ``auto``: where the burn-in is too short for weights
    that start elsewhere. `normalised`: the layers that normalise over the minibatch.
    """
    settled = settled_step(schedules, steps)
    thermal = isinstance(optimizer, ThermalOptimizer)
    relaxation = relaxation_steps(optimizer, decay, schedules["step"](steps - 1, steps))
    drawn = first < BURN_IN * (relaxation or 0.0) < math.inf if draw == "auto" else bool(draw)
    by_layer = {layer_of(name): value for name, value in decay.items()}
    T = schedules["temperature"](steps - 1, steps) if thermal else 0.0
    reasons = why_not_sampling(settled, first, steps, relaxation, drawn) if thermal else []
    if normalised and thermal:
        layers = counted(len(normalised), "layer")
        reasons.append(f"{layers} with batch normalisation ({', '.join(normalised[:3])}): E depends on the minibatch")
    return Plan(steps, first, settled, T, examples, by_layer, prior, relaxation, reasons, thermal, drawn)


def relaxation_steps(optimizer: Optimizer, decay: dict[str, float], factor: float = 1.0) -> float | None:
    """Relaxation time in steps of the slowest weights not constrained by the data; None: not known.

    `factor` is what multiplies the step while samples are taken.
    """
    if not isinstance(optimizer, ThermalOptimizer):
        return None
    group = optimizer.param_groups[0]
    return optimizer.relaxation(group | {"lr": group["lr"] * factor}, min(decay.values()))
