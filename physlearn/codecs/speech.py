"""Spoken digits as images: the Free Spoken Digit Dataset, through a codec of sound, as logarithmic spectrograms."""

import hashlib
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from physlearn.codecs.audio import through_audio
from physlearn.data.files import DataError, cache, data_root, find
from physlearn.data.raw import Raw

FILE, FOLDERS = "fsdd.npz", ("fsdd", ".")
SIDE = 32  # bands and frames of a spectrogram
LENGTH = 8_000  # samples of an image: one second
FRAME = 512  # samples of a Fourier transform
FLOOR = 1e-3  # power below which nothing is heard, of samples in -1 ... 1
TEST_TAKES = 5  # takes 0 ... 4 of every speaker and digit


def spoken_digits(root: str | os.PathLike | None = None, format: str = "none", level: float = 0.5) -> Raw:
    """2,700 training and 300 test recordings of six speakers, x (example, 1, 32, 32), after a codec.

    x = ln(P_bf + floor), P the power in 32 mel bands b and 32 frames f over the recording's first second, zeros after
    its end. The note says how many bits per sample the codec took.

    Args:
        root: the data root; see `files.data_root`.
        format, level: of the codec, see `audio.through_audio`.

    Raises:
        DataError: the file is missing or not what it should be.
        ValueError: format or level.

    Source: Z. Jackson et al., Free Spoken Digit Dataset; takes 0-4 are its usual test split.
    """
    folder = data_root(root)
    path = find(folder, FOLDERS, (FILE,))
    if path is None:
        raise DataError(f"{folder} has no {FOLDERS[0]}/{FILE}: put the recordings there, as one NumPy archive")
    try:
        with np.load(path, allow_pickle=False) as file:
            pcm, offsets, digit, take = (file[name] for name in ("pcm", "offsets", "digit", "take"))
            rate = int(file["rate"])
    except (OSError, ValueError, KeyError) as defect:
        raise DataError(f"{path} is damaged or has other contents ({defect}); replace it") from None
    decoded, bits = remembered(pcm, rate, format, level)
    mel = bands(rate)
    x = torch.stack([spectrogram(decoded[a:b], mel) for a, b in pairwise(offsets)])
    y, test = torch.from_numpy(digit.astype(np.int64)), torch.from_numpy(take < TEST_TAKES)
    note = f"spoken digits, {format}: {bits:.3g} bits per sample" + ("" if format == "none" else f" (level {level:g})")
    return Raw((x[~test], y[~test]), (x[test], y[test]), classes=10, note=note, rate=(16.0, bits))


def remembered(pcm: np.ndarray, rate: int, format: str, level: float) -> tuple[np.ndarray, float]:
    """`through_audio`, or what it gave the last time: Opus takes a minute for these 22 minutes of sound."""
    if format == "none":
        return through_audio(pcm, rate, format, level)
    digest = hashlib.sha256(f"{format} {level!r} {rate}".encode() + pcm.tobytes()).hexdigest()
    path = cache() / "codecs" / f"{digest}.npz"
    if (found := load(path, len(pcm))) is not None:
        return found
    decoded, bits = through_audio(pcm, rate, format, level)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{os.getpid()}.npz")
        np.savez(part, decoded=decoded, bits=bits, sha256=hashlib.sha256(decoded.tobytes()).hexdigest())
        part.rename(path)
    except OSError:
        return decoded, bits  # a full or read-only disk: the result is right without it
    return decoded, bits


def load(path: Path, samples: int) -> tuple[np.ndarray, float] | None:
    """What a file holds; None where it is missing or not what was written."""
    try:
        with np.load(path, allow_pickle=False) as file:
            decoded, bits, digest = file["decoded"], float(file["bits"]), str(file["sha256"])
    except (OSError, ValueError, KeyError, EOFError):
        return None
    whole = len(decoded) == samples and hashlib.sha256(decoded.tobytes()).hexdigest() == digest
    return (decoded, bits) if whole else None


def bands(rate: int) -> Tensor:
    """Triangular mel filters, float64 (band, frequency): m = 2595 log10(1 + f/700), evenly spaced from 0 to rate/2."""
    frequencies = torch.linspace(0, rate / 2, FRAME // 2 + 1, dtype=torch.float64)
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (torch.linspace(0, top, SIDE + 2, dtype=torch.float64) / 2595) - 1)  # (edge,)
    low, centre, high = (edges[i : i + SIDE, None] for i in range(3))
    return torch.minimum((frequencies - low) / (centre - low), (high - frequencies) / (high - centre)).clamp_min(0)


def spectrogram(pcm: np.ndarray, mel: Tensor) -> Tensor:
    """ln of the power in mel bands, (1, band, frame), of int16 samples (sample,)."""
    sound = torch.zeros(LENGTH, dtype=torch.float64)
    part = torch.from_numpy(pcm[:LENGTH].astype(float) / 2**15)
    sound[: len(part)] = part
    window = torch.hann_window(FRAME, dtype=torch.float64)
    spectrum = torch.stft(sound, FRAME, LENGTH // SIDE, window=window, return_complex=True, center=True)
    power = spectrum[:, :SIDE].abs().square()  # (frequency, frame)
    return (mel @ power + FLOOR).log()[None]
