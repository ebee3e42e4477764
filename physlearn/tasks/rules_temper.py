"""What the keys of task=temper may hold."""

from itertools import pairwise

from physlearn.lab.check import Rule, choice, integer, is_number, number, numbers
from physlearn.temperatures import is_temperature, number_of

POSITIVE = number("a number > 0", "1", lambda v: v > 0)
TEMPERATURE = Rule(
    lambda v: is_temperature(v) and number_of(v, 1) > 0,
    "a temperature > 0, 'posterior' for 1/N, or a multiple of it such as 0.1posterior",
    "0.5",
)


def _ladder(value: object) -> bool:
    if not isinstance(value, list):
        return value is None
    if len(value) < 2 or not all(is_number(t) and t > 0 for t in value):
        return False
    return all(cold < hot for cold, hot in pairwise(value))


def _points(value: object) -> bool:
    rows = value if isinstance(value, list) and value else [None]
    return all(isinstance(row, list) and row and len(row) == len(rows[0]) and all(map(is_number, row)) for row in rows)


RULES = {
    "task.sweeps": integer(8, example="4000"),
    "task.burn_in": integer(0, example="500"),
    "tempering.replicas": integer(2, example="8"),
    "tempering.ladders": integer(1),
    "tempering.minimum": TEMPERATURE,
    "tempering.maximum": TEMPERATURE,
    "tempering.ladder": choice("geometric", "linear", "adaptive", "explicit"),
    "tempering.temperatures": Rule(
        _ladder, "null or a list of at least two temperatures > 0, each above the one before", "[1,1.5,2]"
    ),
    "tempering.rounds": integer(1, example="5"),
    "tempering.swap": choice("deo", "seo", "none"),
    "tempering.every": integer(1, example="5"),
    "system.dimension": integer(1, example="2"),
    "system.stiffness": POSITIVE,
    "system.barrier": POSITIVE,
    "system.means": Rule(_points, "a list of points of one dimension", "[[-3,0],[3,0]]"),
    "system.widths": numbers("a list of numbers > 0", "[1,1]", lambda v: v > 0),
    "system.weights": numbers("a list of numbers > 0 that sum to one", "[0.5,0.5]", lambda v: v > 0),
    "system.size": number(
        "an even whole number >= 2, for a checkerboard needs it even",
        "16",
        lambda v: isinstance(v, int) and v >= 2 and v % 2 == 0,
    ),
    "system.spins": integer(2, example="64"),
    "system.patterns": integer(1, example="4"),
    "system.samples": integer(1, example="32"),
    "system.kind": choice("sk", "ea"),
    "system.couplings": choice("gaussian", "pm"),
    "system.rule": choice("heat_bath", "metropolis"),
    "system.keep": integer(1, example="50"),
    "system.energies": choice("exact", "minibatch"),
}
