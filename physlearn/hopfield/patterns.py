"""What a memory stores, and how it is corrupted: patterns are (pattern, neuron) tensors of +-1."""

import torch
from torch import Tensor


def random_patterns(
    count: int, neurons: int, generator: torch.Generator, dtype: torch.dtype | None = None, device: str = "cpu"
) -> Tensor:
    """Independent xi = +-1 with equal odds: (count, neurons). The default dtype is torch's."""
    _check_size(count, neurons)
    return _signs(torch.rand(count, neurons, generator=generator, device=generator.device) < 0.5, dtype, device)


def correlated_patterns(
    count: int,
    neurons: int,
    correlation: float,
    generator: torch.Generator,
    dtype: torch.dtype | None = None,
    device: str = "cpu",
) -> Tensor:
    """Noisy copies of one hidden parent: <xi_i^mu xi_i^nu> = c between any two patterns, <xi_i> = 0: (count, neurons).

    Each bit is the parent's, turned over with probability (1 - sqrt c)/2, so the overlap with the parent is sqrt c.

    Args:
        correlation: c in [0, 1].
    """
    _check_size(count, neurons)
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation must lie in [0, 1], got {correlation}")
    parent = torch.rand(neurons, generator=generator, device=generator.device) < 0.5
    turned = torch.rand(count, neurons, generator=generator, device=generator.device) < (1 - correlation**0.5) / 2
    return _signs(parent ^ turned, dtype, device)


def from_images(images: Tensor, threshold: float = 0.5, dtype: torch.dtype | None = None) -> Tensor:
    """+1 where a pixel is above the threshold, else -1: (image, ...) -> (image, pixel).

    Args:
        images: any real tensor whose first axis counts images.
        threshold: as a fraction of the way from the smallest to the largest value in `images`.
    """
    if images.dim() < 2 or images.numel() == 0:
        raise ValueError(f"images must be (image, ...) with at least one pixel, got shape {tuple(images.shape)}")
    levels = images.flatten(1).double()
    low, high = levels.min(), levels.max()
    return _signs(levels > low + threshold * (high - low), dtype, images.device)


def flip(patterns: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """Turns over exactly round(fraction N) bits of each row, places drawn at random: overlap 1 - 2 fraction."""
    _check_fraction(fraction)
    corrupted = patterns.clone()
    turned = torch.rand(patterns.shape, generator=generator, device=generator.device).argsort(1)[
        :, : round(fraction * patterns.shape[1])
    ]
    turned = turned.to(patterns.device)
    return corrupted.scatter_(1, turned, -patterns.gather(1, turned))


def mask(patterns: Tensor, known: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Hides the neurons that are not `known`: there the rows hold random +-1, or 0 without a generator (modern memory).

    Recall with `clamped=known` then keeps what is known and fills in the rest.

    Args:
        known: (neuron,) or (row, neuron), bool.
    """
    known = known.to(patterns.device).expand(patterns.shape)
    if generator is None:
        return torch.where(known, patterns, torch.zeros_like(patterns))
    guess = _signs(
        torch.rand(patterns.shape, generator=generator, device=generator.device) < 0.5, patterns.dtype, patterns.device
    )
    return torch.where(known, patterns, guess)


def known_part(neurons: int, fraction: float = 0.5) -> Tensor:
    """The first neurons, floor((1 - fraction) N) of them, are known (True): of an image, its upper part: (neurons,)."""
    _check_fraction(fraction)
    return torch.arange(neurons) < int((1 - fraction) * neurons)


def noise(patterns: Tensor, width: float, generator: torch.Generator) -> Tensor:
    """sign(xi + width z), z standard normal: each bit is wrong with probability Q(1/width), independently."""
    if not width >= 0:
        raise ValueError(f"the width of the noise must be >= 0, got {width}")
    normals = torch.randn(patterns.shape, generator=generator, dtype=torch.float64, device=generator.device).to(
        patterns.device
    )
    return _signs(patterns + width * normals > 0, patterns.dtype, patterns.device)


def overlap(states: Tensor, patterns: Tensor) -> Tensor:
    """m = (1/N) sum_i xi_i s_i, row by row: (row, neuron) twice -> (row,)."""
    return (states * patterns).double().mean(1)


def check_spins(spins: Tensor, name: str) -> None:
    """ValueError unless `spins` is a matrix with at least one row and one column, every entry +1 or -1."""
    if spins.dim() != 2 or spins.numel() == 0:
        raise ValueError(f"{name} must be (row, neuron) with at least one of each, got shape {tuple(spins.shape)}")
    if not bool((spins.abs() == 1).all()):
        wrong = spins[spins.abs() != 1][0].item()
        raise ValueError(f"{name} must be +1 or -1 everywhere, got {wrong:g}")


def _signs(up: Tensor, dtype: torch.dtype | None, device: str | torch.device) -> Tensor:
    return (2 * up.to(torch.int8) - 1).to(device, dtype or torch.get_default_dtype())


def _check_size(count: int, neurons: int) -> None:
    if count < 1 or neurons < 1:
        raise ValueError(f"patterns and neurons must be at least 1, got {count} patterns of {neurons} neurons")


def _check_fraction(fraction: float) -> None:
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction must lie in [0, 1], got {fraction}")
