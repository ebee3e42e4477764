"""Figures of entropy and free energy; each function returns the figure and the table it draws."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from physlearn.codecs.free_energy import free_energy as of
from physlearn.instruments.style import (
    COLOURS,
    LINES,
    MARKERS,
    figure,
    house_style,
    name_ticks,
)

Drawn = tuple[Figure, dict[str, np.ndarray]]


@house_style
def entropies(qualities: Sequence[int], values: Mapping[str, np.ndarray]) -> Drawn:
    """Bits per byte by each estimator: plain on the left, then after coding.

    Args:
        qualities: of the JPEGs, (setting,).
        values: estimator -> bits per byte, plain first, (1 + setting,).
    """
    drawing, axes = figure(size=(6.4, 3.8))
    labels = ["plain", *map(str, qualities)]
    places = np.arange(len(labels))
    for i, (name, bits) in enumerate(values.items()):
        look = {"marker": MARKERS[i], "color": COLOURS[i], "mfc": "none"}
        axes.plot(places[1:], bits[1:], linestyle=LINES[i % 4], label=name, **look)
        axes.plot(places[:1], bits[:1], **look)
    axes.set(xlabel="JPEG quality", ylabel="bits per byte", ylim=(0, None))
    axes.set_xticks(places, labels)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    drawing.set_label(
        "Bits per byte by each estimator: a lower one has found more structure. What JPEG drops shows as "
        "the fall from plain to low quality."
    )
    return drawing, {"setting": np.array(labels), **values}


@house_style
def free_energy(quality: np.ndarray, scan: np.ndarray, raw_bits: float) -> Drawn:
    """R_actual against JPEG quality, on a logarithmic axis; above it up to R_max lies N H.

    Args:
        quality: (setting,), rising or not.
        scan: R_actual, bits per pixel and its standard error, (setting, 2).
        raw_bits: R_max.
    """
    order = np.argsort(quality)
    quality, scan = np.asarray(quality)[order], np.asarray(scan)[order]
    rows = [of(raw_bits, bits) for bits in scan[:, 0]]
    drawing, axes = figure()
    axes.axhline(raw_bits, color="0.3", linewidth=0.8, linestyle=LINES[1], label=r"$R_\max$, raw")
    axes.fill_between(quality, scan[:, 0], raw_bits, color="#eeeeee", label=r"$N H$, dropped as noise")
    axes.errorbar(quality, *scan.T, fmt=f"{MARKERS[0]}-", color=COLOURS[0], mfc="none", label=r"$R_\mathrm{actual}$")
    axes.set(xlabel="JPEG quality", ylabel="bits per pixel", yscale="log")
    name_ticks(axes.yaxis)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    columns = ("r_max", "noise", "r_actual", "a_over_t")
    table = {"quality": quality, "scan_se": scan[:, 1]} | {
        name: np.array([getattr(row, name) for row in rows]) for name in columns
    }
    drawing.set_label(
        f"Of {raw_bits:g} raw bits per pixel {table['r_actual'][-1]:.2g} are left at quality "
        f"{quality[-1]:g}; what lies above the curve is dropped as noise."
    )
    return drawing, table


class RateCurve(NamedTuple):
    """Test error of one kind of network against the rate of a codec.

    Args:
        name: of the kind.
        bits: per pixel or sample, rising, (point,).
        mean, error: test error, fractions, and its standard error; NaN of one seed, (point,).
        count: seeds, (point,).
        settings: of the codec, in words.
    """

    name: str
    bits: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    count: np.ndarray
    settings: list[str]


@house_style
def error_against_rate(curves: Sequence[RateCurve], raw_bits: float, per: str) -> Drawn:
    """Test error against bits per pixel or per sample, on a logarithmic axis; uncoded data at the right end.

    Args:
        curves: one for each kind of network or codec.
        raw_bits: of the data as they are.
        per: what has so many bits: pixel, sample.
    """
    drawing, axes = figure()
    axes.axvline(raw_bits, color="0.3", linewidth=0.8, linestyle=LINES[1], label="uncoded")
    for i, own in enumerate(curves):
        look = {"color": COLOURS[i % 8], "mfc": "none", "label": own.name}
        axes.errorbar(own.bits, 100 * own.mean, 100 * own.error, fmt=MARKERS[i % 8] + LINES[i % 4], **look)
    axes.set(xscale="log", xlabel=f"bits per {per}", ylabel="test error (%)", ylim=(0, None))
    name_ticks(axes.xaxis)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    best, at = min(((own, int(np.argmin(own.mean))) for own in curves), key=lambda pair: pair[0].mean[pair[1]])
    drawing.set_label(
        f"Smallest error, {100 * best.mean[at]:.3g} %, at {best.bits[at]:.3g} of {raw_bits:g} bits ({best.name}); a "
        "codec helps only where a curve lies below its uncoded end by more than the bars."
    )
    table = {
        "curve": np.repeat([own.name for own in curves], [len(own.bits) for own in curves]),
        "setting": np.array([setting for own in curves for setting in own.settings]),
    }
    joined = {key: np.concatenate([getattr(own, key) for own in curves]) for key in ("bits", "mean", "error", "count")}
    return drawing, table | joined
