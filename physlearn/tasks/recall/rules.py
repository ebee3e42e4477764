"""What the keys of task=recall may hold."""

from physlearn.ranges import integer

RULES = {"task.patterns": integer(1, example="10"), "task.sweeps": integer(1, example="10")}
