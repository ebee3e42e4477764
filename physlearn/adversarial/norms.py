"""How far an image was moved, and noise that moves it as far: the control of every claim about attacks."""

import torch
from torch import Tensor


def largest(x: Tensor, other: Tensor) -> Tensor:
    """max |x' - x| over the pixels of each image, (example,)."""
    return (other - x).flatten(1).abs().amax(1)


def euclidean(x: Tensor, other: Tensor) -> Tensor:
    """sqrt(sum (x' - x)^2) of each image, (example,)."""
    return (other - x).flatten(1).norm(dim=1)


def noise_like(x: Tensor, other: Tensor, generator: torch.Generator, halvings: int = 40) -> Tensor:
    """x with noise of the norm of other - x: its changes in a random order of the pixels, each with a random sign.

        x' = clip(x + a d, 0, 1),      a such that |x' - x| = |other - x| in L_2

    Clipping shortens a random change more than one that an attack chose, hence the amplitude a, by bisection; where
    even a = 4 is too short, a = 4.

    Args:
        x: (example, channel, height, width) in [0, 1].
        other: x after an attack.
        generator: of order and signs.
        halvings: of the interval of a.
    """
    size = {"generator": generator, "device": generator.device}
    change = (other - x).flatten(1)  # (example, pixel)
    order = torch.rand(change.shape, **size).argsort(1).to(x.device)
    signs = torch.randint(2, change.shape, **size).to(x) * 2 - 1
    direction = (change.gather(1, order) * signs).reshape(x.shape)
    aim = euclidean(x, other)
    low, high = torch.zeros_like(aim), torch.full_like(aim, 4.0)
    for _ in range(halvings):
        middle = (low + high) / 2
        short = euclidean(x, _moved(x, direction, middle)) < aim
        low, high = torch.where(short, middle, low), torch.where(short, high, middle)
    return _moved(x, direction, high)


def _moved(x: Tensor, direction: Tensor, amplitude: Tensor) -> Tensor:
    return (x + amplitude[:, None, None, None] * direction).clamp(0, 1)


def in_bytes(x: Tensor) -> Tensor:
    """Images of 256 levels, as they are stored: uint8, round(255 x)."""
    return (255 * x).round().clamp(0, 255).to(torch.uint8)
