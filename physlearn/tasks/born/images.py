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
    """int64 (image, site) of 0 and 1, pixels along the chain.

    Args:
        train: what is learned.
        others: name of another set ("validation", "test") -> its images.
        shape: (height, width).
        order: of the pixels: ``rows``, each from left to right; ``snake``, every second row from right to left.
    """

    train: Tensor
    others: dict[str, Tensor]
    shape: tuple[int, int]
    order: str = "rows"

    def pictures(self, rows: Tensor) -> Tensor:
        """(..., height, width) of (..., site)."""
        return turned(rows.unflatten(-1, self.shape), self.order)

    def sites(self, pictures: Tensor) -> Tensor:
        """(..., site) of (..., height, width)."""
        return turned(pictures, self.order).flatten(-2)


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
    order = cfg.tensor.get("order", "rows")  # runs from before there was a choice have none

    def chain(x: Tensor) -> Tensor:
        """(image, site) of (image, 1, height, width)."""
        return turned(black_and_white(x, cfg.tensor.threshold)[:, 0], order).flatten(-2)

    sets = {"validation": data.validation_x, "test": data.test_x if cfg.task.test else None}
    others = {name: chain(x) for name, x in sets.items() if x is not None}
    return Images(chain(train), others, (height, width), order)


def turned(pictures: Tensor, order: str) -> Tensor:
    """Images (..., height, width) whose rows one after another are the chain; twice is the same image again."""
    if order == "rows":
        return pictures
    found = pictures.clone()
    found[..., 1::2, :] = pictures[..., 1::2, :].flip(-1)
    return found


def black_and_white(x: Tensor, threshold: float | None) -> Tensor:
    """1 where x > threshold, else 0: int64 of the shape of x.

    Raises:
        UserError: no threshold, and values between 0 and 1.
    """
    if threshold is None and bool(((x != 0) & (x != 1)).any()):
        raise UserError(
            "tensor.threshold=null is not allowed: these images have grey values, and a Born machine learns black and "
            "white. Type e.g. tensor.threshold=0.5"
        )
    return (x > (0.5 if threshold is None else threshold)).long()
