"""Images that are moved about and mirrored while a network learns from them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from physlearn.streams import stream


@dataclass(frozen=True)
class Augmentation:
    """What is done to training images each time that they are used, a function of the seed and the step alone.

    Args:
        shift: each image is moved by up to so many pixels, see `shifted`.
        flip: each image is mirrored with probability 1/2, see `mirrored`.
        seed: of the run.
    """

    shift: int = 0
    flip: bool = False
    seed: int = 0

    def __bool__(self) -> bool:
        return self.shift > 0 or self.flip

    def __call__(self, x: Tensor, step: int) -> Tensor:
        """The images x (example, channel, height, width) as step `step` learns from them."""
        if self.shift:
            x = shifted(x, self.shift, stream(self.seed, f"shift {step}"))
        return mirrored(x, stream(self.seed, f"flip {step}")) if self.flip else x

    def words(self) -> str:
        """'moved by up to 2 pixels, mirrored'; empty where nothing is done."""
        moved = [f"moved by up to {self.shift} pixel{'s' if self.shift > 1 else ''}"] if self.shift else []
        return ", ".join(moved + ["mirrored at random"] * self.flip)


def mirrored(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each image of x (example, channel, height, width) with left and right exchanged, or not, with probability 1/2.

    Args:
        x: the images.
        generator: on the CPU, whatever device x is on.
    """
    turned = torch.randint(2, (len(x), 1, 1, 1), generator=generator).bool().to(x.device)
    return torch.where(turned, x.flip(-1), x)


def shifted(x: Tensor, pixels: int, generator: torch.Generator) -> Tensor:
    """Each image of x moved by whole pixels, dx and dy uniform in -pixels ... pixels; its rim is continued outwards.

    Args:
        x: (example, channel, height, width).
        pixels: the largest shift; 0 returns x.
        generator: on the CPU, whatever device x is on.
    """
    if pixels == 0:
        return x
    examples, _, height, width = x.shape
    offsets = torch.randint(2 * pixels + 1, (2, examples, 1), generator=generator)
    rows = (offsets[0] + torch.arange(height)).to(x.device)  # (example, height) within the padded image
    columns = (offsets[1] + torch.arange(width)).to(x.device)
    padded = F.pad(x, (pixels,) * 4, mode="replicate").movedim(1, -1)  # (example, height, width, channel)
    which = torch.arange(examples, device=x.device)[:, None, None]
    return padded[which, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
