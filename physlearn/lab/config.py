"""From what was typed to checked configs: compose, expand a sweep, and say in one line what is wrong."""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from physlearn.lab.check import leaves, nearest
from physlearn.lab.claim import FREE_KEYS
from physlearn.lab.errors import UserError


def config_folder() -> Path:
    """conf/ as it lies in an installed wheel, else in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "conf", package.parent / "conf"):
        if (folder / "config.yaml").exists():
            return folder
    raise UserError(f"the folder conf/ is missing: it should stand in {package} or beside it. Install physlearn again")


@dataclass(frozen=True)
class Plan:
    """What is to be run: the configs, one a job, and the arguments that make Hydra run just these."""

    jobs: list[DictConfig]
    typed: list[list[str]]
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
    overrides = [word for word in arguments if not word.startswith("-")]
    if unknown := [flag for flag in flags if flag not in ("-m", "--multirun")]:
        raise UserError(f"{unknown[0]} is not an option here: see python -m physlearn --help")
    parser = OverridesParser.create()
    parsed = []
    for override in overrides:
        try:
            parsed.append(parser.parse_override(override))
        except Exception:  # the parser's own exceptions share no base but Exception
            raise UserError(f"{override!r} is not of the form key=value: type e.g. optimizer.lr=0.1") from None
    first = compose([p.input_line for p in parsed if not p.is_sweep_override()])
    sweep = bool(flags) or "MULTIRUN" in str(first.hydra.mode)
    if not sweep:
        if swept := next((p for p in parsed if p.is_sweep_override()), None):
            raise UserError(f"{swept.input_line} is a sweep over several values: add --multirun")
        return Plan([own_part(first)], [overrides], overrides, False, first.hydra)

    # What is typed wins over what a preset sweeps, so the two lists become one, and Hydra is handed that.
    typed_keys = {p.key_or_group for p in parsed}
    preset = [f"{key}={value}" for key, value in (first.hydra.sweeper.params or {}).items() if key not in typed_keys]
    every = parser.parse_overrides([*preset, *overrides])
    inputs = [p.input_line for p in every]
    typed = [list(batch) for batch in BasicSweeper.split_arguments(every, None)[0]]
    own = [[word for word in words if not word.startswith(("hydra.", "hydra/"))] for words in typed]
    composed = [own_part(compose(words)) for words in typed]
    return Plan(composed, own, ["--multirun", "hydra.sweeper.params=null", *inputs], True, first.hydra)


def compose(overrides: list[str]) -> DictConfig:
    """One config with its hydra node."""
    import hydra
    from hydra.errors import HydraException

    folder = config_folder()
    try:
        with hydra.initialize_config_dir(version_base="1.3", config_dir=str(folder)):
            config = hydra.compose("config", overrides=overrides, return_hydra_config=True)
        resolve_threads(config)
        OmegaConf.to_container(own_part(config), resolve=True)
        return config
    except (HydraException, OmegaConfBaseException) as refusal:
        raise UserError(one_line(refusal, overrides, folder)) from None


def resolve_threads(config: DictConfig) -> None:
    """threads=auto becomes a number, because sums, and so the results' last bits, depend on it."""
    if config.threads == "auto":
        side_by_side = "joblib" in str(config.hydra.launcher.get("_target_", "")).lower()
        with open_dict(config):
            config.threads = 1 if side_by_side else len(os.sched_getaffinity(0))


def own_part(config: DictConfig) -> DictConfig:
    """The config without Hydra's own node."""
    return OmegaConf.masked_copy(config, [key for key in config if key != "hydra"])


def fingerprint(configs: list[DictConfig]) -> str:
    """Eight hex digits of what is run: every key but where it is run."""
    contents = [dict(leaves(OmegaConf.to_container(config, resolve=True))) for config in configs]
    kept = [{key: value for key, value in content.items() if key not in FREE_KEYS} for content in contents]
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:8]


def one_line(refusal: Exception, overrides: list[str], folder: Path) -> str:
    """Hydra's and OmegaConf's exceptions, 4 to 10 lines each, as one: key, value, what is allowed."""
    text = " ".join(str(refusal).split())
    if found := re.search(r"Could not find '(?P<group>[\w/]+)/(?P<option>[^'/]+)'", text):
        options = sorted(path.stem for path in (folder / found["group"]).glob("*.yaml"))
        near = nearest(found["option"], options)
        return f"{found['group']}={found['option']} does not exist{near} Allowed are {', '.join(options) or 'none'}"
    if found := re.search(r"Could not override '(?P<key>[^']+)'|Key '(?P<name>[^']+)' is not in struct", text):
        key = found["key"] or found["name"]
        typed = next((word for word in overrides if word.lstrip("+~").startswith(key)), key)
        known = known_keys(folder, overrides, typed)
        return f"{typed}: there is no key {key}{nearest(key, known)} See --cfg job for every key"
    return f"{text} (see python -m physlearn --help)"


def known_keys(folder: Path, overrides: list[str], wrong: str) -> list[str]:
    """Every key and group that could have been meant."""
    rest = [word for word in overrides if word != wrong and "=" in word]
    groups = [path.name for path in folder.iterdir() if path.is_dir()]
    try:
        return groups + [key for key, _ in leaves(OmegaConf.to_container(own_part(compose(rest))))]
    except UserError:
        return groups


def as_dict(config: DictConfig) -> dict[str, Any]:
    return OmegaConf.to_container(config, resolve=True)
