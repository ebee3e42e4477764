"""What the keys of plugins may hold: their RULES where there are some, else the default's type and the signature."""

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from physlearn.lab import plugins
from physlearn.lab.build import locate
from physlearn.lab.check import MISSING, leaves, nearest, rule_for, show
from physlearn.lab.config import compose, is_group, own_part, parse_all
from physlearn.lab.errors import UserError
from physlearn.lab.folders import config_folder, file_of
from physlearn.lab.meanings import meanings
from physlearn.lab.plugins import Plugin
from physlearn.lab.run_directory import as_dict
from physlearn.ranges import Rule, boolean, is_number, is_whole, number, several, text

Rules = Mapping[str, Rule]


class Typed(Rule):
    """What a key may hold as far as the type of its default tells."""


def with_plugins(config: Mapping[str, Any], choices: Mapping[str, str], words: Sequence[str], ours: Rules) -> Rules:
    """The rules of a run's keys, those of plugins among them.

    A plugin's RULES count for its own keys, and for ours in groups whose option is the plugin's. Of our rules those
    count for a plugin's option whose keys all our options of the group have, as optimizer.lr. Another key of it may
    hold what has the type of its default.

    Args:
        config: of the run.
        choices: group -> option; {} where that is not known any more, as on resume.
        words: what was typed for it.
        ours: the rules of physlearn.

    Raises:
        UserError: a plugin's rules.py cannot be imported, or holds something else; a key that the plugin's callable
            does not take.
    """
    if not plugins.plugins():
        return ours
    found, said = dict(ours), {plugin.name: rules_of(plugin) for plugin in plugins.plugins()}
    for plugin in plugins.plugins():
        for key, rule in said[plugin.name].items():
            group = key.partition(".")[0]
            if rule_for(key, ours) is None or option_owner(group, config, choices) == plugin:
                found[key] = rule
    for key, default in defaults(config, words).items():
        group = key.partition(".")[0]
        rule, its = rule_for(key, found), option_owner(group, config, choices)
        if rule and (its is None or key in said[its.name] or key.endswith("_target_")):
            continue
        if rule and (group == "task" or key in common_keys(group)) and (default == MISSING or rule.holds(default)):
            continue
        found[key] = Typed(*vars(by_type(default)).values())
    return found


@cache
def common_keys(group: str) -> frozenset[str]:
    """The keys that every option of ours in a group has."""
    paths = (config_folder() / group).rglob("*.yaml")
    each = [frozenset(meanings(path, group)) for path in paths]
    return frozenset.intersection(*each) if each else frozenset()


def rules_of(plugin: Plugin) -> Rules:
    """RULES of a plugin's rules.py; none where it has no such file."""
    module = plugin.module("rules")
    return {} if module is None else checked(f"{plugin.name}.rules", getattr(module, "RULES", None))


def checked(module: str, rules: Any) -> Rules:
    """Raises UserError where something is not the rules of keys."""
    if not isinstance(rules, Mapping) or not all(isinstance(rule, Rule) for rule in rules.values()):
        raise UserError(f"{module}.RULES must be a dict of key -> physlearn.ranges.Rule")
    return rules


def option_owner(group: str, config: Mapping[str, Any], choices: Mapping[str, str]) -> Plugin | None:
    """The plugin whose option is chosen in a group."""
    node = config.get(group)
    target = str(node.get("_target_", "")) if isinstance(node, Mapping) else ""
    path = file_of(group, choices[group]) if group in choices else None
    return next((p for p in plugins.plugins() if p.holds(target) or (path and path.is_relative_to(p.folder))), None)


def defaults(config: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """Dotted key -> its value where only options are chosen; the config's own where they do not compose any more."""
    try:
        parsed = [p for p in parse_all([word for word in words if "=" in word]) if not p.is_sweep_override()]
        options = [p.input_line for p in parsed if is_group(p.key_or_group)]
        chosen = dict(leaves(as_dict(own_part(compose(options)))))
    except UserError:
        chosen = {}
    return {key: chosen.get(key, value) for key, value in leaves(config)}


def by_type(default: Any) -> Rule:
    """A rule that a value of the default's type keeps; null as a default lets any value pass."""
    example = show(default)
    if default is None or default == MISSING:
        return Rule(lambda v: v != MISSING, "a value", "1")
    if isinstance(default, bool):
        return boolean()
    if is_whole(default):
        return number("a whole number", example, is_whole)
    if isinstance(default, float):
        return number("a number", example, lambda v: True)
    if isinstance(default, list):
        numeric = bool(default) and all(map(is_number, default))
        return several("a list of numbers" if numeric else "a list", example, is_number if numeric else lambda v: True)
    return text(example)


def check_signatures(config: Mapping[str, Any], rules: Rules) -> None:
    """Raises UserError for the first key without a rule of its own that the plugin's callable does not take.

    The plugin is imported for it, so that this comes last.
    """
    for key, value in leaves(config):
        group, _, name = key.partition(".")
        node = config[group]
        if not isinstance(rules.get(key), Typed) or not isinstance(node, Mapping):
            continue
        if plugins.owner(target := str(node.get("_target_", ""))) is None:
            continue
        taken, name = inspect.signature(locate(target)).parameters, name.partition(".")[0]
        if name not in taken and not any(part.kind is part.VAR_KEYWORD for part in taken.values()):
            raise UserError(f"{key}={show(value)} is not allowed: {target} takes no {name}{nearest(name, list(taken))}")
