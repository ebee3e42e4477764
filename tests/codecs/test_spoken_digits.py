"""Bits per sample of sound codecs on 50 recordings of spoken digits, against reference values; skipped without them."""

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from physlearn.codecs.audio import through_audio

FILE = Path(os.environ.get("PHYSLEARN_DATA", "."), "fsdd", "fsdd.npz")
REFERENCE = {
    ("flac", 0.0): 9.41,
    ("vorbis", 0.0): 4.77,
    ("vorbis", 1.0): 1.98,
    ("mp3", 0.0): 8.09,
    ("mp3", 0.9): 2.02,
    ("opus", 0.9): 4.04,
    ("opus", 1.0): 0.81,
}


@pytest.mark.skipif(not FILE.is_file(), reason="needs fsdd/fsdd.npz under PHYSLEARN_DATA")
def test_bits_per_sample_of_every_60th_recording():
    pytest.importorskip("soundfile")
    with np.load(FILE) as file:
        pcm = file["pcm"]  # read once
        parts = [pcm[a:b] for a, b in list(pairwise(file["offsets"]))[::60]]
        rate = int(file["rate"])
    stream = np.concatenate(parts)
    for (format, level), bits in REFERENCE.items():
        assert through_audio(stream, rate, format, level)[1] == pytest.approx(bits, rel=0.01), format
    pooled = np.concatenate(parts[:10])  # control: recordings of two speakers
    assert abs(through_audio(pooled, rate, "flac", 0.0)[1] / REFERENCE["flac", 0.0] - 1) > 0.02
