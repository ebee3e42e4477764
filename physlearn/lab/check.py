"""Values are checked before a run exists: every key against its rule, with one line for the first that fails."""

import difflib
import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from physlearn.lab.errors import UserError
from physlearn.ranges import Rule

MISSING = "???"  # a key without a default


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
        if value == MISSING and not rule.holds(value):
            raise UserError(f"{key} is missing: it must be {rule.allowed}. Type e.g. {key}={rule.example}")
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
