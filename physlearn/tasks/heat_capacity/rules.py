"""What the keys of task=heat_capacity may hold."""

from physlearn.key_rules import temperature
from physlearn.ranges import POSITIVE, integer, is_whole, number, several

RULES = {
    "task.widths": several("a list of whole numbers >= 1", "[10,100,1000]", lambda v: is_whole(v) and v >= 1),
    "task.scale": POSITIVE,
    "task.temperature": temperature(positive=True),
    "task.share": number("a fraction: 0 < share < 1", "0.2", lambda v: 0 < v < 1),
    "task.chains": integer(4, example="8"),
    "task.kicks": integer(1, example="8"),
    "task.burn_in": integer(1, example="40"),
    "task.moves": integer(4, example="120"),
    "task.pace": number("a number h lambda: 0 < h lambda < 1", "0.02", lambda v: 0 < v < 1),
    "task.relaxation": integer(8, example="400"),
}
