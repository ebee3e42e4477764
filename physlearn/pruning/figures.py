"""The figures of pruning: (Figure, table of the numbers drawn)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from physlearn.instruments.style import COLOURS, curve_style, figure, house_style, name_ticks, plain_numbers
from physlearn.pruning.published import Point

Table = dict[str, Any]
TIMES = FuncFormatter(lambda value, _: f"{value:g}×")


@house_style
def error_against_compression(
    network: Sequence[str],
    criterion: Sequence[str],
    compression: np.ndarray,
    error: np.ndarray,
    standard_error: np.ndarray,
    published: Mapping[str, tuple[str, Sequence[Point]]],
    dense: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[Figure, Table]:
    """Test error against compression, a panel per network and a line per criterion; published networks as black marks.

    Args:
        network, criterion: of each point: (point,).
        compression, error, standard_error: weights / weights kept, mean error and its standard error over seeds, as
            fractions; not a number where there is one seed: (point,).
        published: network -> (its name, points).
        dense: network -> mean error before pruning and its standard error, drawn as a band.
    """
    network, criterion = np.asarray(network), np.asarray(criterion)
    compression, error, standard_error = (np.asarray(v, dtype=float) for v in (compression, error, standard_error))
    panels, ways = list(dict.fromkeys(network.tolist())), list(dict.fromkeys(criterion.tolist()))
    drawing, axes = figure(1, len(panels), size=(1.2 + 5.2 * len(panels), 5.0), squeeze=False)
    handles: dict[str, Any] = {}
    for axis, panel in zip(axes[0], panels, strict=True):
        for i, way in enumerate(ways):
            own = np.flatnonzero((network == panel) & (criterion == way))
            own = own[np.argsort(compression[own])]
            if len(own):
                spread = 100 * np.nan_to_num(standard_error[own])
                axis.errorbar(compression[own], 100 * error[own], spread, label=way, **curve_style(i))
        before, spread_before = (dense or {}).get(panel, (np.nan, np.nan))
        name, points = published.get(panel, (panel, ()))
        for i, point in enumerate(points):
            there = f"{point.source}: {100 * point.error:.2f} %, {point.compression:g}×"
            axis.plot(point.compression, 100 * point.error, "x+12"[i % 4], color="black", markersize=9, label=there)
        shown = [*error[network == panel], *(point.error for point in points)]
        rates = [*compression[network == panel], *(p.compression for p in points)]
        logarithmic = scale_axes(axis, np.array(rates), np.array(shown))
        axis.set(xlabel="compression (weights / weights kept)", ylabel="test error (%)", title=name)
        if np.isfinite(before):
            low, high = 100 * (before - np.nan_to_num(spread_before)), 100 * (before + np.nan_to_num(spread_before))
            axis.axhspan(low, high, color="0.4", alpha=0.3, label=f"dense, {100 * before:.2f} %, band: ± its error")
        of_ways = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
        handles |= {way: of_ways.pop(way) for way in ways if way in of_ways}
        if of_ways:  # published networks and the dense band: where curves that rise to the right leave room
            axis.legend(of_ways.values(), of_ways, loc="upper left")
            axis.set_ylim(top=axis.get_ylim()[1] * (1.6 if logarithmic else 1.15))
    drawing.legend(handles.values(), handles, loc="outside lower center", ncols=min(len(handles), len(panels) + 1))
    titles = {panel: published.get(panel, (panel, ()))[0] for panel in panels}
    drawing.set_label(compression_caption(network, criterion, compression, error, dense or {}, titles))
    return drawing, {
        "network": network,
        "criterion": criterion,
        "compression": compression,
        "error": error,
        "standard_error": standard_error,
    }


def scale_axes(axis: Axes, rates: np.ndarray, errors: np.ndarray) -> bool:
    """Labels between decades of compression; the error is logarithmic where it spans a factor of 8: returns that."""
    wide = bool(errors.max() / max(errors.min(), 1e-4) > 8)
    axis.set(xscale="log", yscale="log" if wide else "linear")
    for side in (axis.xaxis, axis.yaxis) if wide else (axis.xaxis,):
        side.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=30))
        side.set_minor_formatter(NullFormatter())
    few = np.ptp(np.log10(rates)) < 1.6
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1, 3), numticks=30))
    axis.xaxis.set_major_formatter(TIMES)
    axis.yaxis.set_major_formatter(plain_numbers)
    return wide


def compression_caption(
    network: np.ndarray,
    criterion: np.ndarray,
    compression: np.ndarray,
    error: np.ndarray,
    dense: Mapping[str, tuple[float, float]],
    titles: Mapping[str, str],
) -> str:
    """The largest compression that costs nothing against the dense band, network by network."""
    words = []
    for name, (before, spread) in dense.items():
        same, moved = network == name, np.char.endswith(criterion, "augmented")
        same &= ~moved | moved[same].all()  # where only some rows are augmented, the dense network of those is another
        free = np.flatnonzero(same & (error <= before + np.nan_to_num(spread)))
        if len(free):
            best = free[np.argmax(compression[free])]
            way = f"{compression[best]:.3g}x by {criterion[best]}"
            words.append(f"{titles[name]}: {way} is within or below the dense band")
    return "Test error against compression. " + (
        "; ".join(words) + "." if words else "Lower and further right is better."
    )


@dataclass(frozen=True)
class Curve:
    """Scores against bytes.

    Args:
        words: what the curve is.
        bytes: (point,), means over seeds.
        mean, standard_error: error (a fraction), nll, ece -> (point,); not a number for one seed.
        count: number of seeds, (point,).
        compression: weights / weights kept, as words: (point,).
    """

    words: str
    bytes: np.ndarray
    mean: Mapping[str, np.ndarray]
    standard_error: Mapping[str, np.ndarray]
    count: np.ndarray
    compression: Sequence[str]


@house_style
def scores_against_bytes(curves: Sequence[Curve]) -> tuple[Figure, Table]:
    """Test error, NLL and ECE against bytes, a panel each: lower and further left is better."""
    drawing, axes = figure(1, 3, size=(11.4, 3.8))
    names = {"error": ("test error (%)", 100), "nll": ("test NLL (nats)", 1), "ece": ("test ECE (%)", 100)}
    for axis, (key, (label, scale)) in zip(axes, names.items(), strict=True):
        for i, own in enumerate(curves):
            spread = scale * np.nan_to_num(own.standard_error[key])
            axis.errorbar(own.bytes, scale * own.mean[key], spread, label=own.words, **curve_style(i))
        axis.set(xlabel="bytes", ylabel=label, xscale="log")
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=min(3, len(curves)))
    drawing.set_label("Lower and further left is better: at equal bytes, the curve below is the better use of them.")
    return drawing, {
        "curve": np.repeat([own.words for own in curves], [len(own.bytes) for own in curves]),
        "bytes": np.concatenate([own.bytes for own in curves]),
        **{key: np.concatenate([own.mean[key] for own in curves]) for key in names},
        **{f"{key} standard error": np.concatenate([own.standard_error[key] for own in curves]) for key in names},
        "n": np.concatenate([own.count for own in curves]),
    }


@house_style
def weights_before_after(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> tuple[Figure, Table]:
    """Histograms of each layer's weights before pruning and of those that are kept after it, numbers on a log axis.

    Args:
        before, after: layer -> weights, flat; `after` without the removed ones.
    """
    columns = min(4, len(before))
    rows = -(-len(before) // columns)
    drawing, axes = figure(rows, columns, size=(0.8 + 3.0 * columns, 0.5 + 2.6 * rows), squeeze=False)
    table: Table = {"layer": [], "from": [], "to": [], "before": [], "after": []}
    for axis in axes.flat[len(before) :]:
        axis.set_visible(False)
    for axis, (layer, first) in zip(axes.flat, before.items(), strict=False):
        reach = max((np.abs(w).max() for w in (first, after[layer]) if len(w)), default=1.0) or 1.0
        edges = np.linspace(-reach, reach, 62)
        counts = [np.histogram(w, edges)[0] for w in (first, after[layer])]
        axis.stairs(counts[0], edges, color="black", linewidth=1.2, label="before")
        axis.stairs(counts[1], edges, color=COLOURS[1], fill=True, alpha=0.7, label="after, kept")
        kept = 100 * len(after[layer]) / len(first)
        axis.set(yscale="log", ylim=(0.7, None), xlabel="weight", title=f"{layer}: {kept:.2g} % kept")
        axis.locator_params(axis="x", nbins=4)  # labels such as -0.25 touch in narrow panels
        lines = ([layer] * len(counts[0]), edges[:-1], edges[1:], *counts)
        for column, values in zip(table.values(), lines, strict=True):
            column += list(values)
    for axis in axes[:, 0]:
        axis.set(ylabel="number of weights")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    drawing.set_label(
        f"Pruning by magnitude cuts a gap around zero, which retraining fills from its edges; random masks cut none. "
        f"{sum(map(len, after.values())):,} of {sum(map(len, before.values())):,} weights are kept."
    )
    return drawing, table


@house_style
def density_by_layer(
    density: Mapping[str, float], published: Mapping[str, float] | None = None
) -> tuple[Figure, Table]:
    """Share of weights kept in each layer, on a log axis; beside it what Han et al. kept there, where known.

    Args:
        density, published: layer -> fraction in [0, 1].
    """
    layers, published = list(density), published or {}
    drawing, axis = figure(size=(5.6, 0.9 + 0.32 * len(layers)))
    here = np.arange(len(layers))
    ours, theirs = (100 * np.array([of.get(layer, np.nan) for layer in layers]) for of in (density, published))
    if published:
        axis.plot(theirs, here, "D", color="white", markeredgecolor="black", label="Han et al. 2015")
    axis.plot(np.where(ours > 0, ours, np.nan), here, "o", color=COLOURS[0], label="this network")
    for row, share in enumerate(ours):
        axis.annotate(f"{share:.2g} %", (1, row), (4, 0), axis.get_yaxis_transform(), "offset points", va="center")
    if published:
        axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    axis.set(xscale="log", xlim=(None, 130), ylim=(-0.6, len(layers) - 0.4), xlabel="weights kept (%)")
    name_ticks(axis.xaxis)
    axis.set_yticks(here, layers)
    axis.invert_yaxis()
    drawing.set_label(
        f"Where weights are kept: most in {layers[int(np.argmax(ours))]} ({ours.max():.2g} %), fewest in "
        f"{layers[int(np.argmin(ours))]} ({ours.min():.2g} %)."
    )
    return drawing, {"layer": layers, "density": ours / 100, "han_2015": theirs / 100}


@house_style
def sensitivity(
    grid: Sequence[float], curves: Mapping[str, np.ndarray], thresholds: Mapping[str, float]
) -> tuple[Figure, Table]:
    """The loss when one layer alone is thinned, against its threshold; the one that each layer got as a black mark.

    Args:
        grid: thresholds s, in standard deviations of the layer's weights.
        curves: layer -> training loss in nats at each s.
        thresholds: layer -> s_l.
    """
    drawing, axis = figure()
    for i, (layer, losses) in enumerate(curves.items()):
        axis.plot(grid, losses, label=layer, **curve_style(i))
        height = np.interp(thresholds[layer], grid, losses)
        axis.plot(thresholds[layer], height, "|", color="black", markersize=14, markeredgewidth=2)
    axis.set(yscale="log", xlabel="threshold s (standard deviations of the layer's weights)",
             ylabel="training loss (nats)")  # fmt: skip
    axis.legend()
    drawing.set_label(
        "The loss when one layer alone is thinned: a layer whose curve rises early is sensitive and gets a "
        "small threshold (black mark)."
    )
    return drawing, {"s": list(grid), **{layer: list(losses) for layer, losses in curves.items()},
                     "layer": list(thresholds), "s_layer": list(thresholds.values())}  # fmt: skip


@house_style
def receptive_field(mask: np.ndarray, shape: tuple[int, int, int]) -> tuple[Figure, Table]:
    """Which pixels the first fully connected layer still looks at: weights kept from each, summed over its neurons.

    Args:
        mask: bool (neuron, channel * height * width).
        shape: (channel, height, width) of a picture; channels are summed as well.
    """
    field = np.asarray(mask).sum(0).reshape(shape).sum(0)  # (height, width)
    drawing, axis = figure(size=(4.6, 3.9))
    image = axis.imshow(field, cmap="magma", interpolation="nearest")
    drawing.colorbar(image, label="weights kept from this pixel")
    seen = int((field > 0).sum())
    axis.set(xlabel="column (pixel)", ylabel="row (pixel)", title=f"{seen} of {field.size} pixels are still read")
    axis.grid(False)
    rows, columns = np.indices(field.shape)
    drawing.set_label(f"The first layer reads {seen} of {field.size} pixels: all weights of the others were removed.")
    return drawing, {"row": rows.ravel(), "column": columns.ravel(), "weights_kept": field.ravel()}
