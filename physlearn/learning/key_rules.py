"""What the keys of the group learning may hold."""

from typing import Any

from physlearn.learning.choices import WEIGHTS
from physlearn.ranges import POSITIVE, Rule, boolean, choice, integer, is_number, number

SIZE = integer(2, example="100")


def filled(allowed: str, example: str, holds: Any) -> Rule:
    """A list, not empty, each entry of which holds a condition."""
    return Rule(lambda v: isinstance(v, list) and bool(v) and all(map(holds, v)), allowed, example)


def resolved(value: Any) -> bool:
    return is_number(value) and (value == 0 or value >= 0.05)


def is_point(value: Any) -> bool:
    positive = (True, True, False, False)
    return (
        isinstance(value, list)
        and len(value) == 4
        and all(is_number(v) and (v > 0 if above else v >= 0) for v, above in zip(value, positive, strict=True))
    )


def are_folders(value: Any) -> bool:
    entries = value if isinstance(value, list) else [value]
    return bool(entries) and all(isinstance(entry, str) and entry not in ("", "???") for entry in entries)


TEMPERATURE = number("a temperature in units of one error: 0, or at least 0.05", "1", lambda v: v == 0 or v >= 0.05)

KEY_RULES: dict[str, Rule] = {
    "learning.weights": choice(*WEIGHTS),
    "learning.neurons": Rule(
        lambda v: SIZE.holds(v) or (isinstance(v, list) and bool(v) and all(map(SIZE.holds, v))),
        "a whole number of weights >= 2, or where sizes are compared a list of them",
        "[100,200]",
    ),
    "learning.loads": filled("a list of loads > 0, examples per weight", "[0.5,1]", POSITIVE.holds),
    "learning.scaled_loads": filled("a list of values alpha/T > 0", "[0.5,1]", POSITIVE.holds),
    "learning.temperature": TEMPERATURE,
    "learning.temperatures": filled("a list of temperatures, each 0 or at least 0.05", "[0.5,1]", resolved),
    "learning.points": filled(
        "a list of points [load > 0, ridge > 0, noise >= 0, temperature >= 0]", "[[1,0.1,0.5,0.1]]", is_point
    ),
    "learning.rates": filled("a list of numbers of sweeps >= 1", "[30,300]", integer(1).holds),
    "learning.low": POSITIVE,
    "learning.high": POSITIVE,
    "learning.step": POSITIVE,
    "learning.chains": integer(2, example="16"),
    "learning.relaxations": POSITIVE,
    "learning.exchange": boolean(),
    "learning.runs": Rule(are_folders, "a folder or a list of folders that hold runs", "outputs/sweeps/<sweep>"),
    "learning.samples": integer(2, example="20"),
    "learning.burn_in": integer(1, example="300"),
    "learning.sweeps": integer(2, example="300"),
}
