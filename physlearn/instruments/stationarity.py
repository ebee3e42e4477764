"""Whether a run can sample exp(-E/T) at all: what must stand still, and for how long, said before it starts."""

import math
from collections.abc import Mapping

from physlearn.schedules import Schedule

BURN_IN = 3  # relaxation times at constant T, p and h before the first sample: e^-6 of an excess variance is left
LENGTH = 5  # relaxation times over which samples are taken


def settled_step(schedules: Mapping[str, Schedule], steps: int) -> dict[str, int]:
    """Of each schedule the first step from which its value stays what it is at the end: name -> step."""
    return {name: _settled(value, steps) for name, value in schedules.items()}


def _settled(schedule: Schedule, steps: int) -> int:
    last = schedule(steps - 1, steps)
    for step in range(steps - 1, 0, -1):
        if schedule(step - 1, steps) != last:
            return step
    return 0


def why_not_sampling(settled: Mapping[str, int], first: int, steps: int, relaxation: float | None) -> list[str]:
    """What keeps a run from sampling exp(-E/T) at a constant T, in sentences; empty where nothing does.

    Args:
        settled: name of a schedule -> the step from which it is constant.
        first: steps before samples are taken.
        steps: of the run.
        relaxation: steps in which weights that the data do not constrain forget their start; None: not known.
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
    calm = max(settled.values(), default=0)
    slow = f"weights not constrained by the data relax in {relaxation:,.0f} steps"
    if first - calm < BURN_IN * relaxation:
        reasons.append(
            f"{slow}, and of the burn-in only {first - calm:,} steps are at constant temperature, dropout and step "
            f"({BURN_IN} relaxation times are needed)"
        )
    if steps - first < LENGTH * relaxation:
        reasons.append(f"{slow}, and samples are taken over {steps - first:,} ({LENGTH} relaxation times are needed)")
    return reasons
