"""What the keys of task=machine_information may hold."""

from physlearn.ranges import NON_NEGATIVE, POSITIVE, Rule, integer, is_whole

RULES = {
    "task.sets": Rule(
        lambda v: (
            isinstance(v, list) and bool(v) and all(is_whole(k) and 2 <= k <= 8 for k in v) and v == sorted(set(v))
        ),
        "a rising list of whole numbers from 2 to 8",
        "[2,4,8]",
    ),
    "task.images": integer(1, example="4"),
    "task.hidden": integer(1, example="6"),
    "task.repeats": integer(1, example="8"),
    "task.updates": integer(1, example="3000"),
    "task.lr": POSITIVE,
    "task.scale": NON_NEGATIVE,
}
