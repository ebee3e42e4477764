"""Bits per pixel of JPEG on pixel-exact pictures of CIFAR-10, against published measurements; skipped without them."""

import os
from pathlib import Path

import numpy as np
import pytest

from physlearn.codecs import jpeg

FILE = Path(os.environ.get("PHYSLEARN_DATA", "."), "cifar10_lossless4000", "cifar10_lossless4000.npz")
PUBLISHED = {1: (0.233, 18.4), 5: (0.363, 20.6), 20: (0.917, 25.1), 50: (1.584, 27.8), 100: (9.479, 36.9)}


@pytest.mark.skipif(not FILE.is_file(), reason="needs cifar10_lossless4000 under PHYSLEARN_DATA")
def test_bits_and_distortion():
    with np.load(FILE) as file:
        x = np.moveaxis(file["x"][:1000], -1, 1)
    for quality, (bits, decibels) in PUBLISHED.items():
        coded = jpeg.recode(x, quality)
        assert 8 * coded.scan.mean() / 1024 == pytest.approx(bits, rel=0.01)
        assert set(coded.header) == {625}  # 4.88 bits per pixel
        assert jpeg.psnr(x.reshape(1, -1), coded.x.reshape(1, -1))[0] == pytest.approx(decibels, abs=0.1)
