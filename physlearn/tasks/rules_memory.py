"""What the keys of task=memory may hold."""

from physlearn.lab.check import Rule, integer, is_number, numbers, text
from physlearn.tasks.rules import FRACTION, NON_NEGATIVE, POSITIVE

SIZES = numbers("a list of whole numbers of neurons >= 2", "[500,1000]", lambda v: isinstance(v, int) and v >= 2)
LOADS = numbers("a list of loads > 0, patterns a neuron", "[0.1,0.12]", lambda v: v > 0)
SIZE = integer(2, example="1000")


def _pairs(first, second) -> object:
    """A test: a list of pairs whose parts hold these."""
    return lambda v: (
        isinstance(v, list)
        and bool(v)
        and all(isinstance(pair, list) and len(pair) == 2 and first(pair[0]) and second(pair[1]) for pair in v)
    )


RULES = {
    "measurement.name": text("capacity"),
    "measurement.neurons": Rule(
        lambda v: (SIZES if isinstance(v, list) else SIZE).holds(v) and v != [],
        "a whole number of neurons >= 2, or where sizes are compared a list of them",
        "[500,1000]",
    ),
    "measurement.loads": Rule(lambda v: LOADS.holds(v) and v != [], LOADS.allowed, LOADS.example),
    "measurement.loads.count": integer(2, example="20"),
    "measurement.loads.*": POSITIVE,
    "measurement.temperatures.count": integer(2, example="16"),
    "measurement.temperatures.*": NON_NEGATIVE,
    "measurement.points": Rule(
        _pairs(lambda a: is_number(a) and a > 0, lambda t: is_number(t) and t >= 0),
        "a list of points [load > 0, temperature >= 0]",
        "[[0.05,0.5]]",
    ),
    "measurement.ways": Rule(
        _pairs(lambda by: by in ("magnitude", "random"), FRACTION.holds),
        "a list of pairs [magnitude or random, fraction of couplings left in (0, 1]]",
        "[[magnitude,0.5]]",
    ),
    "measurement.window": LOADS,
    "measurement.flipped": numbers("a list of fractions from 0 to 1", "[0,0.1]", lambda v: 0 <= v <= 1),
    "measurement.samples": integer(2, example="8"),
    "measurement.recalls": integer(1, example="100"),
    "measurement.burn_in": integer(0, example="80"),
    "measurement.sweeps": integer(1, example="40"),
}
