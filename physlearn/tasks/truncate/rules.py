"""What the keys of task=truncate may hold."""

from physlearn.ranges import Rule, boolean, is_number, number, several


def is_error(value: object) -> bool:
    return is_number(value) and 0 <= value < 1


def is_folder(value: object) -> bool:
    return isinstance(value, str) and value not in ("", "???")


RULES = {
    "from": Rule(
        lambda v: is_folder(v) or (isinstance(v, list) and len(v) > 0 and all(map(is_folder, v))),
        "the folder of a run of task=train, or a list of such folders, whose logits are added",
        "outputs/train/<run>",
    ),
    "task.error": number("a number: 0 <= error < 1", "0.1", is_error),
    "task.errors": several("a list of numbers: 0 <= error < 1", "[0.01,0.1]", is_error),
    "task.test": boolean(),
}
