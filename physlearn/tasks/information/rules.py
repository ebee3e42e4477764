"""What the keys of task=information may hold."""

from physlearn.ranges import POSITIVE, Rule, integer, is_whole

RULES = {
    "task.features": integer(1, example="20"),
    "task.steps": Rule(
        lambda v: isinstance(v, list) and bool(v) and all(is_whole(k) and k >= 1 for k in v),
        "a list of whole numbers >= 1",
        "[10,100,1000]",
    ),
    "task.lr": POSITIVE,
    "task.temperature": POSITIVE,
    "task.spread": POSITIVE,
    "task.target_noise": POSITIVE,
    "task.readout_noise": POSITIVE,
    "task.weight_decay": POSITIVE,
    "task.queries": integer(1, example="5"),
}
