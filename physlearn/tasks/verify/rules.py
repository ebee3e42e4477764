"""What the keys of task=verify may hold."""

from physlearn.ranges import Rule

RULES = {
    "task.rooms": Rule(
        lambda v: v is None or (isinstance(v, list) and bool(v) and all(isinstance(room, str) for room in v)),
        "null or a list of physics rooms",
        "[dynamics]",
    )
}
