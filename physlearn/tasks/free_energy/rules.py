"""What the keys of task=free_energy may hold."""

from physlearn.ranges import POSITIVE, integer, number

RULES = {
    "task.hidden": integer(1, example="10"),
    "task.variance": POSITIVE,
    "task.temperature": POSITIVE,
    "task.start_temperature": number("a temperature > 0 or null", "0.6", lambda v: v > 0, (None,)),
    "task.start_examples": integer(1, (None,), example="100"),
    "task.pace": number("a number h lambda: 0 < h lambda < 1", "0.05", lambda v: 0 < v < 1),
    "task.steps": integer(1, example="40"),
    "task.networks": integer(100, example="1000"),
    "task.nodes": integer(1, example="4"),
    "task.equilibration": integer(1, example="20"),
}
