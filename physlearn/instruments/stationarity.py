"""Whether a run can sample exp(-E/T) at all: what must stand still, and for how long, said before it starts."""

import math
from collections.abc import Mapping

from physlearn.schedules import Schedule

BURN_IN = 3.0  # relaxation times at constant T, p and h before the first sample: e^-6 of an excess variance is left
FROM_PRIOR = 0.5  # the same for weights that begin as samples of the prior: unconstrained ones are in equilibrium
LENGTH = 2.0  # relaxation times over which samples are taken


def settled_step(schedules: Mapping[str, Schedule], steps: int) -> dict[str, int]:
    """Of each schedule the first step from which its value stays what it is at the end: name -> step."""
    return {name: _settled(value, steps) for name, value in schedules.items()}


def _settled(schedule: Schedule, steps: int) -> int:
    last = schedule(steps - 1, steps)
    for step in range(steps - 1, 0, -1):
        if schedule(step - 1, steps) != last:
            return step
    return 0


def why_not_sampling(
    settled: Mapping[str, int], first: int, steps: int, relaxation: float | None, drawn: bool = False
) -> list[str]:
    """What keeps a run from sampling exp(-E/T) at a constant T, in sentences; empty where nothing does.

    Args:
        settled: name of a schedule -> the step from which it is constant.
        first: steps before samples are taken.
        steps: of the run.
        relaxation: relaxation time of weights not constrained by the data, in steps; None: not known.
        drawn: the initial weights were samples of the prior.
    """
    reasons = [
        f"the {name} still changes until step {step:,}, after sampling would begin (step {first:,})"
        for name, step in settled.items()
        if step > first
    ]
    if reasons or relaxation is None:
        return reasons
    if relaxation == math.inf:
        return ["without a prior (weight_decay = 0) exp(-E/T) cannot be normalised"]
    calm, needed = max(settled.values(), default=0), FROM_PRIOR if drawn else BURN_IN
    slow = f"weights not constrained by the data relax in {relaxation:,.0f} steps"
    if first - calm < needed * relaxation:
        reasons.append(
            f"{slow}, and of the burn-in only {first - calm:,} steps are at constant temperature, dropout and step "
            f"({needed:g} relaxation times are needed)"
        )
    if steps - first < LENGTH * relaxation:
        reasons.append(f"{slow}, and samples are taken over {steps - first:,} ({LENGTH:g} relaxation times are needed)")
    return reasons
