"""What the keys of task=density may hold."""

from physlearn.orbitals.choices import COORDINATES
from physlearn.ranges import Rule, choice, integer, is_whole


def _triples(value: object) -> bool:
    rows = value if isinstance(value, list) and value else [None]
    return value is None or all(isinstance(row, list) and len(row) == 3 and all(map(is_whole, row)) for row in rows)


RULES = {
    "task.orbitals": Rule(_triples, "null or a list of quantum numbers [n,l,m]", "[[1,0,0],[2,1,0]]"),
    "task.burn_in": integer(0, example="100"),
    "task.sweeps": integer(2, example="400"),
    "task.coordinates": choice(*COORDINATES),
    "task.held_out": integer(100, example="50000"),
}
