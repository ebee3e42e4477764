"""From what was typed to checked configs: compose, expand a sweep, and say in one line what is wrong."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from physlearn.lab import folders, plugins
from physlearn.lab.check import leaves, nearest
from physlearn.lab.errors import UserError
from physlearn.lab.folders import config_folder, options
from physlearn.lab.meanings import task_of
from physlearn.lab.run_directory import FREE_KEYS, as_dict

DIRECTORIES = ("hydra.run.dir", "hydra.sweep.dir")
MANY = 16  # names in a message


@dataclass(frozen=True)
class Plan:
    """What is to be run: the configs, one per job, and the arguments that make Hydra run just these.

    Args:
        jobs: the configs.
        choices: of each job, the option chosen in each group.
        typed: of each job, the words that make it.
        fixed: keys that were typed with one value.
        arguments: for Hydra.
        sweep: there may be several jobs.
        hydra: Hydra's own node, the same in all of them.
    """

    jobs: list[DictConfig]
    choices: list[dict[str, str]]
    typed: list[list[str]]
    fixed: list[str]
    arguments: list[str]
    sweep: bool
    hydra: DictConfig


def plan(arguments: list[str]) -> Plan:
    """Composes every job that the arguments ask for.

    Raises:
        UserError: an unknown key, group or option, a value of the wrong type, a sweep without --multirun.
    """
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.override_parser.overrides_parser import OverridesParser

    flags = [word for word in arguments if word.startswith("-")]
    overrides = [in_quotes(word) for word in arguments if not word.startswith("-")]
    parsed = parse_all(arguments)
    parser = OverridesParser.create()
    search_path = plugins.search_path()
    if search_path and any(p.key_or_group == "hydra.searchpath" for p in parsed):
        raise UserError(f"hydra.searchpath is not allowed beside plugins: {plugins.FLAG} sets it. Leave it out")
    first = compose([p.input_line for p in parsed if not p.is_sweep_override()])
    fixed = [p.key_or_group for p in parsed if not p.is_sweep_override() and not is_group(p.key_or_group)]
    sweep = bool(flags) or "MULTIRUN" in str(first.hydra.mode)
    if not sweep:
        if swept := next((p for p in parsed if p.is_sweep_override()), None):
            raise UserError(f"{swept.input_line} is a sweep over several values: add --multirun")
        refuse_directory_of("hydra.sweep.dir", parsed, "a sweep has it: add --multirun, or type hydra.run.dir=")
        return Plan(
            [own_part(first)], [choices_of(first)], [overrides], fixed, overrides + search_path, False, first.hydra
        )
    refuse_directory_of("hydra.run.dir", parsed, "one run has it: a sweep has hydra.sweep.dir=")

    # What is typed wins over what a preset sweeps, so the two lists become one, and Hydra is handed that.
    typed_keys = {p.key_or_group for p in parsed}
    preset = [f"{key}={value}" for key, value in (first.hydra.sweeper.params or {}).items() if key not in typed_keys]
    every = parser.parse_overrides([*preset, *overrides])
    inputs = [*(p.input_line for p in every), *search_path]
    typed = [list(batch) for batch in BasicSweeper.split_arguments(every, None)[0]]
    if not typed:  # seed=range(0)
        empty = next((p.input_line for p in every if p.is_sweep_override()), "the sweep")
        raise UserError(f"{empty} gives no value: there would be no job. Type e.g. seed=range(3)")
    own = [[word for word in words if not word.startswith(("hydra.", "hydra/"))] for words in typed]
    composed = [compose(words) for words in typed]
    jobs, choices = [own_part(config) for config in composed], [choices_of(config) for config in composed]
    return Plan(jobs, choices, own, fixed, ["--multirun", "hydra.sweeper.params=null", *inputs], True, first.hydra)


def is_group(name: str) -> bool:
    """Whether a typed word chooses an option, or is Hydra's own."""
    return name.startswith("hydra") or folders.is_group(name.partition("@")[0])


def choices_of(config: DictConfig) -> dict[str, str]:
    """Group -> the option that is chosen, Hydra's own groups left out."""
    chosen = config.hydra.runtime.choices
    return {group: option for group, option in chosen.items() if option is not None and not group.startswith("hydra/")}


def refuse_directory_of(key: str, parsed: list[Any], why: str) -> None:
    if any(p.key_or_group == key for p in parsed):
        raise UserError(f"{key} is not allowed here: {why}")


def in_quotes(word: str) -> str:
    """A directory as typed may hold spaces, '=' and all else that Hydra's grammar would stumble on."""
    key, _, value = word.partition("=")
    return f"{key}={quoted(value)}" if key in DIRECTORIES and value[:1] not in ("'", '"') else word


