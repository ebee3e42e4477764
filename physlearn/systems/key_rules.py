"""What the keys of the group system may hold."""

from physlearn.dynamics.choices import SPIN_RULES
from physlearn.ranges import (
    NON_NEGATIVE,
    POSITIVE,
    Rule,
    boolean,
    choice,
    integer,
    is_number,
    is_whole,
    number,
    numbers,
)
from physlearn.systems.choices import CIRCLES, ENERGIES, GLASSES, INPUTS, LAWS


def _points(value: object) -> bool:
    rows = value if isinstance(value, list) and value else [None]
    return all(isinstance(row, list) and row and len(row) == len(rows[0]) and all(map(is_number, row)) for row in rows)


KEY_RULES: dict[str, Rule] = {
    "system.dimension": integer(1, example="2").only_if("system.kind", "ea"),
    "system.stiffness": POSITIVE,
    "system.barrier": POSITIVE,
    "system.means": Rule(_points, "a list of points of one dimension", "[[-3,0],[3,0]]"),
    "system.widths": numbers("a list of numbers > 0", "[1,1]", lambda v: v > 0),
    "system.weights": numbers("a list of numbers > 0 that sum to one", "[0.5,0.5]", lambda v: v > 0),
    "system.size": number(
        "a whole number >= 2, on a checkerboard an even one", "16", lambda v: is_whole(v) and v >= 2
    ).only_if("system.kind", "ea"),
    "system.spins": integer(2, example="64").only_if("system.kind", "sk"),
    "system.patterns": integer(1, example="4"),
    "system.samples": integer(1, example="32"),
    "system.kind": choice(*GLASSES),
    "system.couplings": choice(*LAWS),
    "system.rule": choice(*SPIN_RULES),
    "system.load": POSITIVE,
    "system.inputs": choice(*INPUTS),
    "system.circles": choice(*CIRCLES),
    "system.ridge": POSITIVE,
    "system.noise": NON_NEGATIVE,
    "system.coupling": POSITIVE,
    "system.field": NON_NEGATIVE,
    "system.periodic": boolean(),
    "system.keep": integer(1, example="50"),
    "system.energies": choice(*ENERGIES),
    "system.n": number("a whole number from 1 to 8", "3", lambda v: is_whole(v) and 1 <= v <= 8),
    "system.l": number("a whole number from 0 to n - 1", "2", lambda v: is_whole(v) and v >= 0),
    "system.m": number("a whole number from -l to l", "0", is_whole),
}
