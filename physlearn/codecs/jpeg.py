"""JPEG as a filter: images are coded at a quality and decoded again; the bits that this took, header and scan apart.

A baseline JPEG file is a header (tables, sizes: 625 bytes for colour) and a scan, the entropy-coded coefficients. On
small images the header would hide everything: bits per pixel are those of the scan, and the header's stand beside.
"""

import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, JpegImagePlugin

from physlearn.codecs.choices import SUBSAMPLINGS

LUMINANCE = np.array(  # Annex K of the standard, table K.1; row by row
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
CHROMINANCE = np.full((8, 8), 99)  # table K.2
CHROMINANCE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
SLICE = 500  # images between two reports
START, END = 2, 2  # bytes of the markers that begin and end a file
START_OF_SCAN = b"\xff\xda"


class Coded(NamedTuple):
    """Images after coding and decoding, and what the code took.

    Args:
        x: uint8, of the shape that came in.
        header, scan: bytes per image, int64 (example,).
    """

    x: np.ndarray
    header: np.ndarray
    scan: np.ndarray


def tables(quality: int) -> tuple[np.ndarray, np.ndarray]:
    """Quantisation tables of luminance and chrominance, whole numbers (8, 8) each, as libjpeg makes them.

    T = clip((base s + 50) // 100, 1, 255),      s = 5000 // q below q = 50, else 200 - 2q

    Args:
        quality: q, 1 ... 100.
    """
    check_quality(quality)
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    luminance, chrominance = (np.clip((base * scale + 50) // 100, 1, 255) for base in (LUMINANCE, CHROMINANCE))
    return luminance, chrominance


def check_quality(quality: int) -> None:
    """Raises ValueError: it is not a whole number from 1 to 100."""
    if not isinstance(quality, int) or isinstance(quality, bool) or not 1 <= quality <= 100:
        raise ValueError(f"quality={quality}: allowed are whole numbers from 1 to 100")


def encode(picture: np.ndarray, quality: int, subsampling: int = 420) -> bytes:
    """The baseline JPEG file of one image, with the standard Huffman tables.

    Args:
        image: uint8, (height, width) grey or (height, width, 3) colour.
        quality: 1 ... 100.
        subsampling: of the colour channels: 444, 422 or 420 (4:2:0: both halved); a grey image has none.
    """
    check_quality(quality)
    if subsampling not in SUBSAMPLINGS:
        raise ValueError(f"subsampling={subsampling}: allowed are {', '.join(map(str, SUBSAMPLINGS))}")
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality, subsampling=SUBSAMPLINGS[subsampling])
    return file.getvalue()


def header_and_scan(content: bytes) -> tuple[int, int]:
    """Bytes of the header, end marker included, and of the entropy-coded scan; they add up to the file's length."""
    at = START
    while content[at : at + 2] != START_OF_SCAN:  # from segment to segment: a table may hold these bytes too
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    start = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return start + END, len(content) - start - END


def recode(
    x: np.ndarray,
    quality: int,
    subsampling: int = 420,
    told: Callable[[int], None] = lambda pictures: None,
) -> Coded:
    """Each image coded and decoded, on one core: Pillow holds Python's lock for half of the time, and a second thread
    makes small images slower.

    Args:
        x: uint8 (example, channel, height, width), one channel (grey) or three (red, green, blue).
        quality, subsampling: see `encode`.
        told: called with the number of images that were coded since the last call.

    Raises:
        ValueError: quality, subsampling, or images of another kind.
    """
    if x.dtype != np.uint8 or x.ndim != 4 or x.shape[1] not in (1, 3):
        raise ValueError(f"JPEG needs bytes (example, 1 or 3 channels, height, width), not {x.dtype} {x.shape}")
    check_quality(quality)
    parts = np.array_split(x, max(1, -(-len(x) // SLICE)))
    found = []
    for part in parts:
        found.append(_slice(part, quality, subsampling))
        told(len(part))
    return Coded(*(np.concatenate(pieces) for pieces in zip(*found, strict=True)))


def _slice(x: np.ndarray, quality: int, subsampling: int) -> Coded:
    out, sizes = np.empty_like(x), np.empty((2, len(x)), np.int64)
    for i, picture in enumerate(x):
        content = encode(picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0), quality, subsampling)
        sizes[:, i] = header_and_scan(content)
        decoded = JpegImagePlugin.JpegImageFile(io.BytesIO(content))  # Image.open would look for the kind of file first
        pixels = np.frombuffer(decoded.tobytes(), np.uint8).reshape(*picture.shape[1:], len(picture))
        out[i] = pixels.transpose(2, 0, 1)
    return Coded(out, *sizes)


def psnr(x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio 10 log10(255^2 / mean squared difference) of each image in dB, (example,)."""
    error = ((x.astype(float) - other) ** 2).mean(tuple(range(1, x.ndim)))
    with np.errstate(divide="ignore"):  # equal images: infinite
        return 10 * np.log10(255**2 / error)
