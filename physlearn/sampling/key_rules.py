"""What the keys of the group sampling may hold."""

from collections.abc import Callable
from typing import Any

from physlearn.key_rules import temperature
from physlearn.ranges import POSITIVE, Rule, choice, integer, is_number, is_whole, number, several
from physlearn.sampling.choices import MOVING, SAMPLERS, WITH_STEP


def filled(allowed: str, example: str, holds: Callable[[Any], bool]) -> Rule:
    """A list, not empty, each entry of which holds a condition."""
    rule = several(allowed, example, holds)
    return Rule(lambda v: rule.holds(v) and len(v) > 0, allowed, example)


def is_power(value: Any) -> bool:
    return is_whole(value) and value >= 64 and value & (value - 1) == 0


KEY_RULES: dict[str, Rule] = {
    "sampling.widths": several("a list of whole numbers >= 1", "[10]", lambda v: is_whole(v) and v >= 1),
    "sampling.temperature": temperature(positive=True),
    "sampling.variance": POSITIVE,
    "sampling.variances": filled("a list of numbers > 0", "[0.05,0.5]", lambda v: is_number(v) and v > 0),
    "sampling.taus": filled("a list of temperatures N T > 0", "[0.1,1]", lambda v: is_number(v) and v > 0),
    "sampling.chains": Rule(
        lambda v: (is_whole(v) and v >= 2) or (isinstance(v, list) and bool(v) and all(map(integer(1).holds, v))),
        "a whole number of chains >= 2, or for sampling=replicas a list of them",
        "[1,4,16]",
    ),
    "sampling.kicks": integer(1, example="60"),
    "sampling.short_kicks": integer(1, example="12"),
    "sampling.burn_in": integer(1, example="50"),
    "sampling.moves": integer(4, example="300"),
    "sampling.segment": integer(1, example="10"),
    "sampling.samplers": Rule(
        lambda v: v == "all" or (isinstance(v, list) and all(name in SAMPLERS for name in v)),
        f"all, or a list of {', '.join(SAMPLERS)}",
        "[euler,baoa]",
    ),
    **{f"sampling.step_sizes.{name}": POSITIVE for name in WITH_STEP},
    "sampling.sampler": choice(*MOVING),
    "sampling.step_size": POSITIVE,
    "sampling.friction": POSITIVE,
    "sampling.rate": number("a dropout rate: 0 < p < 1", "0.1", lambda v: 0 < v < 1),
    "sampling.members": integer(1, example="10"),
    "sampling.steps": Rule(
        lambda v: (is_whole(v) and v >= 64) or (isinstance(v, list) and bool(v) and all(map(is_power, v))),
        "a whole number >= 64, or for sampling=replicas a list of powers of two >= 64",
        "20000",
    ),
    "sampling.batch_size": integer(1, example="64"),
    "sampling.keep": integer(4, example="200"),
    "sampling.repeats": integer(2, example="8"),
}
