"""An earlier run that a task begins with: its config, refused in one line where no such run lies there."""

from collections.abc import Iterable
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from physlearn.lab.errors import UserError
from physlearn.lab.run_directory import CONFIG, read_config


def config_of(path: str | Path, task: str, only: bool = True, key: str = "from") -> DictConfig:
    """The config of the run in `path`, which a key names.

    Args:
        path: the folder of the run.
        task: the task that made it.
        only: whether a run of another task is refused; else `task` is an example in the message.
        key: the key.

    Raises:
        UserError: no run lies there, or it is one of another task.
    """
    directory = Path(path)
    if not (directory / CONFIG).exists():
        raise UserError(f"{key}={directory}: no run lies there (no config.yaml). Type e.g. {key}=outputs/{task}/<run>")
    there = read_config(directory)
    if only and there.task.name != task:
        raise UserError(f"{key}={directory}: this is a run of task={there.task.name}. Choose one of task={task}")
    return there


def with_parts_of(cfg: DictConfig, there: DictConfig, keys: Iterable[str]) -> DictConfig:
    """A copy of `cfg` in which these keys, of any depth, have the values of the config `there`."""
    merged = OmegaConf.create(OmegaConf.to_container(cfg))
    for key in keys:
        OmegaConf.update(merged, key, OmegaConf.select(there, key), merge=False)
    return merged
