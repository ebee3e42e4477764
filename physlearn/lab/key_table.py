"""`task=... --help`: the keys of what would be run, by group, with their defaults, what is allowed, and what they mean.

No torch: values come from composing, what is allowed from the rules, meanings from the comments in conf/.
"""

import shutil
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from physlearn.lab.check import leaves, rule_for, show
from physlearn.lab.config import choices_of, compose, is_group, own_part, parse_all
from physlearn.lab.meanings import chosen_files, first_comment, meanings
from physlearn.lab.plugin_rules import with_plugins
from physlearn.lab.run_directory import as_dict
from physlearn.ranges import Rule

COLUMNS = ("key", "default", "allowed", "meaning")
WIDEST = {"default": 18, "allowed": 36}  # characters; what is longer goes on in the next line
SCREEN = (140, 40)  # where there is no terminal
LEAST = 30  # characters for a meaning


def key_table(words: Sequence[str], rules: Callable[[str], Mapping[str, Rule]]) -> str:
    """The text of --help with these words.

    Args:
        words: typed beside --help. The options they choose are followed, and so is one value of what is swept.
        rules: task -> what its keys may hold.

    Raises:
        UserError: an unknown key, group or option.
    """
    parsed = [override for override in parse_all(words) if not override.is_sweep_override()]
    compose([override.input_line for override in parsed])  # a key that does not exist is told
    config = compose([override.input_line for override in parsed if is_group(override.key_or_group)])
    choices = choices_of(config)
    files = chosen_files(choices)
    known = {group: meanings(path, group) for group, path in files.items()}
    every = {key: meaning for group in known.values() for key, meaning in group.items()}
    whole = as_dict(own_part(config))
    its_rules = with_plugins(whole, choices, words, rules(choices["task"]))

    sections: dict[str, list[tuple[str, ...]]] = {"task": []}
    values = dict(leaves(whole))
    for key, value in values.items():
        if key.endswith("_target_") or key == "task.name":
            continue
        group = key.partition(".")[0]
        group = group if group in files else "" if key in known[""] else "task"
        meaning = known[group].get(key) or every.get(key, "")
        may_hold = allowed(rule_for(key, its_rules), values)
        sections.setdefault(group, []).append((key, show(value), may_hold, meaning))
    sections[""] = sections.pop("", [])  # last
    widths = column_widths([row for rows in sections.values() for row in rows])
    lines = [line(COLUMNS, widths)]
    for group, rows in sections.items():
        title = f"{group}={choices[group]}: {first_comment(files[group])}" if group else "every run"
        lines += ["", title, *(line(row, widths) for row in rows)]
    return "\n".join(lines)


def allowed(rule: Rule | None, config: Mapping[str, Any]) -> str:
    """What a key may hold, and where it is read at all, in a config (dotted key -> value)."""
    if rule is None:
        return ""
    there = [(key, values) for key, values in rule.conditions if key in config]
    where = [f"read only if {key} is {' or '.join(show(value) for value in values)}" for key, values in there]
    return "; ".join([rule.allowed, *where])


def column_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """As wide as the longest cell, within limits; the last column has what is left of the screen."""
    widths = [max(len(cell) for cell in column) for column in zip(COLUMNS, *rows, strict=True)]
    widths = [min(width, WIDEST.get(name, width)) for name, width in zip(COLUMNS, widths, strict=True)]
    screen = shutil.get_terminal_size(SCREEN).columns
    return [*widths[:-1], max(LEAST, screen - sum(widths[:-1]) - 2 * len(widths))]


def line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One row, its long cells wrapped."""
    parts = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, parts))
    columns = [part + [""] * (height - len(part)) for part in parts]
    rows = zip(*columns, strict=True)
    return "\n".join(
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
