"""What the keys of task=latency may hold."""

from physlearn.ranges import Rule, integer, numbers

RULES = {
    "from": Rule(
        lambda v: isinstance(v, str) and v not in ("", "???"), "the folder of a prune run", "outputs/prune/<run>"
    ),
    "task.batches": numbers("a list of whole numbers >= 1", "[1,64]", lambda v: isinstance(v, int) and v >= 1),
    "task.repeats": integer(2, example="31"),
}
