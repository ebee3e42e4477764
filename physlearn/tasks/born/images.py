"""The images of task=born: black and white, as rows of 0 and 1."""

from dataclasses import dataclass

import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.streams import stream
from physlearn.tasks.setup.make import make_data


@dataclass(frozen=True)
class Images:
    """int64 (image, site) of 0 and 1, pixels row by row.

    Args:
        train: what is learned.
        others: name of another set ("validation", "test") -> its images.
        shape: (height, width).
    """

    train: Tensor
    others: dict[str, Tensor]
    shape: tuple[int, int]


def make_images(cfg: DictConfig, bench: BenchProtocol) -> Images:
    """The training images that are learned, `task.images` of them drawn by the seed, and the other sets.

    Raises:
        UserError: more images than there are, colours, or grey values without `tensor.threshold`.
    """
    data = make_data(cfg, bench, pixels="unit")
    channels, height, width = data.shape
    if channels != 1:
        raise UserError(
            f"data={data.name} is not allowed: its images have {channels} channels, a Born machine needs one"
        )
    train, count = data.train_x, cfg.task.images
    if count is not None:
        if count > len(train):
            raise UserError(f"task.images={count} is not allowed: {data.name} has {len(train)} training examples")
        train = train[torch.randperm(len(train), generator=stream(cfg.seed, "images"))[:count]]
    sets = {"validation": data.validation_x, "test": data.test_x if cfg.task.test else None}
    others = {name: black_and_white(x, cfg.tensor.threshold) for name, x in sets.items() if x is not None}
    return Images(black_and_white(train, cfg.tensor.threshold), others, (height, width))


def black_and_white(x: Tensor, threshold: float | None) -> Tensor:
    """1 where x > threshold, else 0: int64 (image, site).

    Raises:
        UserError: no threshold, and values between 0 and 1.
    """
    pixels = x.flatten(1)
    if threshold is None and bool(((pixels != 0) & (pixels != 1)).any()):
        raise UserError(
            "tensor.threshold=null is not allowed: these images have grey values, and a Born machine learns black and "
            "white. Type e.g. tensor.threshold=0.5"
        )
    return (pixels > (0.5 if threshold is None else threshold)).long()
