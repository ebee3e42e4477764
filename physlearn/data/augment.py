"""Images that are moved about while a network learns from them."""

import torch
from torch import Tensor
from torch.nn import functional as F


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
