"""What the keys of task=truncate may hold."""

from physlearn.ranges import Rule, boolean, is_number, number, several


def is_error(value: object) -> bool:
    return is_number(value) and 0 <= value < 1


RULES = {
    "from": Rule(
        lambda v: isinstance(v, str) and v not in ("", "???"),
        "the folder of a run of task=train",
        "outputs/train/<run>",
    ),
    "task.error": number("a number: 0 <= error < 1", "0.1", is_error),
    "task.errors": several("a list of numbers: 0 <= error < 1", "[0.01,0.1]", is_error),
    "task.test": boolean(),
}
