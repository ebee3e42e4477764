"""Coded images on disk, so that a quality is computed once: one safetensors file, verified on loading."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import features
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from physlearn.codecs.jpeg import Coded
from physlearn.data.files import cache

LEAST = 10_000  # images; fewer are quicker coded than found


def remembered(x: np.ndarray, settings: str, code: Callable[[np.ndarray], Coded]) -> Coded:
    """code(x), or what it gave the last time for the same images, settings and version of the library.

    The file's name is the SHA-256 of all three; the SHA-256 of what it holds stands in it, and a file that has another
    (or cannot be read) is made anew. A folder that cannot be written costs the time alone.

    Args:
        x: uint8 (example, channel, height, width).
        settings: of the codec, in words.
        code: the codec.
    """
    if len(x) < LEAST:
        return code(x)
    name = f"{settings}, libjpeg {features.version('jpg')} {features.version('libjpeg_turbo')}"
    digest = hashlib.sha256(f"{name} {x.shape}".encode() + np.ascontiguousarray(x).tobytes()).hexdigest()
    path = cache() / "codecs" / f"{digest}.safetensors"
    if (found := load(path)) is not None:
        return found
    coded = code(x)
    with suppress(OSError):  # a full or read-only disk: the result is right without it
        save(path, coded, name)
    return coded


def load(path: Path) -> Coded | None:
    """What a file holds; None where it is missing or not what was written."""
    try:
        with safe_open(path, "np") as file:
            coded = Coded(*(file.get_tensor(name) for name in Coded._fields))
            return coded if (file.metadata() or {}).get("sha256") == checksum(coded) else None
    except (OSError, SafetensorError):
        return None


def save(path: Path, coded: Coded, name: str) -> None:
    """Written beside, then renamed: two runs that code the same images do not see half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(coded._asdict(), part, {"sha256": checksum(coded), "made_by": name})
        part.rename(path)
    except SafetensorError as error:  # its name for a full disk
        raise OSError(str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def checksum(coded: Coded) -> str:
    """SHA-256 of the arrays' bytes (hex)."""
    digest = hashlib.sha256()
    for array in coded:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
