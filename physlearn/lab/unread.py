"""A key that somebody typed and that nothing will read is refused: the run would not be the one that was meant.

What is swept over several values is left alone, and in a sweep a key is read where any of its jobs reads it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from physlearn.lab.check import leaves, nearest, rule_for, show
from physlearn.lab.errors import UserError
from physlearn.lab.folders import files_of
from physlearn.lab.meanings import NOT_READ, chosen_files, meanings, not_read_with
from physlearn.ranges import Rule

Job = tuple[Mapping[str, Any], Mapping[str, str], Mapping[str, Rule]]  # config, its choices, its rules


def refuse_unread(typed: Sequence[str], jobs: Sequence[Job]) -> None:
    """Raises UserError for the first typed key that no job reads.

    Args:
        typed: dotted keys, or nodes that hold keys, that were typed with one value.
        jobs: what is to be run.
    """
    for word in typed:
        for key in dict.fromkeys(key for config, _, _ in jobs for key in within(word, config)):
            reasons = [why_unread(key, *job) for job in jobs]
            if all(reasons):
                value = dict(leaves(jobs[0][0])).get(key)
                raise UserError(f"{key}={show(value)} is not allowed: {reasons[0]}")


def within(word: str, config: Mapping[str, Any]) -> list[str]:
    """The keys of a config that a typed word sets: itself, or those below it."""
    return [key for key, _ in leaves(config) if key == word or key.startswith(f"{word}.")]


def why_unread(
    key: str, config: Mapping[str, Any], choices: Mapping[str, str], rules: Mapping[str, Rule]
) -> str | None:
    """Why nothing reads a key, and what to type; None where it is read."""
    group, _, name = key.partition(".")
    files = chosen_files(choices)
    if key.endswith("_target_") or (group in choices and group not in files):  # an option from elsewhere
        return None
    known = {own: meaning for part, path in files.items() for own, meaning in meanings(path, part).items()}
    known |= meanings(files[group], group) if group in files else {}  # its own file's word counts
    chosen = f"{group}={choices.get(group)}"
    if key not in known:
        there = [own.partition(".")[2] for own in known if own.startswith(f"{group}.")]
        return f"{chosen} has no key {name}{nearest(name, there)} It has {', '.join(there)}"
    if known[key].startswith(NOT_READ):
        why = known[key].removeprefix(NOT_READ).lstrip(": ")
        rest = others(group, lambda path: reads(path, group, key))
        return f"{chosen} does not read it ({why}). Type e.g. {rest}"
    for part, path in files.items():
        if group in (dropped := not_read_with(path)):
            rest = others(part, lambda path: group not in not_read_with(path))
            return f"{part}={choices[part]} does not read it ({dropped[group]}). Type e.g. {rest}"
    values, rule = dict(leaves(config)), rule_for(key, rules)
    for other, needed in rule.conditions if rule else ():
        if other in values and values[other] not in needed:
            wanted = " or ".join(f"{other}={show(value)}" for value in needed)
            return f"{key} is not read by {other}={show(values[other])}. Type e.g. {wanted}"
    return None


def reads(path: Path, group: str, key: str) -> bool:
    """Whether an option has a key and reads it."""
    return not meanings(path, group).get(key, NOT_READ).startswith(NOT_READ)


def others(group: str, fits: Any) -> str:
    """The options of a group that would do, as words to type."""
    fitting = [name for name, path in files_of(group) if fits(path)]
    return f"{group}={fitting[0]} (or {', '.join(fitting[1:])})" if fitting[1:] else f"{group}={''.join(fitting)}"
