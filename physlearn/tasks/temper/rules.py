"""What the keys of task=temper may hold."""

from physlearn.ranges import integer

RULES = {"task.sweeps": integer(8, example="4000"), "task.burn_in": integer(0, example="500")}
