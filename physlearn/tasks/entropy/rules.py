"""What the keys of task=entropy may hold."""

from physlearn.codecs.key_rules import SUBSAMPLING
from physlearn.ranges import Rule, integer, is_whole, several

RULES = {
    "task.qualities": several(
        "a list of whole numbers from 1 to 100", "[5,20,75]", lambda v: is_whole(v) and 1 <= v <= 100
    ),
    "task.subsampling": SUBSAMPLING,
    "task.images": Rule(lambda v: v is None or integer(2).holds(v), "a whole number >= 2, or null for all", "1000"),
}
