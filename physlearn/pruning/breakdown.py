"""What the bytes of a packed network are spent on, and what its masks would cost otherwise."""

import json
import zlib
from dataclasses import dataclass

import numpy as np

from physlearn.pruning import storage
from physlearn.pruning.entropy import Scale

WIDTHS = range(1, 17)  # bits of a relative index


@dataclass(frozen=True)
class Bytes:
    """Bytes of one file; `header`, `masks` and `values` add up to the whole.

    Args:
        header: names, shapes, checksum.
        masks: where the kept weights and biases are.
        values: which values they have, codebooks and buffers included.
        relative: what the layers' masks would take as relative indices, in the best number of bits for each.
        entropy: the same if every place of a layer were kept independently with the layer's density.
    """

    header: int
    masks: int
    values: int
    relative: int
    entropy: int


def weigh(content: bytes) -> Bytes:
    """Reads a packed network and weighs its parts.

    Raises:
        ValueError: these are not the bytes of a packed network.
    """
    state = storage.unpack(content)
    _, _, length, _ = storage.HEAD.unpack(content[: storage.HEAD.size])
    header = storage.HEAD.size + length
    entries = json.loads(zlib.decompress(content[storage.HEAD.size : header]))["parameters"]
    masks = {entry["name"]: (state[entry["name"]] != 0).numpy() for entry in entries}
    scale = Scale()
    storage.exchange_all(scale, masks, entries)
    sent = round(scale.cost / 8)
    layers = [masks[entry["name"]] for entry in entries if "lag" in entry]
    return Bytes(
        header,
        sent,
        len(content) - header - sent,
        sum(min(relative_index_bits(mask, width) for width in WIDTHS) for mask in layers) // 8,
        round(sum(independent_bits(mask) for mask in layers) / 8),
    )


def relative_index_bits(mask: np.ndarray, width: int) -> int:
    """What the same mask costs as relative indices of `width` bits, for comparison (Han et al. 2015, section 3).

    Each kept weight has the number of places since the last one; a longer gap takes fillers of 2^width places each. Of
    independent places kept with probability p, q/(1 - q) fillers a weight, q = (1 - p)^(2^width).
    """
    gaps = np.diff(np.flatnonzero(mask), prepend=-1) - 1
    return width * int(len(gaps) + (gaps >> width).sum())


def independent_bits(mask: np.ndarray) -> float:
    """Entropy of independent places: -n (p log2 p + (1 - p) log2 (1 - p))."""
    p = np.array([mask.mean(), 1 - mask.mean()])
    return -mask.size * float((p[p > 0] * np.log2(p[p > 0])).sum())
