"""The JPEG filter against the standard's tables, the file's own bytes, and the sheet's measured numbers."""

import io

import numpy as np
import pytest
from PIL import Image

from physlearn.codecs import jpeg
from physlearn.codecs.choices import SUBSAMPLINGS


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (6, 3, 5, 5)).repeat(8, 2).repeat(8, 3)[..., :32, :32]
    return (coarse * 0.8 + rng.integers(0, 50, coarse.shape)).astype(np.uint8)  # (example, channel, height, width)


def test_tables_are_libjpegs_at_every_quality(pictures):
    for quality in range(1, 101):
        content = jpeg.encode(np.moveaxis(pictures[0], 0, -1), quality)
        written = Image.open(io.BytesIO(content)).quantization
        for number, table in enumerate(jpeg.tables(quality)):
            assert np.array_equal(np.array(written[number]).reshape(8, 8), table), quality


def test_header_and_scan(pictures):
    for quality in (1, 13, 27, 50, 100):
        content = jpeg.encode(np.moveaxis(pictures[1], 0, -1), quality)
        header, scan = jpeg.header_and_scan(content)
        assert header == 625  # 2 + 18 + 138 + 19 + 432 + 14 + 2: markers, JFIF, tables, size, Huffman codes, scan, end
        assert header + scan == len(content)
    grey = jpeg.encode(pictures[1, 0], 50)
    assert jpeg.header_and_scan(grey)[0] == 330  # one table of each kind, one component
    assert sum(jpeg.header_and_scan(grey)) == len(grey)


def test_recoding_is_what_a_viewer_sees(pictures):
    for code in SUBSAMPLINGS:
        found = jpeg.recode(pictures, 30, code)
        for i, picture in enumerate(pictures):
            content = jpeg.encode(np.moveaxis(picture, 0, -1), 30, code)
            assert np.array_equal(np.moveaxis(np.asarray(Image.open(io.BytesIO(content))), -1, 0), found.x[i])
            assert found.scan[i] + found.header[i] == len(content)
    finer, coarser = (jpeg.recode(pictures, 30, code).scan.sum() for code in (444, 420))
    assert finer > coarser
    grey = jpeg.recode(pictures[:, :1], 30)
    assert grey.x.shape == (6, 1, 32, 32)


def test_higher_quality_takes_more_bits_and_is_nearer(pictures):
    found = [jpeg.recode(pictures, quality) for quality in (1, 10, 50, 90)]
    bits = [coded.scan.sum() for coded in found]
    decibels = [jpeg.psnr(pictures, coded.x).mean() for coded in found]
    assert bits == sorted(bits)
    assert decibels == sorted(decibels)


def test_psnr():
    x = np.full((2, 1, 2, 2), 100, np.uint8)
    other = x.copy()
    other[1, 0, 0, 0] = 110  # mean squared difference 25
    assert jpeg.psnr(x, other)[1] == pytest.approx(10 * np.log10(255**2 / 25))
    assert jpeg.psnr(x, other)[0] == np.inf


@pytest.mark.parametrize("quality", [0, 101, 20.0, True])
def test_another_quality_is_refused(pictures, quality):
    with pytest.raises(ValueError, match=r"quality=.*1 to 100"):
        jpeg.recode(pictures, quality)


def test_what_is_no_picture_is_refused(pictures):
    with pytest.raises(ValueError, match="bytes"):
        jpeg.recode(pictures.astype(float), 20)
    with pytest.raises(ValueError, match="channels"):
        jpeg.recode(pictures[:, :2], 20)
    with pytest.raises(ValueError, match="subsampling=411"):
        jpeg.recode(pictures, 20, 411)
