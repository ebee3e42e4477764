"""What the keys that every run has may hold: those of conf/config.yaml, and the targets that a config may name."""

from physlearn.lab.build import is_allowed, where_allowed
from physlearn.ranges import Rule, choice, integer, is_whole, number

KEY_RULES: dict[str, Rule] = {
    "seed": integer(0),
    "device": choice("auto", "cpu", "cuda"),
    "precision": choice("float32", "float64"),
    "threads": number(
        "a whole number from 1 to 1024, or 'auto'", "1", lambda v: is_whole(v) and 1 <= v <= 1024, ("auto",)
    ),
    "*._target_": Rule(lambda v: is_allowed(str(v)), where_allowed(), "physlearn.dynamics.Langevin"),
}
