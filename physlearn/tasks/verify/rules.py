"""What the keys of task=verify may hold."""

from physlearn.ranges import Rule

RULES = {
    "task.packages": Rule(
        lambda v: v is None or (isinstance(v, list) and bool(v) and all(isinstance(name, str) for name in v)),
        "null or a list of packages",
        "[dynamics]",
    )
}
