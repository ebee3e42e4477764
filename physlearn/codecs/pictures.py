"""Codecs as the group `codec` has them: raw images -> raw images as a codec leaves them, and what the code took."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from physlearn.codecs.cache import remembered
from physlearn.codecs.jpeg import Coded, check_quality, psnr, recode
from physlearn.data.raw import Raw

Told = Callable[[int], None]


class Kept(NamedTuple):
    """What a codec leaves of images.

    Args:
        raw: the images afterwards.
        words: the codec and its settings, for the screen; empty where nothing was coded.
        facts: raw_bits, scan_bits, header_bits, all per pixel over the test images, and psnr in dB, of the mean
            squared difference over all of them; empty where nothing was coded.
    """

    raw: Raw
    words: str
    facts: dict[str, float]


def uncoded(raw: Raw, quality: None = None, told: Told | None = None) -> Kept:
    """The images as they are: what `codec=none` does."""
    return Kept(raw, "", {})


def through_jpeg(raw: Raw, quality: int | str, subsampling: int = 420, told: Told | None = None) -> Kept:
    """All images, training and test alike, coded as JPEG and decoded.

    Images whose white is not 255 are scaled to bytes first: x <- round(255 x / white).

    Args:
        raw: images (example, channel, height, width), one or three channels.
        quality: 1 ... 100, or ``none``: the images as they are.
        subsampling: of the colour channels, 420 as cameras have it.
        told: called with the number of images coded since the last call, for a progress bar.

    Raises:
        ValueError: another quality or subsampling; a table.
    """
    if quality in (None, "none"):
        return uncoded(raw)
    check_quality(quality)
    if raw.test[0].ndim != 4:
        raise ValueError("JPEG needs images, these data are a table; type codec=none")
    code = partial(recode, quality=quality, subsampling=subsampling, told=told or (lambda pictures: None))
    settings = f"JPEG {quality} {subsampling}"
    done, before = {}, {}
    for name in ("train", "test"):
        x, y = getattr(raw, name)
        before[name] = in_bytes(x, raw.white)
        found = remembered(before[name], settings, code) if len(x) else Coded(before[name], *np.zeros((2, 0), int))
        done[name] = (found, y)
    facts = facts_of(before["test"], done["test"][0])
    pairs = {name: (torch.from_numpy(found.x), y) for name, (found, y) in done.items()}
    return Kept(raw._replace(**pairs, white=255), f"JPEG at quality {quality}", facts)


def in_bytes(x: Tensor, white: int) -> np.ndarray:
    """0 ... 255 where x is 0 ... white, uint8, of the same shape."""
    if x.dtype == torch.uint8 and white == 255:
        return x.numpy()
    return (x.double() * 255 / white).round().clamp(0, 255).to(torch.uint8).numpy()


def facts_of(x: np.ndarray, coded: Coded) -> dict[str, float]:
    """Bits per pixel and distortion of images x after coding."""
    pixels = x.shape[2] * x.shape[3]
    return {
        "raw_bits": 8.0 * x.shape[1],
        "scan_bits": 8 * float(coded.scan.mean()) / pixels,
        "header_bits": 8 * float(coded.header.mean()) / pixels,
        "psnr": float(psnr(x.reshape(1, -1), coded.x.reshape(1, -1))[0]),
    }
