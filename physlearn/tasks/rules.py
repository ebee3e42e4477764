"""What each config key may hold. No torch here: wrong input is refused before anything heavy is loaded.

A task with keys of its own adds `RULES` in `physlearn/tasks/rules_<task>.py`.
"""

import importlib
import importlib.util
from collections.abc import Mapping

from physlearn.lab.build import ALLOWED
from physlearn.lab.check import Rule, boolean, choice, integer, number, numbers, text
from physlearn.prior_families import FAMILIES
from physlearn.temperatures import is_temperature

POSITIVE = number("a number > 0", "0.1", lambda v: v > 0)
NON_NEGATIVE = number("a number >= 0", "1e-4", lambda v: v >= 0)
TEMPERATURE = Rule(
    is_temperature,
    "a temperature: a number >= 0 (nats per example), 'posterior' for 1/N, or a multiple of it such as 0.1posterior",
    "0.1posterior",
)
RATE = number("a dropout rate: 0 <= p < 1, the probability of dropping", "0.5", lambda v: 0 <= v < 1)
FRACTION = number("a fraction: 0 < fraction <= 1", "0.5", lambda v: 0 < v <= 1)

COMMON: dict[str, Rule] = {
    "seed": integer(0),
    "device": choice("auto", "cpu", "cuda"),
    "precision": choice("float32", "float64"),
    "threads": number(
        "a whole number from 1 to 1024, or 'auto'", "1", lambda v: isinstance(v, int) and 1 <= v <= 1024, ("auto",)
    ),
    "task.name": text("train"),  # the group's own; config.compose lets no other stand
    "*._target_": Rule(
        lambda v: str(v).startswith(ALLOWED),
        "a name that starts with " + " or ".join(f"'{start}'" for start in ALLOWED),
        "physlearn.dynamics.langevin.Langevin",
    ),
    "task.epochs": integer(1, ("auto",), example="20"),
    "task.batch_size": integer(1, ("full",), example="128"),
    "task.test": boolean(),
    "task.log_every": integer(1, example="100"),
    "task.checkpoint_every": integer(1, example="1000"),
    "data.name": text("mnist"),  # the data room knows which there are
    "data.root": text("../data"),
    "data.validation": integer(0, ("auto",)),
    "data.limit": integer(1, (None,), example="1000"),
    "data.size": integer(1, example="224"),
    "model.widths": numbers("a list of whole numbers >= 1", "[300,100]", lambda v: isinstance(v, int) and v >= 1),
    "model.width": POSITIVE,
    "model.activation": choice("relu", "tanh"),
    "optimizer.lr": POSITIVE,
    "optimizer.weight_decay": number("a number >= 0, or 'auto': from the prior", "auto", lambda v: v >= 0, ("auto",)),
    "prior.variance": POSITIVE,
    "prior.scale": POSITIVE,
    "prior.family": choice(*FAMILIES),
    "prior.temperature": Rule(lambda v: v is None or is_temperature(v), f"null, or {TEMPERATURE.allowed}", "posterior"),
    "prior.draw": boolean(),
    "optimizer.momentum": number("a momentum: 0 <= mu < 1", "0.9", lambda v: 0 <= v < 1),
    "optimizer.nesterov": boolean(),
    "optimizer.fused": Rule(lambda v: v is None or isinstance(v, bool), "true, false or null", "true"),
    "optimizer.scheme": choice("euler", "leimkuhler_matthews"),
    "optimizer.noise": choice("gaussian", "rademacher"),
    "optimizer.betas": numbers("two numbers in [0, 1)", "[0.9,0.999]", lambda v: 0 <= v < 1, length=2),
    "optimizer.alpha": number("a decay rate: 0 <= alpha < 1", "0.99", lambda v: 0 <= v < 1),
    "optimizer.*": POSITIVE,  # friction, mass, thermostat: what else an equation of motion may have
    "temperature.value": TEMPERATURE,
    "temperature.start": TEMPERATURE,
    "temperature.cycles": integer(1, example="4"),
    "temperature.fraction": FRACTION,
    "temperature.values": Rule(
        lambda v: isinstance(v, list) and all(TEMPERATURE.holds(x) for x in v),
        "a list of temperatures",
        "[1e-3,posterior]",
    ),
    "temperature.boundaries": numbers("a rising list of fractions of the run", "[0.5]", lambda v: 0 < v < 1),
    "dropout.start": RATE,
    "dropout.stop": RATE,
    "dropout.fraction": FRACTION,
    "schedule.value": POSITIVE,
    "schedule.start": POSITIVE,
    "schedule.stop": NON_NEGATIVE,
    "schedule.warmup": number("a fraction of the run: 0 < warmup < 1", "0.05", lambda v: 0 < v < 1),
    "schedule.cycles": integer(1, example="4"),
    "schedule.fraction": FRACTION,
    "schedule.values": numbers("a list of numbers > 0", "[1,0.1]", lambda v: v > 0),
    "schedule.boundaries": numbers("a rising list of fractions of the run", "[0.5]", lambda v: 0 < v < 1),
    "ensemble.burn_in": number(
        "a fraction of the run (0 <= burn_in < 1) or a whole number of epochs",
        "0.5",
        lambda v: 0 <= v < 1 or (isinstance(v, int) and v >= 1),
    ),
    "ensemble.keep": integer(1, example="20"),
}


def rules(task: str) -> Mapping[str, Rule]:
    """The rules of one task: its own first, then those that all share."""
    own = f"physlearn.tasks.rules_{task}"
    if importlib.util.find_spec(own) is None:
        return COMMON
    return {**importlib.import_module(own).RULES, **COMMON, **importlib.import_module(own).RULES}
