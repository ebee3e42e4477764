"""Values are checked before a run exists: every key against its rule, with one line for the first that fails."""

import difflib
import fnmatch
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from physlearn.lab.errors import UserError


@dataclass(frozen=True)
class Rule:
    """What a config key may hold: a test, the same in words, and a value to type."""

    holds: Callable[[Any], bool]
    allowed: str
    example: str


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(allowed: str, example: str, holds: Callable[[float], bool], words: tuple[str | None, ...] = ()) -> Rule:
    """A finite number that holds a condition, or one of `words`."""
    return Rule(
        lambda v: v in words if v is None or isinstance(v, str) else is_number(v) and holds(v), allowed, example
    )


def integer(least: int, words: tuple[str | None, ...] = (), example: str | None = None) -> Rule:
    """A whole number of at least `least`, or one of `words`."""
    allowed = " or ".join([f"a whole number >= {least}", *(f"'{w}'" if w else "null" for w in words)])
    return number(allowed, example or str(max(least, 1)), lambda v: isinstance(v, int) and v >= least, words)


def choice(*options: str) -> Rule:
    return Rule(lambda v: v in options, "one of " + ", ".join(options), options[0])


def text(example: str) -> Rule:
    return Rule(lambda v: v is None or isinstance(v, str), "a text or null", example)


def boolean() -> Rule:
    return Rule(lambda v: isinstance(v, bool), "true or false", "true")


def numbers(allowed: str, example: str, holds: Callable[[float], bool], length: int | None = None) -> Rule:
    """A list of numbers, each of which holds a condition; of any length, or of one."""

    def fits(value: Any) -> bool:
        right = isinstance(value, list) and length in (None, len(value))
        return right and all(is_number(x) and holds(x) for x in value)

    return Rule(fits, allowed, example)


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (dotted key, value) of a nested dict; a list is a value."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def rule_for(key: str, rules: Mapping[str, Rule]) -> Rule | None:
    """The rule of a key: its own, else the first pattern that fits."""
    if key in rules:
        return rules[key]
    return next((rule for pattern, rule in rules.items() if fnmatch.fnmatchcase(key, pattern)), None)


def check(config: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Raises UserError for the first value that breaks its rule, or whose key has none: nothing would read it."""
    for key, value in leaves(config):
        rule = rule_for(key, rules)
        if rule is None:
            raise UserError(f"{key}={show(value)}: there is no key {key}{nearest(key, list(rules))} See --cfg job")
        if not rule.holds(value):
            raise UserError(
                f"{key}={show(value)} is not allowed: it must be {rule.allowed}. Type e.g. {key}={rule.example}"
            )


def show(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def nearest(name: str, known: list[str]) -> str:
    """', did you mean X?' where something is near."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else "."
