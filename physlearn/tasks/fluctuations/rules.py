"""What the keys of task=fluctuations may hold."""

from physlearn.ranges import POSITIVE, Rule, integer, is_number

RULES = {
    "task.paces": Rule(
        lambda v: isinstance(v, list) and bool(v) and all(is_number(pace) and 0 < pace < 2 for pace in v),
        "a list of numbers h kappa: 0 < h kappa < 2, beyond which Euler's steps diverge",
        "[0.1,0.5,1.5]",
    ),
    "task.temperature": POSITIVE,
    "task.trajectories": integer(100, example="50000"),
}
