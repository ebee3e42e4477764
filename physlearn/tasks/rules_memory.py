"""What the keys of task=memory may hold."""

from collections.abc import Callable
from typing import Any

from physlearn.lab.check import Rule, integer, is_number
from physlearn.tasks.rules import FRACTION


def several(allowed: str, example: str, holds: Callable[[Any], bool]) -> Rule:
    """A list, not empty, each entry of which holds a condition."""
    return Rule(lambda v: isinstance(v, list) and bool(v) and all(map(holds, v)), allowed, example)


def pair(first: Callable[[Any], bool], second: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, list) and len(v) == 2 and first(v[0]) and second(v[1])


def positive(v: Any) -> bool:
    return is_number(v) and v > 0


def heat(v: Any) -> bool:
    return is_number(v) and v >= 0


SIZE = integer(2, example="1000")

RULES = {
    "measurement.neurons": Rule(
        lambda v: SIZE.holds(v) or (isinstance(v, list) and bool(v) and all(map(SIZE.holds, v))),
        "a whole number of neurons >= 2, or where sizes are compared a list of them",
        "[500,1000]",
    ),
    "measurement.loads": several("a list of loads > 0, patterns a neuron", "[0.1,0.12]", positive),
    "measurement.temperatures": Rule(
        lambda v: isinstance(v, list) and len(v) > 1 and all(map(heat, v)) and v == sorted(set(v)),
        "a rising list of at least two temperatures >= 0",
        "[0,0.5,1]",
    ),
    "measurement.points": several(
        "a list of points [load > 0, temperature >= 0]", "[[0.05,0.5]]", pair(positive, heat)
    ),
    "measurement.ways": several(
        "a list of pairs [magnitude or random, fraction of couplings left in (0, 1]]",
        "[[magnitude,0.5]]",
        pair(lambda by: by in ("magnitude", "random"), FRACTION.holds),
    ),
    "measurement.window": several("a list of numbers > 0, in units of the theory's capacity", "[0.9,1,1.1]", positive),
    "measurement.flipped": several(
        "a list of fractions from 0 to 1", "[0,0.1]", lambda v: is_number(v) and 0 <= v <= 1
    ),
    "measurement.samples": integer(2, example="8"),
    "measurement.recalls": integer(1, example="100"),
    "measurement.burn_in": integer(0, example="80"),
    "measurement.sweeps": integer(1, example="40"),
}