def quoted(value: str | Path) -> str:
    """A value that Hydra is to take literally."""
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def parse_all(words: Sequence[str]) -> list[Any]:
    """Typed words as Hydra reads them, without the flags among them.

    Raises:
        UserError: a flag that there is not, a word that cannot be read.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser

    if unknown := [word for word in words if word.startswith("-") and word not in ("-m", "--multirun")]:
        raise UserError(f"{unknown[0]} is not an option here: see python -m physlearn --help")
    parser = OverridesParser.create()
    return [parse(parser, in_quotes(word)) for word in words if not word.startswith("-")]


def parse(parser: Any, override: str) -> Any:
    """One override as Hydra reads it.

    Raises:
        UserError: it cannot be read, takes a key away, or gives a key no value.
    """
    try:
        parsed = parser.parse_override(override)
    except Exception:  # the parser's own exceptions share no base but Exception
        hint = "type e.g. optimizer.lr=0.1, and a value with '=' or spaces as key='\"value\"'"
        raise UserError(f"{override!r} is not of the form key=value: {hint}") from None
    if parsed.is_delete():
        raise UserError(f"{override} is not allowed: keys cannot be deleted; set another value")
    if not parsed.key_or_group or (parsed.key_or_group in DIRECTORIES and not parsed.value()):
        raise UserError(f"{override} is not allowed: it must be key=value, e.g. seed=1 or hydra.run.dir=outputs/mine")
    return parsed


def compose(overrides: list[str]) -> DictConfig:
    """One config with its hydra node."""
    import hydra
    from hydra.errors import HydraException
    from yaml import YAMLError

    folder = config_folder()
    try:
        with hydra.initialize_config_dir(version_base="1.3", config_dir=str(folder)):
            path = plugins.search_path()
            config = hydra.compose("config", overrides=[*overrides, *path], return_hydra_config=True)
        as_dict(own_part(config))
    except (HydraException, OmegaConfBaseException, ValueError) as refusal:
        raise UserError(one_line(refusal, overrides)) from None
    except YAMLError as damage:  # in an option of a plugin
        raise UserError(f"an option cannot be read: {' '.join(str(damage).split())}") from None
    if (task := config.task.name) != (chosen := config.hydra.runtime.choices.task):
        raise UserError(f"task.name={task} is not allowed: it must be {chosen}. Another task is chosen with task=")
    refuse_options_of_others(choices_of(config), task)
    return config


def refuse_options_of_others(choices: dict[str, str], task: str) -> None:
    """Raises UserError for an option that another task alone takes."""
    for group, option in choices.items():
        path = folders.file_of(group, option)
        if path and (own := task_of(path)) not in (None, task):
            fitting = [name for name, other in folders.files_of(group) if task_of(other) in (None, task)]
            others = f" (or {', '.join(fitting[1:])})" if fitting[1:] else ""
            raise UserError(
                f"{group}={option} is not allowed with task={task}: it is for task={own}. "
                f"Type e.g. {group}={fitting[0]}{others}"
            )


def own_part(config: DictConfig) -> DictConfig:
    """The config without Hydra's own node."""
    return OmegaConf.masked_copy(config, [key for key in config if key != "hydra"])


def fingerprint(configs: list[DictConfig]) -> str:
    """Eight hex digits of what is run: every key but where it is run."""
    contents = [dict(leaves(as_dict(config))) for config in configs]
    kept = [{key: value for key, value in content.items() if key not in FREE_KEYS} for content in contents]
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:8]


def few(names: list[str]) -> str:
    """The names in one line that can be read; `--help` has them all."""
    return ", ".join(names) if len(names) <= MANY else f"{', '.join(names[:MANY])}, ... (python -m physlearn --help)"


def one_line(refusal: Exception, overrides: list[str]) -> str:
    """Hydra's and OmegaConf's exceptions, 4 to 10 lines each, as one: key, value, what is allowed."""
    text = " ".join(str(refusal).split())
    if found := re.search(r"Could not find '(?P<group>[\w/]+)/(?P<option>[^'/]*)'", text):
        group, option = found["group"], found["option"]
        if not group.startswith("hydra"):  # experiment=hopfield/capacity: a group's options may lie in folders
            group, _, option = f"{group}/{option}".partition("/")
        there = re.search(r"Available options in '[^']*': (.*?) Config search path", text)
        names = options(group) or (there[1].split() if there else [])
        bare = group == "hydra/launcher" and "joblib" not in names
        hint = "; more come with pip install 'physlearn[launchers]'" if bare else ""
        return f"{group}={option} does not exist{nearest(option, names)} Allowed are {few(names)}{hint}"
    if found := re.search(r"In 'experiment/(?P<preset>[^']+)': Could not override", text):
        task = next((word for word in overrides if word.startswith("task=")), "another task")
        return f"experiment={found['preset']} is not allowed with {task}: an experiment says itself what is run"
    if found := re.search(r"Could not override '(?P<key>[^']+)'|Key '(?P<name>[^']+)' is not in struct", text):
        key = found["key"] or found["name"]
        typed = next((word for word in overrides if word.lstrip("+").startswith(key)), key)
        if typed.partition("=")[2] in options(key):
            return f"{typed} is not allowed: what is run here has no {key}"
        if folders.is_group(key):
            return f"{typed} is not allowed: it must be one of {', '.join(options(key))}"
        known = known_keys(overrides, typed)
        return f"{typed}: there is no key {key}{nearest(key, known)} See --cfg job for every key"
    if found := re.search(r"(?P<what>.*?) full_key: (?P<key>\S+)", text):
        return f"{found['key']}: {found['what']}"
    if isinstance(refusal, ValueError):  # a group was given no name
        groups = {word: word.partition("=")[0] for word in overrides if folders.is_group(word.partition("=")[0])}
        odd = [word for word, group in groups.items() if word.partition("=")[2] not in options(group)]
        told = [f"{word} is not allowed: it must be one of {', '.join(options(groups[word]))}" for word in odd]
        return "; ".join(told) or text
    return f"{text} (see python -m physlearn --help)"


def known_keys(overrides: list[str], wrong: str) -> list[str]:
    """Every key and group that could have been meant."""
    rest = [word for word in overrides if word != wrong and "=" in word]
    groups = folders.groups()
    try:
        return groups + [key for key, _ in leaves(as_dict(own_part(compose(rest))))]
    except UserError:
        return groups
