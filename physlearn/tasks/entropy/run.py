"""task=entropy: how many bits there are in images, plain and after JPEG at several qualities.

Estimators of counts take each pixel value of an image as an independent symbol: bits per byte of that image, mean and
standard error over the images. Compressors read all images as one stream of bytes. The scan of the JPEG is what the
codec itself needs; with it R_actual = R_max - N H.
"""

from typing import Any

import numpy as np
from omegaconf import DictConfig

from physlearn.codecs.entropy import COMPRESSORS, ESTIMATORS, compressed
from physlearn.codecs.jpeg import Coded, psnr, recode
from physlearn.codecs.pictures import in_bytes
from physlearn.data.dataset import checksum
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError, blame
from physlearn.tasks.entropy.report import report
from physlearn.tasks.setup.make import read_raw


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Measures the test images plain, then at each quality; returns what result.json holds."""
    x = images(cfg, bench)  # (image, channel, height, width), bytes
    raw_bits = 8.0 * x.shape[1]
    bench.say(f"{len(x):,} test images of {x.shape[2]} x {x.shape[3]} pixels, {raw_bits:g} bits per pixel.")
    settings: list[int | None] = [None, *cfg.task.qualities]
    rows: list[dict[str, Any]] = []
    if saved := bench.restore():
        rows = saved["rows"]
    for step in bench.steps(len(settings), lambda: {"rows": rows}, every=1):
        rows.append(measured(x, settings[step], cfg.task.subsampling))
    return report(bench, settings, rows, raw_bits)


def images(cfg: DictConfig, bench: BenchProtocol) -> np.ndarray:
    """The first `task.images` test images as bytes.

    Raises:
        UserError: the data are a table.
    """
    with blame("data"):
        name, raw = read_raw(cfg)
        if raw.test[0].ndim != 4:
            raise UserError(f"data: task=entropy needs images, {name} is a table. Type e.g. data=digits")
    bench.add_provenance(data={"name": name, "sha256": checksum(raw.test), "note": raw.note})
    return in_bytes(raw.test[0][: cfg.task.images], raw.white)


def measured(x: np.ndarray, quality: int | None, subsampling: int) -> dict[str, Any]:
    """Everything about one quality; None: the images as they are."""
    found: dict[str, Any] = {}
    if quality is not None:
        with blame("task.qualities"):
            coded: Coded = recode(x, quality, subsampling)
        pixels = x.shape[2] * x.shape[3]
        found["scan"] = mean_and_error(8 * coded.scan / pixels)
        found["header"] = 8 * float(coded.header.mean()) / pixels
        found["psnr"] = float(psnr(x.reshape(1, -1), coded.x.reshape(1, -1))[0])
        x = coded.x
    counts = [np.bincount(image.ravel(), minlength=256) for image in x]
    for name, estimate in ESTIMATORS.items():
        found[name] = mean_and_error(np.array([estimate(count) for count in counts]))
    content = np.ascontiguousarray(x).tobytes()
    return found | {name: compressed(content, name) for name in COMPRESSORS}
