"""The figures of an associative memory. Each function takes arrays, returns the Figure and the table that it draws."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from physlearn.hopfield.theory import (
    diluted_overlap,
    glass_temperature,
    order_parameters,
    share_left,
    signal_kept,
    spinodal_load,
    thermodynamic_load,
)
from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style, name_ticks

Table = dict[str, np.ndarray]


@house_style
def recall_strip(
    panels: np.ndarray, names: Sequence[str], shape: tuple[int, int], most: int = 6
) -> tuple[Figure, Table]:
    """Stored, corrupted, after 1, 2, ... sweeps: a row per image, a column per moment, under each its overlap m.

    Args:
        panels: (moment, image, pixel), in [-1, 1]; moment 0 is what was stored.
        names: one per moment.
        shape: (height, width) of an image.
        most: rows drawn; the table holds all.
    """
    panels = np.asarray(panels, dtype=float)
    moments, images, _ = panels.shape
    stored = panels[0]
    overlaps = (panels * stored).mean(2)  # (moment, image)
    rows = min(most, images)
    drawing, axes = figure(rows, moments, size=(1.15 * moments + 0.3, 1.3 * rows + 0.3), squeeze=False)
    for row in range(rows):
        for moment in range(moments):
            axis = axes[row, moment]
            axis.imshow(panels[moment, row].reshape(shape), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
            axis.spines[:].set_visible(False)
            if moment:
                axis.set_xlabel(f"m = {overlaps[moment, row]:.3f}", labelpad=1)
            if row == 0:
                axis.set_title(names[moment])
    moment, image = (index.ravel() for index in np.indices(overlaps.shape))
    drawing.set_label(
        f"From left to right: what was stored, the corrupted state, then sweep by sweep. Mean overlap "
        f"{overlaps[1].mean():.2f} before, {overlaps[-1].mean():.2f} after recall."
    )
    return drawing, {"moment": np.array(names)[moment], "image": image, "overlap": overlaps.ravel()}


@house_style
def energy_trace(traces: Mapping[str, np.ndarray], stored: float | None = None) -> tuple[Figure, Table]:
    """Energy a spin against the sweep: the mean over the rows, and between the 10th and the 90th percentile a band.

    Args:
        traces: name -> E/N, (sweep, row), from the start (sweep 0) on; all of one length.
        stored: mean E/N of the stored patterns, for a line across.
    """
    drawing, axis = figure(size=(5.6, 3.7))
    table: Table = {"sweep": np.arange(len(next(iter(traces.values()))))}
    for i, (name, trace) in enumerate(traces.items()):
        mean, low, high = trace.mean(1), *np.quantile(trace, [0.1, 0.9], axis=1)
        axis.plot(table["sweep"], mean, MARKERS[i % 8] + LINES[i % 4], color=COLOURS[i % 8], markersize=4, label=name)
        axis.fill_between(table["sweep"], low, high, color=COLOURS[i % 8], alpha=0.15, linewidth=0)
        table |= {f"{name} mean": mean, f"{name} 10 %": low, f"{name} 90 %": high}
    if stored is not None:
        axis.axhline(stored, color="black", linewidth=1, linestyle=":", label="stored patterns")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set(xlabel="sweep", ylabel="energy per spin, E/N")
    axis.legend(title="mean, band 10 to 90 %")
    drawing.set_label(
        "Energy falls to that of the stored patterns (dotted) where recall succeeds, and stops above or "
        "below it in another minimum."
    )
    return drawing, table


@house_style
def capacity(neurons: np.ndarray, load: np.ndarray, overlap: np.ndarray, error: np.ndarray) -> tuple[Figure, Table]:
    """m(alpha) at T = 0: the theory's line up to alpha_c, the points of finite networks with error bars.

    Args:
        neurons, load, overlap, error: N, alpha, m and its standard error of each point: (point,).
    """
    neurons, load, overlap, error = (np.asarray(v) for v in (neurons, load, overlap, error))
    drawing, axis = figure(size=(6.0, 4.0))
    end = spinodal_load(0.0)
    line = np.append(np.linspace(min(load.min(), 0.02), 0.999 * end, 150), end)
    theory = np.array([order_parameters(a, 0.0).m for a in line])
    axis.plot(line, theory, "-", color="black", linewidth=2, label="theory (replica-symmetric)")
    axis.plot([end, end], [0, theory[-1]], ":", color="black", label=f"α$_c$ = {end:.4f}")
    for i, size in enumerate(sorted(set(neurons.tolist()))):
        own = neurons == size
        axis.errorbar(load[own], overlap[own], error[own], fmt=MARKERS[i] + LINES[(i + 1) % 4], linewidth=0.8,
                      color=COLOURS[i], label=f"N = {size:,}")  # fmt: skip
    axis.set(xlabel="load α = patterns / neurons", ylabel="overlap m after recall at T = 0", ylim=(0, 1.04))
    axis.legend(loc="lower left")
    at = np.array([order_parameters(a, 0.0).m if a <= end else np.nan for a in load])
    drawing.set_label(
        f"Recall fails above α_c = {end:.4f}: the larger the network, the steeper the fall of its points "
        f"beside the theory's line."
    )
    return drawing, {"neurons": neurons, "load": load, "overlap": overlap, "error": error, "theory": at}


@house_style
def crossing(
    neurons: np.ndarray, load: np.ndarray, retrieved: np.ndarray, error: np.ndarray, found: float | None = None
) -> tuple[Figure, Table]:
    """The fraction of recalls that succeed against the load: curves of all sizes cross at the transition.

    Args:
        neurons, load, retrieved, error: N, alpha, the fraction and its standard error of each point: (point,).
        found: the transition as located by finite-size scaling.
    """
    neurons, load, retrieved, error = (np.asarray(v) for v in (neurons, load, retrieved, error))
    drawing, axis = figure(size=(5.6, 3.9))
    for i, size in enumerate(sorted(set(neurons.tolist()))):
        own = neurons == size
        axis.errorbar(load[own], retrieved[own], error[own], fmt=MARKERS[i % 8] + LINES[i % 4], linewidth=0.8,
                      color=COLOURS[i % 8], label=f"N = {size:,}")  # fmt: skip
    axis.axvline(spinodal_load(0.0), color="black", linestyle=":", label="theory, α$_c$")
    if found is not None:
        axis.axvline(found, color="grey", linestyle="--", label=f"located, {found:.4f}")
    axis.set(xlabel="load α = patterns / neurons", ylabel="fraction of recalls with m > 0.65", ylim=(0, 1.04))
    axis.set_xlim(left=max(load.min(), 0.11) if load.max() > 0.12 else None)
    axis.legend(loc="lower left")
    drawing.set_label(
        "Curves of all sizes cross at the transition; points to the left of it rise with the size, points "
        "to the right fall." + (f" They cross at {found:.4f}." if found is not None else "")
    )
    return drawing, {"neurons": neurons, "load": load, "retrieved": retrieved, "error": error}


@house_style
def phase_diagram(
    loads: np.ndarray, temperatures: np.ndarray, overlap: np.ndarray, error: np.ndarray
) -> tuple[Figure, Table]:
    """The (alpha, T) plane: measured overlap as a heat map under the theory's lines T_g, T_M (spinodal) and T_c.

    Args:
        loads: rising: (load,). temperatures: rising: (temperature,).
        overlap, error: m from the pattern on, and its standard error: (load, temperature).
    """
    loads, temperatures, overlap = (np.asarray(v, dtype=float) for v in (loads, temperatures, overlap))
    drawing, axis = figure(size=(6.4, 4.4))
    mesh = axis.pcolormesh(loads, temperatures, overlap.T, cmap="viridis", vmin=0, vmax=1, shading="nearest")
    drawing.colorbar(mesh, label="measured overlap m")
    T = np.append(np.linspace(0, 0.97, 80), 1.0)
    right = loads[-1] + (loads[-1] - loads[-2]) / 2
    glass = np.linspace(0, right, 80)
    lines = [
        ([glass_temperature(a) for a in glass], glass, ":", "T$_g$: spin glass below"),
        (T, [spinodal_load(t) for t in T], "-", "T$_M$: retrieval states below"),
        (T, [thermodynamic_load(t) for t in T], "--", "T$_c$: retrieval is the global minimum below"),
    ]
    for t, a, style, label in lines:
        axis.plot(a, t, style, color="black", linewidth=4.2)  # a dark rim: legible on both ends of the scale
        axis.plot(a, t, style, color="white", linewidth=2.2)
        axis.plot([], [], style, color="black", linewidth=2, label=label)
    axis.set(xlabel="load α = patterns / neurons", ylabel="temperature T")
    axis.set_xlim(0, right)
    axis.set_ylim(min(0, temperatures[0]), temperatures[-1] + (temperatures[-1] - temperatures[-2]) / 2)
    axis.grid(False)
    drawing.legend(loc="outside lower center", ncols=2)
    a, t = (grid.ravel() for grid in np.meshgrid(loads, temperatures, indexing="ij"))
    theory = [order_parameters(x, y).m if y < 1 and x <= spinodal_load(y) else 0.0 for x, y in zip(a, t, strict=True)]
    drawing.set_label(
        "Measured overlap as colour: it should be near 1 below the line T_M, where retrieval states end in the "
        "theory, and near 0 above it; nothing is fitted."
    )
    return drawing, {
        "load": a,
        "temperature": t,
        "overlap": overlap.ravel(),
        "error": np.ravel(error),
        "theory": np.array(theory),
    }


@house_style
def basin(load: np.ndarray, initial: np.ndarray, overlap: np.ndarray, error: np.ndarray) -> tuple[Figure, Table]:
    """Basin of attraction: final against initial overlap, a curve per load; above the diagonal recall corrects errors.

    Args:
        load, initial, overlap, error: alpha, m before, m after and its standard error of each point: (point,).
    """
    load, initial, overlap, error = (np.asarray(v) for v in (load, initial, overlap, error))
    drawing, axis = figure(size=(5.2, 4.2))
    axis.plot([0, 1], [0, 1], color="grey", linewidth=1, label="nothing changed")
    for i, value in enumerate(sorted(set(load.tolist()))):
        own = np.flatnonzero(load == value)
        own = own[np.argsort(initial[own])]
        axis.errorbar(initial[own], overlap[own], error[own], fmt=MARKERS[i % 8] + LINES[i % 4], color=COLOURS[i % 8],
                      label=f"α = {value:.3g}")  # fmt: skip
    axis.set(xlabel="initial overlap m$_0$", ylabel="final overlap m", xlim=(0, 1.02), ylim=(0, 1.04))
    axis.legend(loc="best")
    drawing.set_label(
        "Above the grey diagonal recall corrects errors; where a curve leaves 1 is the edge of the basin of attraction."
    )
    return drawing, {"load": load, "initial": initial, "overlap": overlap, "error": error}


@house_style
def dilution(
    kept: np.ndarray, way: Sequence[str], capacity_load: np.ndarray, error: np.ndarray, implied: np.ndarray
) -> tuple[Figure, Table]:
    """alpha_c against the fraction of couplings kept, pruned by magnitude and at random, with the theory's lines.

    Args:
        kept, way: f, and "magnitude" or "random": (point,).
        capacity_load, error: alpha_c and its standard error; NaN where there was no jump: (point,).
        implied: alpha_c of the share of signal that the overlap below the transition shows: (point,).
    """
    kept, way = np.asarray(kept), np.asarray(way)
    capacity_load, error, implied = (np.asarray(v, dtype=float) for v in (capacity_load, error, implied))
    drawing, axis = figure(size=(6.6, 4.6))
    line = np.geomspace(0.02, 1, 60)
    effective = {"magnitude": signal_kept, "random": float}
    for i, (name, share) in enumerate(effective.items()):
        axis.plot(
            line, [spinodal_load(0.0, share(f)) for f in line], LINES[i], color=COLOURS[i], label=f"theory, {name}"
        )
        own = way == name
        axis.plot(kept[own], implied[own], MARKERS[i], markersize=10, markerfacecolor="none", color=COLOURS[i],
                  label=f"from the overlap, {name}")  # fmt: skip
        axis.errorbar(
            kept[own], capacity_load[own], error[own], fmt=MARKERS[i], color=COLOURS[i], label=f"located, {name}"
        )
    axis.set(xlabel="fraction of couplings kept, f", ylabel="capacity α$_c$ at T = 0", xscale="log", ylim=(0, None))
    name_ticks(axis.xaxis)
    drawing.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    theory = np.array([spinodal_load(0.0, effective[w](f)) for f, w in zip(kept.tolist(), way.tolist(), strict=True)])
    table = {"kept": kept, "by": way, "capacity": capacity_load, "error": error, "implied": implied}
    drawing.set_label(
        "Couplings pruned by magnitude keep more capacity than as many removed at random; lines are the "
        "theory for the signal that is kept."
    )
    return drawing, table | {"theory": theory}


@house_style
def pruned_overlap(
    load: np.ndarray, overlap: np.ndarray, error: np.ndarray, way: Sequence[str], kept: np.ndarray
) -> tuple[Figure, Table]:
    """m(alpha) at T = 0 of pruned networks, each with the line of the theory for the share c of the signal left.

    Args:
        load, overlap, error: alpha, m and its standard error of each point: (point,).
        way, kept: "magnitude" or "random", and f, of each point.
    """
    load, overlap, error, kept, way = (np.asarray(v) for v in (load, overlap, error, kept, way))
    drawing, axis = figure(size=(6.2, 4.2))
    theory = np.full(len(load), np.nan)
    for i, (by, fraction) in enumerate(dict.fromkeys(zip(way.tolist(), kept.tolist(), strict=True))):
        own, share = (way == by) & (kept == fraction), share_left(by, fraction)
        end = spinodal_load(0.0, share)
        line = np.linspace(0.3 * end, end, 80)
        axis.plot(line, [diluted_overlap(a, 0.0, share) for a in line], LINES[i % 4], color=COLOURS[i % 8])
        axis.errorbar(load[own], overlap[own], error[own], fmt=MARKERS[i % 8], color=COLOURS[i % 8],
                      label=f"{by}, f = {fraction:.3g}: c = {share:.3f}")  # fmt: skip
        below = own & (load <= end)
        theory[below] = [diluted_overlap(a, 0.0, share) for a in load[below]]
    axis.set(xlabel="load α = patterns / neurons", ylabel="overlap m after recall at T = 0", ylim=(0, 1.04))
    axis.legend(title="couplings kept; lines: theory", loc="lower left")
    drawing.set_label(
        "Points of pruned networks on the theory's lines, which have no free parameter: the share c of the "
        "signal decides."
    )
    return drawing, {"load": load, "by": way, "kept": kept, "overlap": overlap, "error": error, "theory": theory}
