"""The group `codec` of a task: the data go through it once, with a bar where that takes longer than two seconds."""

import time

from omegaconf import DictConfig

from physlearn.codecs.pictures import Kept
from physlearn.data.raw import Raw
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build
from physlearn.lab.progress import Bar

PATIENCE = 2.0  # seconds without a bar


def code(cfg: DictConfig, raw: Raw, bench: BenchProtocol) -> Raw:
    """The raw data as `codec` leaves them; what it took is said and goes into the provenance.

    Of the training images only the first `data.limit` are coded: the others are not read.
    """
    if "codec" not in cfg:
        return raw
    limit = cfg.data.get("limit")
    if isinstance(limit, int) and limit > 0:
        raw = raw._replace(train=(raw.train[0][:limit], raw.train[1][:limit]))
    begun, bars, done = time.monotonic(), [], 0
    total = len(raw.train[0]) + len(raw.test[0])

    def told(pictures: int) -> None:
        nonlocal done
        done += pictures
        if not bars and time.monotonic() - begun > PATIENCE:
            bars.append(Bar(total, done, bench.quiet))
        for bar in bars:
            bar.move(done)

    try:
        kept: Kept = build("codec", cfg.codec, raw, told=told)
    finally:
        for bar in bars:
            bar.close()
    if kept.facts:
        bench.add_provenance(codec=kept.facts)
        bench.say(words(kept))
    return kept.raw


def words(kept: Kept) -> str:
    """`Codec: JPEG at quality 20: 0.917 of 24 bits per pixel (header 4.88 more), PSNR 25.1 dB.`"""
    facts = kept.facts
    return (
        f"Codec: {kept.words}: {facts['scan_bits']:.3g} of {facts['raw_bits']:g} bits per pixel (file header: "
        f"{facts['header_bits']:.3g} more), PSNR {facts['psnr']:.1f} dB."
    )
