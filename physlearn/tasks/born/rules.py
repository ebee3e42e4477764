"""What the keys of task=born may hold."""

from physlearn.ranges import boolean, integer, number, text
from physlearn.tensor.choices import HALVES

RULES = {
    "from": text("outputs/born/<run>"),
    "task.loops": integer(1, example="20"),
    "task.images": integer(1, (None,), example="1000"),
    "task.samples": integer(1, example="10000"),
    "task.complete": number(f"one of {', '.join(HALVES)}, or null", "bottom", lambda v: False, (*HALVES, None)),
    "task.test": boolean(),
}
