"""A trained machine of an earlier run of task=boltzmann_machine, to be measured again."""

from pathlib import Path

import torch
from omegaconf import DictConfig

from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.earlier import config_of, with_parts_of
from physlearn.lab.errors import UserError

OF_SOURCE = ("data", "transform", "boltzmann_machine", "seed")  # what says which images a machine has learned


def with_source(cfg: DictConfig) -> DictConfig:
    """The config with the data, the machine's settings and the seed of the run in `from`.

    Raises:
        UserError: no run of task=boltzmann_machine lies there.
    """
    path = cfg["from"]
    return cfg if path is None else with_parts_of(cfg, config_of(path, "boltzmann_machine"), OF_SOURCE)


def load_machine(
    path: str, visible: int, device: torch.device
) -> tuple[RestrictedBoltzmannMachine, list[dict[str, float]]]:
    """The machine of a run as its newest checkpoint has it (averaged, where the run averages), and what was logged.

    Raises:
        UserError: the run has no checkpoint of a training, or its machine is for other images.
    """
    saved = newest_readable(Path(path) / "checkpoints")
    if saved is None:
        raise UserError(f"from={path}: this run has no checkpoint of its own. Choose one that trained, or wait for it")
    machine = RestrictedBoltzmannMachine(*(value.to(device).clone() for value in saved["state"]["mean"]))
    if len(machine.visible) != visible:
        raise UserError(
            f"from={path}: its machine has {len(machine.visible)} visible units, these images {visible} pixels"
        )
    return machine, saved["state"]["history"]
