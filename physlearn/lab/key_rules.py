"""What the keys that every run has may hold: those of conf/config.yaml, and the targets that a config may name."""

import re

from physlearn.lab.build import is_allowed, where_allowed
from physlearn.lab.folders import config_folder
from physlearn.ranges import Rule, choice, integer, is_whole, number

TARGET = re.compile(r"^\s*_target_: *(\S+)", re.MULTILINE)


def targets() -> dict[str, str]:
    """Config group -> a target that one of its options has, to show where another is refused."""
    found: dict[str, str] = {}
    for path in sorted(config_folder().glob("*/*.yaml")):
        if match := TARGET.search(path.read_text()):
            found.setdefault(path.parent.name, match[1])
    return found


def target(example: str) -> Rule:
    return Rule(lambda v: is_allowed(str(v)), where_allowed(), example)


KEY_RULES: dict[str, Rule] = {
    "seed": integer(0),
    "device": choice("auto", "cpu", "cuda"),
    "precision": choice("float32", "float64"),
    "threads": number(
        "a whole number from 1 to 1024, or 'auto'", "1", lambda v: is_whole(v) and 1 <= v <= 1024, ("auto",)
    ),
    **{f"{group}._target_": target(example) for group, example in targets().items()},
    "*._target_": target("physlearn.dynamics.Langevin"),
}
