"""What the keys of task=redundancy may hold."""

from physlearn.ranges import Rule, integer, is_whole, number, several, text

RULES = {
    "from": text("outputs/dense"),
    "runs": Rule(
        lambda v: (isinstance(v, str) and v != "") or (isinstance(v, list) and all(isinstance(e, str) for e in v)),
        "a folder or a list of folders that hold runs",
        "[outputs/pruned]",
    ),
    "task.epsilon": number("a number from 0 to 1, of pixel levels (white is 1)", "0.1", lambda v: 0 <= v <= 1),
    "task.steps": integer(1, example="40"),
    "task.examples": integer(2, example="500"),
    "task.qualities": several(
        "a list of JPEG qualities from 1 to 100", "[50,20]", lambda v: is_whole(v) and 1 <= v <= 100
    ),
    "task.members": several("a list of whole numbers >= 1", "[1,4]", lambda v: is_whole(v) and v >= 1),
}
