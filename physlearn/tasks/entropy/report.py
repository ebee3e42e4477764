"""What task=entropy says and draws at its end."""

from typing import Any

import numpy as np

from physlearn.codecs import figures
from physlearn.codecs.entropy import COMPRESSORS, ESTIMATORS
from physlearn.codecs.free_energy import free_energy
from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol


def report(
    bench: BenchProtocol, settings: list[int | None], rows: list[dict[str, Any]], raw_bits: float
) -> dict[str, Any]:
    """The table, both figures, and what result.json holds: `plain_...`, and lists over `qualities`."""
    names = [*ESTIMATORS, *COMPRESSORS]
    bench.summary(
        "Bits per byte of an image (estimators: mean over images), and bits per pixel of its JPEG",
        ("", *names, "JPEG scan", "R_max - N H = R_actual", "PSNR"),
        [(label(quality), *(cell(row[name]) for name in names), *coded(row, raw_bits))
         for quality, row in zip(settings, rows, strict=True)],
    )  # fmt: skip
    plain, others = rows[0], rows[1:]
    qualities = np.array(settings[1:])
    values = {name: np.array([value(row[name]) for row in rows]) for name in names}
    bench.figure("entropy", figures.entropies(settings[1:], values))
    result: dict[str, Any] = {f"plain_{key(name)}": value(plain[name]) for name in names}
    result |= {f"plain_{key(name)}_se": plain[name][1] for name in ESTIMATORS}
    result["raw_bits"] = raw_bits
    if others:
        scan = np.array([row["scan"] for row in others])  # (quality, mean and error)
        bench.figure("free_energy", figures.free_energy(qualities, scan, raw_bits))
        result |= {
            "qualities": qualities.tolist(),
            "scan_bits": scan[:, 0].tolist(),
            "scan_bits_se": scan[:, 1].tolist(),
        }
        result |= {f"{name}s": [row[name] for row in others] for name in ("header", "psnr")}
        result |= {f"jpeg_{key(name)}": [value(row[name]) for row in others] for name in names}
        result["a_over_t"] = [free_energy(raw_bits, bits).a_over_t for bits in scan[:, 0]]
    return result


def coded(row: dict[str, Any], raw_bits: float) -> tuple[str, str, str]:
    if "scan" not in row:
        return "-", f"{raw_bits:g} - 0 = {raw_bits:g}", "-"
    found = free_energy(raw_bits, row["scan"][0])
    return plus_minus(*row["scan"]), f"{raw_bits:g} - {found.noise:.3f} = {found.r_actual:.3f}", f"{row['psnr']:.1f} dB"


def label(quality: int | None) -> str:
    return "plain" if quality is None else f"JPEG {quality}"


def key(name: str) -> str:
    return name.lower().replace("-", "_")


def value(entry: Any) -> float:
    return entry if isinstance(entry, float) else entry[0]


def cell(entry: Any) -> str:
    return f"{entry:.3f}" if isinstance(entry, float) else plus_minus(*entry)
