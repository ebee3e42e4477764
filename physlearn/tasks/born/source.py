"""A trained state of an earlier run of task=born."""

from pathlib import Path

import torch
from omegaconf import DictConfig

from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.earlier import config_of, with_parts_of
from physlearn.lab.errors import UserError
from physlearn.tasks.born.images import Images
from physlearn.tensor.state import MatrixProductState

OF_SOURCE = ("data", "transform", "tensor", "seed", "task.images")  # what says which images a state has learned


def with_source(cfg: DictConfig) -> DictConfig:
    """The config with the data, the threshold, the images and the seed of the run in `from`.

    Raises:
        UserError: no run of task=born lies there.
    """
    path = cfg["from"]
    return cfg if path is None else with_parts_of(cfg, config_of(path, "born"), OF_SOURCE)


def load_state(path: str, images: Images, device: torch.device) -> tuple[MatrixProductState, list[float]]:
    """The state of a run and its training NLL, loop by loop.

    Raises:
        UserError: the run has no checkpoint yet, or only loaded a state itself.
    """
    saved = newest_readable(Path(path) / "checkpoints")
    if saved is None:
        raise UserError(f"from={path}: this run has no checkpoint of its own. Choose one that trained, or wait for it")
    cores = [core.to(device) for core in saved["state"]["cores"]]
    if len(cores) != images.train.shape[1]:
        raise UserError(f"from={path}: its state has {len(cores)} sites, these images {images.train.shape[1]} pixels")
    return MatrixProductState(cores, 0.0, saved["state"]["center"]), saved["state"]["history"]
