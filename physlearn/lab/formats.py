"""Run directories of older versions: read when they are finished, refused when they would have to go on.

What is counted is the format of config.yaml; its number stands in provenance.json, and 1 where none does.
"""

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from physlearn.lab.errors import Refused
from physlearn.lab.files import read_json
from physlearn.older_configs import FORMAT, KEYS, RESUMED_BY, todays_target


def config_format(directory: Path) -> int:
    """The format of the config.yaml that lies in a run directory."""
    return int(read_json(directory / "provenance.json").get("format", 1))


def in_todays_words(config: DictConfig, directory: Path) -> DictConfig:
    """The config of a run directory with every target and every key as it is called today."""
    for older, today in KEYS.items():
        group, key = older.split(".")
        if OmegaConf.is_dict(node := config.get(group)) and key in node:
            node[today.split(".")[1]] = node.pop(key)
    if config_format(directory) < FORMAT:
        for group, node in config.items():
            if OmegaConf.is_dict(node) and "_target_" in node:
                node["_target_"] = todays_target(str(group), str(node["_target_"]))
    return config


def refuse_older(directory: Path) -> None:
    """For a run that is not finished.

    Raises:
        Refused: its config has another format than this version writes.
    """
    begun = config_format(directory)
    if begun == FORMAT:
        return
    version = RESUMED_BY.get(begun)
    known = f"physlearn {version}" if version else "a newer physlearn"
    if revision := (read_json(directory / "provenance.json").get("git") or {}).get("revision"):
        known += f" (git revision {revision[:8]})"
    odd = f"its config has format {begun}, not {FORMAT}"
    raise Refused(f"{directory} is not finished, and {odd}: resume it with {known}")
