"""What the keys of the groups hopfield and measurement may hold."""

from collections.abc import Callable
from typing import Any

from physlearn.hopfield.choices import CORRUPTIONS, DILUTIONS, DYNAMICS, FUNCTIONS, LEARNING_RULES
from physlearn.ranges import FRACTION, NON_NEGATIVE, POSITIVE, Rule, boolean, choice, integer, is_number, number


def filled(allowed: str, example: str, holds: Callable[[Any], bool]) -> Rule:
    """A list, not empty, each entry of which holds a condition."""
    return Rule(lambda v: isinstance(v, list) and bool(v) and all(map(holds, v)), allowed, example)


def pair(first: Callable[[Any], bool], second: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, list) and len(v) == 2 and first(v[0]) and second(v[1])


def is_rising(values: list[Any]) -> bool:
    return values == sorted(set(values))


SIZE = integer(2, example="1000")

KEY_RULES: dict[str, Rule] = {
    "hopfield.rule": choice(*LEARNING_RULES),
    "hopfield.function": choice(*FUNCTIONS),
    "hopfield.power": integer(2, example="3").only_if("hopfield.function", "polynomial", "rectified"),
    "hopfield.beta": number("a number > 0, or 'auto' for 40 / neurons", "0.05", POSITIVE.holds, ("auto",)),
    "hopfield.dynamics": choice(*DYNAMICS),
    "hopfield.corruption": choice(*CORRUPTIONS),
    "hopfield.amount": number(
        "a number >= 0 (a fraction at most 1 unless it is noise), or 'auto'", "0.2", NON_NEGATIVE.holds, ("auto",)
    ),
    "hopfield.clamp": boolean(("auto",)),
    "measurement.neurons": Rule(
        lambda v: SIZE.holds(v) or (isinstance(v, list) and bool(v) and all(map(SIZE.holds, v))),
        "a whole number of neurons >= 2, or where sizes are compared a list of them",
        "[500,1000]",
    ),
    "measurement.loads": filled("a list of loads > 0, patterns per neuron", "[0.1,0.12]", POSITIVE.holds),
    "measurement.temperatures": Rule(
        lambda v: isinstance(v, list) and len(v) > 1 and all(map(NON_NEGATIVE.holds, v)) and is_rising(v),
        "a rising list of at least two temperatures >= 0",
        "[0,0.5,1]",
    ),
    "measurement.points": filled(
        "a list of points [load > 0, temperature >= 0]", "[[0.05,0.5]]", pair(POSITIVE.holds, NON_NEGATIVE.holds)
    ),
    "measurement.ways": filled(
        f"a list of pairs [{' or '.join(DILUTIONS)}, fraction of couplings kept in (0, 1]]",
        "[[magnitude,0.5]]",
        pair(lambda by: by in DILUTIONS, FRACTION.holds),
    ),
    "measurement.window": filled(
        "a list of numbers > 0, in units of the theory's capacity", "[0.9,1,1.1]", POSITIVE.holds
    ),
    "measurement.flipped": filled("a list of fractions from 0 to 1", "[0,0.1]", lambda v: is_number(v) and 0 <= v <= 1),
    "measurement.samples": integer(2, example="8"),
    "measurement.recalls": integer(1, example="100"),
    "measurement.burn_in": integer(0, example="80"),
    "measurement.sweeps": integer(1, example="40"),
}
