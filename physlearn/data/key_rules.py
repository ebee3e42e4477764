"""What the keys of the group data may hold. Upper ends, which depend on the data, are the loader's."""

from physlearn.data.choices import FORMATS, SOURCES
from physlearn.ranges import Rule, boolean, choice, integer, number, text

KEY_RULES: dict[str, Rule] = {
    "data.name": choice(*SOURCES),
    "data.root": text("../data"),
    "data.validation": integer(0, ("auto",)),
    "data.limit": integer(1, (None,), example="1000"),
    "data.path": text("measurements.csv"),
    "data.target": Rule(
        lambda v: v is None or isinstance(v, str) or (isinstance(v, list) and all(isinstance(n, str) for n in v)),
        "a column's name, a list of names, or null for the last",
        "price",
    ),
    "data.labels": boolean(),
    "data.pool": integer(1, example="2"),
    "data.format": choice(*FORMATS),
    "data.level": number("a number from 0 (largest file) to 1 (smallest)", "0.5", lambda v: 0 <= v <= 1),
    "data.size": integer(1, example="224"),
}
