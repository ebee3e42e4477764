"""What the keys of task=attack may hold."""

from physlearn.adversarial.choices import ATTACKS
from physlearn.ranges import Rule, choice, integer, is_whole, numbers, text

NETWORKS = ("auto", "dense", "sparse", "ensemble")

RULES = {
    "from": text("outputs/train/<run>"),
    "task.method": choice(*ATTACKS),
    "task.network": choice(*NETWORKS),
    "task.members": integer(1, (None,), example="10"),
    "task.epsilons": numbers(
        "a list of numbers from 0 to 1, of pixel levels (white is 1)", "[0.1,0.3]", lambda v: 0 <= v <= 1
    ),
    "task.distances": numbers("a list of numbers >= 0", "[1,2]", lambda v: v >= 0),
    "task.steps": integer(1, example="40"),
    "task.examples": integer(2, example="500"),
    "task.defence": Rule(
        lambda v: v in (None, "none") or (is_whole(v) and 1 <= v <= 100), "a JPEG quality from 1 to 100, or none", "20"
    ),
}
