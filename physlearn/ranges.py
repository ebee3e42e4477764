"""What a key may hold, as an object: a test, the same in words, a value to type. The lowest module: it imports nothing.

Every package with a config group says the ranges of that group's keys in its `key_rules.py`, made of what is here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What a config key may hold.

    Args:
        holds: value -> whether it is allowed.
        allowed: the same in words, after "it must be".
        example: a value to type.
        conditions: (other key, its values): the key is read only where each of these keys that is there has one of
            its values.
    """

    holds: Callable[[Any], bool]
    allowed: str
    example: str
    conditions: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def only_if(self, key: str, *values: Any) -> "Rule":
        """The same range, for a key that is read only where another one has one of these values."""
        return replace(self, conditions=(*self.conditions, (key, values)))


def is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number(allowed: str, example: str, holds: Callable[[float], bool], words: tuple[str | None, ...] = ()) -> Rule:
    """A finite number that holds a condition, or one of `words`."""
    return Rule(
        lambda v: v in words if v is None or isinstance(v, str) else is_number(v) and holds(v), allowed, example
    )


def integer(least: int, words: tuple[str | None, ...] = (), example: str | None = None) -> Rule:
    """A whole number of at least `least`, or one of `words`."""
    allowed = " or ".join([f"a whole number >= {least}", *(f"'{w}'" if w else "null" for w in words)])
    return number(allowed, example or str(max(least, 1)), lambda v: is_whole(v) and v >= least, words)


def choice(*options: str) -> Rule:
    return Rule(lambda v: v in options, "one of " + ", ".join(options), options[0])


def text(example: str) -> Rule:
    return Rule(lambda v: v is None or isinstance(v, str), "a text or null", example)


def boolean(words: tuple[str | None, ...] = ()) -> Rule:
    """True or false, or one of `words`."""
    allowed = ["true", "false", *(f"'{w}'" if w else "null" for w in words)]
    listed = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
    return Rule(lambda v: isinstance(v, bool) or ((v is None or isinstance(v, str)) and v in words), listed, "true")


def several(allowed: str, example: str, holds: Callable[[Any], bool], length: int | None = None) -> Rule:
    """A list each entry of which holds a condition; of any length, or of one."""
    return Rule(
        lambda v: isinstance(v, list) and length in (None, len(v)) and all(map(holds, v)),
        allowed,
        example,
    )


def numbers(allowed: str, example: str, holds: Callable[[float], bool], length: int | None = None) -> Rule:
    """A list of numbers, each of which holds a condition; of any length, or of one."""
    return several(allowed, example, lambda v: is_number(v) and holds(v), length)


POSITIVE = number("a number > 0", "0.1", lambda v: v > 0)
NON_NEGATIVE = number("a number >= 0", "1e-4", lambda v: v >= 0)
FRACTION = number("a fraction: 0 < fraction <= 1", "0.5", lambda v: 0 < v <= 1)
