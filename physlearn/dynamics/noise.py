"""Unit-variance noise in the shapes of a list of tensors, drawn in one go.

Drawing is most of a Langevin step, so the parameters share one flat draw that is cut into views. Any noise with mean 0
and variance 1 gives a linear equation of motion the same covariances; the fourth moment differs (see `exact.kurtosis`).
"""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

BITS = 64


def normals(count: int, like: Tensor, generator: torch.Generator) -> Tensor:
    """`count` independent normals of variance 1, in the dtype and on the device of `like`: (count,)."""
    return torch.randn(count, generator=generator, dtype=like.dtype, device=like.device)


def signs(count: int, like: Tensor, generator: torch.Generator) -> Tensor:
    """`count` independent +-1 with equal odds, in the dtype and on the device of `like`: (count,).

    One random 64-bit word holds 64 of them: each byte looks up its eight signs in a table.
    """
    words = torch.empty(-(-count // BITS), dtype=torch.int64, device=like.device)
    words.random_(-(2**63), None, generator=generator)  # without a range int64 has only 63 random bits
    return _signs_of_bytes(like.dtype, like.device).index_select(0, words.view(torch.uint8).int()).view(-1)[:count]


@cache
def _signs_of_bytes(dtype: torch.dtype, device: torch.device) -> Tensor:
    bits = torch.arange(256, device=device)[:, None] >> torch.arange(8, device=device) & 1  # (byte, bit)
    return (2 * bits - 1).to(dtype)


NOISES: dict[str, Callable[[int, Tensor, torch.Generator], Tensor]] = {"gaussian": normals, "rademacher": signs}


def draw(
    kind: str, like: Sequence[Tensor], generators: Sequence[torch.Generator], hot: Sequence[bool] = (True,)
) -> list[Tensor]:
    """Noise of variance 1 in the shapes of `like`: a list of fresh tensors, views of one flat draw.

    Args:
        kind: ``gaussian`` or ``rademacher`` (random signs).
        like: tensors whose shapes, dtype and device the noise takes.
        generators: one for everything, or one for each replica (the leading dimension of every tensor): then a
            replica's noise does not depend on which other replicas are drawn beside it.
        hot: with one generator a replica, which replicas draw at all; the others get zeros.
    """
    fill, first = NOISES[kind], like[0]
    if len(generators) == 1:
        flat = fill(sum(tensor.numel() for tensor in like), first, generators[0])  # (parameter,)
        pieces = flat.split([tensor.numel() for tensor in like])
    else:
        widths = [tensor[0].numel() for tensor in like]
        hot = hot if len(hot) > 1 else [hot[0]] * len(generators)
        flat = first.new_zeros(len(generators), sum(widths))  # (replica, parameter)
        for row, generator, is_hot in zip(flat, generators, hot, strict=True):
            if is_hot:
                row.copy_(fill(sum(widths), first, generator))
        pieces = flat.split(widths, dim=1)
    return [piece.view(tensor.shape).to(tensor.dtype) for piece, tensor in zip(pieces, like, strict=True)]
