"""What the keys of the groups protocol and wrapper may hold."""

from physlearn.ranges import Rule, choice, integer, numbers

KEY_RULES: dict[str, Rule] = {
    "protocol.stiffness": numbers("two numbers > 0", "[1.0,3.0]", lambda v: v > 0, length=2),
    "protocol.centre": numbers("two numbers", "[0.0,1.5]", lambda v: True, length=2),
    "protocol.steps": integer(1, example="20"),
    "wrapper.noise": choice("gaussian", "box_muller"),
    "protocol.switch": integer(1, (None,), example="20"),
}
