"""Unit-variance noise in the shapes of a list of tensors, drawn in one go.

Drawing is most of a Langevin step, so the weights share one flat buffer, kept from step to step and filled by a single
draw. Any noise with mean 0 and variance 1 gives a linear equation of motion the same covariances; the fourth moment
differs (see `exact.kurtosis`).
"""

import math
from collections.abc import Callable, Sequence
from functools import cache, reduce

import torch
from torch import Tensor

from physlearn.dynamics.box_muller import box_muller_
from physlearn.dynamics.choices import NOISE_KINDS

BITS = 64


def normals_(flat: Tensor, generator: torch.Generator) -> None:
    """Fill `flat` with independent normals of variance 1."""
    flat.normal_(generator=generator)


def signs_(flat: Tensor, generator: torch.Generator) -> None:
    """Fill `flat`, a multiple of 64 long, with independent +-1 of equal odds.

    One random 64-bit word makes 64 of them: shifting its bytes by 0 ... 7 places puts each bit at the sign's place in
    turn, a shift back spreads it over the byte, 0 or -1, and setting the last bit makes that 1 or -1.
    """
    words = torch.empty(flat.numel() // BITS, dtype=torch.int64, device=flat.device)
    signs = random_bits_(words, generator).view(torch.int8) << _places(flat.device)  # (place, byte)
    flat.copy_(signs.bitwise_right_shift_(7).bitwise_or_(1).view(-1))


def random_bits_(words: Tensor, generator: torch.Generator) -> Tensor:
    """Fill int64 `words` with 64 random bits each: without a range they would have only 63."""
    return words.random_(-(2**63), None, generator=generator)


@cache
def _places(device: torch.device) -> Tensor:
    return torch.arange(8, dtype=torch.int8, device=device)[:, None]


NOISES: dict[str, Callable[[Tensor, torch.Generator], None]] = dict(
    zip(NOISE_KINDS, (normals_, signs_, box_muller_), strict=True)
)


class NoiseBuffer:
    """Noise of variance 1 in the shapes of `like`, all of it views of one buffer that each draw fills anew.

    Args:
        kind: ``gaussian`` (torch's normals), ``rademacher`` (random signs) or ``box_muller`` (normals, see there).
        like: tensors whose shapes, widest dtype and device the noise takes.
        streams: 1: one generator for everything. More: one for each replica (the leading dimension of every tensor);
            then a replica's noise does not depend on which other replicas are drawn beside it.
    """

    def __init__(self, kind: str, like: Sequence[Tensor], streams: int) -> None:
        self.like = list(like)
        self._fill = NOISES[kind]
        widths = [tensor.numel() // streams for tensor in like]
        padded = math.ceil(sum(widths) / BITS) * BITS
        dtype = reduce(torch.promote_types, (tensor.dtype for tensor in like))
        flat = torch.zeros(streams, padded, dtype=dtype, device=like[0].device)  # (stream, parameter)
        self._rows = flat.unbind()
        pieces = flat[:, : sum(widths)].split(widths, dim=1)
        self._pieces = [piece.view(tensor.shape) for piece, tensor in zip(pieces, like, strict=True)]

    def draw(self, generators: Sequence[torch.Generator], hot: Sequence[bool] = (True,)) -> list[Tensor]:
        """Fresh noise, valid until the next draw. Of several streams, those that are not `hot` draw nothing: zeros."""
        hot = hot if len(hot) == len(generators) else [any(hot)] * len(generators)
        for row, generator, is_hot in zip(self._rows, generators, hot, strict=True):
            if is_hot:
                self._fill(row, generator)
            else:
                row.zero_()
        return self._pieces
