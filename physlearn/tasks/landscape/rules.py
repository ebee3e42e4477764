"""What the keys of task=landscape may hold."""

from physlearn.ranges import Rule, integer

RULES = {
    "from": Rule(
        lambda v: isinstance(v, str) and v not in ("", "???"),
        "the folder of a run of task=train",
        "outputs/train/<run>",
    ),
    "task.examples": integer(1, example="2000"),
    "task.points": integer(3, example="21"),
    "task.eigenvalues": integer(1, example="10"),
    "task.samples": integer(1, example="5"),
}
