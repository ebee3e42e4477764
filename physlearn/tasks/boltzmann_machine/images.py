"""The images of task=boltzmann_machine: rows of black and white pixels, the same ones whatever the run's seed."""

from dataclasses import dataclass

import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.streams import stream
from physlearn.tasks.setup.make import demand_images, make_data


@dataclass(frozen=True)
class Images:
    """Pixels 0 and 1, (image, visible), in the dtype of the run.

    Args:
        train: what is learned.
        others: name of another set ("validation", "test") -> its images.
        shape: (channel, height, width).
        same: the test set is the training set.
    """

    train: Tensor
    others: dict[str, Tensor]
    shape: tuple[int, ...]
    same: bool


def make_images(cfg: DictConfig, bench: BenchProtocol) -> Images:
    """The sets, in black and white; the test set only where task.test says so."""
    data = demand_images(make_data(cfg, bench, pixels="unit"), "task=boltzmann_machine")
    threshold = cfg.boltzmann_machine.threshold
    sets = {"train": data.train_x, "validation": data.validation_x, "test": data.test_x if cfg.task.test else None}
    binary = {name: black_and_white(x.flatten(1), threshold, name) for name, x in sets.items() if x is not None}
    train = binary.pop("train")
    same = "test" in binary and torch.equal(train, binary["test"])
    return Images(train, binary, tuple(data.shape), same)


def black_and_white(x: Tensor, threshold: float | None, name: str) -> Tensor:
    """1 where a pixel is above the threshold; with none, 1 with probability x, drawn once by a seed of its own."""
    if threshold is not None:
        return (x > threshold).to(x.dtype)
    uniform = torch.rand(x.shape, generator=stream(0, f"black and white {name}"))
    return (uniform < x.float().cpu()).to(x)
