"""Figures of replica exchange; each function returns the figure and the table it draws."""

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, colour_bar, figure, house_style, name_ticks, over
from physlearn.tempering.diagnostics import Estimate, histogram_edges

Drawn = tuple[Figure, dict[str, np.ndarray]]


@house_style
def acceptance(temperatures: np.ndarray, measured: Estimate, predicted: np.ndarray | None = None) -> Drawn:
    """Acceptance of swaps by pair, with standard errors, against the prediction.

    Args:
        temperatures: (level,).
        measured: (pair,).
        predicted: (pair,), exact or forecast.
    """
    drawing, axes = figure()
    pair = np.arange(1, len(temperatures))
    axes.errorbar(pair, measured.mean, measured.error, fmt=MARKERS[0], color=COLOURS[0], label="measured")
    table = {"pair": pair, "cold": temperatures[:-1], "hot": temperatures[1:]}
    table |= {"acceptance": measured.mean, "acceptance_se": measured.error}
    if predicted is not None:
        axes.plot(pair, predicted, LINES[1], marker=MARKERS[1], mfc="none", color=COLOURS[1], label="predicted")
        table["acceptance_predicted"] = predicted
    axes.set(xlabel="pair of neighbouring temperatures (1 is the coldest)", ylabel="acceptance of swaps", ylim=(0, 1))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    worst = int(np.argmin(measured.mean))
    text = (
        f"Swaps of the pair {worst + 1}, T = {temperatures[worst]:.4g} and {temperatures[worst + 1]:.4g}, are accepted "
        f"least, with {100 * measured.mean[worst]:.0f} %: a low pair is a bottleneck."
    )
    if predicted is not None:
        known = measured.error > 0
        far = np.abs(measured.mean - predicted)[known] / measured.error[known]
        text += f" The prediction is off by at most {far.max():.1f} standard errors." if known.any() else ""
    drawing.set_label(text)
    return drawing, table


@house_style
def trajectories(levels: np.ndarray, temperatures: np.ndarray, shown: int = 4, sweeps: int = 2000) -> Drawn:
    """How a few replicas of the first ladder move through temperature.

    Args:
        levels: (sweep, ladder, replica).
        temperatures: (level,).
        shown: replicas drawn, evenly spaced by where they began, one above the other.
        sweeps: at most so many of the last sweeps are drawn.
    """
    first = max(0, len(levels) - sweeps)
    path = levels[first:, 0]  # (sweep, replica)
    chosen = np.unique(np.linspace(0, path.shape[1] - 1, min(shown, path.shape[1])).round().astype(int))
    drawing, axes = figure(len(chosen), 1, size=(7.0, 1.3 * len(chosen) + 0.6), sharex=True, squeeze=False)
    colours = np.array(over(temperatures))
    sweep, ends = np.arange(first + 1, len(levels) + 1), temperatures[[0, len(temperatures) // 2, -1]]
    for row, replica in zip(axes[:, 0], chosen, strict=True):
        visited = temperatures[path[:, replica]]
        row.step(sweep, visited, where="post", color="lightgrey", linewidth=0.8, zorder=1)
        row.scatter(sweep, visited, c=colours[path[:, replica]], s=3, zorder=2, linewidths=0)
        row.set(yscale="log", ylim=(temperatures[0] * 0.93, temperatures[-1] * 1.07), yticks=ends)
        row.set_yticks([], minor=True)
        row.set_yticklabels([f"{t:.3g}" for t in ends])
        row.set_title(f"replica {replica + 1}", loc="left", pad=2)
    drawing.supylabel("temperature")
    drawing.set_label(
        f"{len(chosen)} of {path.shape[1]} replicas on the temperature axis, the last "
        f"{len(path):,} sweeps: each "
        "should go from the top to the bottom and back many times. A replica that stays on one side is not exchanged."
    )
    axes[-1, 0].set_xlabel("sweep")
    return drawing, {"sweep": sweep} | {f"temperature_{r + 1}": temperatures[path[:, r]] for r in chosen}


@house_style
def flow(temperatures: np.ndarray, fraction: np.ndarray, free: np.ndarray) -> Drawn:
    """Replica flow f(T), level by level, with that of independent swaps: a steeper fall is a bottleneck.

    Args:
        temperatures: (level,).
        fraction: f, (level,), as measured.
        free: f, (level,), at the measured rejections when swaps are independent, `exact.flow`.
    """
    drawing, axes = figure()
    level = np.arange(1, len(temperatures) + 1)
    axes.plot(level, fraction, LINES[0], marker=MARKERS[0], color=COLOURS[0], label="measured")
    axes.plot(level, free, LINES[1], color=COLOURS[5], label="if swaps were independent")
    axes.set(
        xlabel="temperature, by rank (1 is the coldest)",
        ylabel="fraction of replicas\nlast at the cold end",
        ylim=(-0.03, 1.03),
    )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    falls = np.nan_to_num(-np.diff(fraction))
    drawing.set_label(
        f"The steepest fall is {falls.max():.2f}, between T = {temperatures[falls.argmax()]:.4g} and "
        f"{temperatures[falls.argmax() + 1]:.4g}; without a bottleneck f falls by {1 / (len(fraction) - 1):.2f} from "
        "each temperature to the next."
    )
    return drawing, {"level": level, "temperature": temperatures, "flow": fraction, "free": free}


@house_style
def histograms(
    energies: np.ndarray, temperatures: np.ndarray, overlap: np.ndarray, unit: str = "total", bins: int = 60
) -> Drawn:
    """Energy histograms of all levels, and the overlap of neighbours.

    Args:
        energies: (sweep, ladder, level), in the unit of the axis (per site for lattices).
        temperatures: (level,).
        overlap: (pair,).
        unit: what energies are counted by, for the axis: ``total``, ``per site``, ``nats per example``.
        bins: of the common grid.
    """
    drawing, (left, right) = figure(1, 2)
    axis = "energy" if unit == "total" else f"energy ({unit})"
    edges = histogram_edges(energies, bins)
    centres = (edges[1:] + edges[:-1]) / 2
    table, levels, peaks = {"energy": centres}, len(temperatures), []
    for i, (temperature, colour) in enumerate(zip(temperatures, over(temperatures), strict=True)):
        density = np.histogram(energies[:, :, i], edges, density=True)[0]
        left.plot(centres, density, color=colour, linewidth=1.2)
        table[f"density_T_{temperature:.6g}"] = density
        peaks.append(density.max())
    tallest = 1.6 * np.median(peaks)  # the spike of a frozen level would flatten all others; the table has it
    left.set(xlabel=axis, ylabel="probability density", ylim=(0, tallest))
    colour_bar(drawing, left, temperatures)
    pair = np.arange(1, levels)
    right.plot(pair, overlap, LINES[0], marker=MARKERS[0], color=COLOURS[0])
    right.set(
        xlabel="pair of neighbouring temperatures (1 is the coldest)", ylabel="overlap of the histograms", ylim=(0, 1)
    )
    right.xaxis.get_major_locator().set_params(integer=True)
    drawing.set_label(
        "Neighbours exchange where their histograms overlap: the least overlap is "
        f"{overlap.min():.2f}, of the pair {overlap.argmin() + 1}. Colour is the temperature."
        + (" The highest peaks are cut off; the table has them." if max(peaks) > tallest else "")
    )
    table["overlap_with_next"] = np.concatenate([overlap, np.full(len(centres), np.nan)])[: len(centres)]
    return drawing, table


@house_style
def observables(
    temperatures: np.ndarray,
    energy: Estimate,
    capacity: Estimate,
    exact: dict[str, np.ndarray] | None = None,
    unit: str = "total",
    more: dict[str, Estimate] | None = None,
    critical: float | None = None,
) -> Drawn:
    """Mean energy and heat capacity against temperature, with the exact curves where there are any.

    Args:
        temperatures: (level,).
        energy, capacity: (level,).
        exact: ``temperature``, ``energy``, ``heat_capacity``, each (point,), drawn as lines.
        unit: what the values are counted by, for the axes: ``total``, ``per site``, ``nats per example``.
        more: label -> (level,), such as the magnetisation: a panel each.
        critical: T_c, marked in every panel.
    """
    names, values, more = ("energy", "heat_capacity"), (energy, capacity), more or {}
    rows = 1 + (len(more) + 1) // 2
    drawing, axes = figure(rows, 2, sharex=True)
    panels = list(np.ravel(axes))
    labels = [*(f"{name.replace('_', ' ')} ({unit})" for name in names), *more]
    table = {"temperature": temperatures}
    for axis, name, label, value, marker in zip(
        panels, (*names, *more), labels, (*values, *more.values()), MARKERS, strict=False
    ):
        if exact is not None and name in exact:
            axis.plot(exact["temperature"], exact[name], LINES[0], color="black", linewidth=1.1, label="exact")
        style = dict(fmt=marker, mfc="none", color=COLOURS[0], label="measured")
        axis.errorbar(temperatures, value.mean, value.error, **style)
        if critical is not None:
            axis.axvline(critical, color="grey", linestyle=":", label=f"T$_c$ = {critical:.4f}")
        axis.set(ylabel=label)
        table |= {name: value.mean, f"{name}_se": value.error}
    for axis in panels[-2:]:
        axis.set_xlabel("temperature T")
    drawing.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    if exact is not None:
        table |= {f"{name}_exact": np.interp(temperatures, exact["temperature"], exact[name]) for name in names}
    drawing.set_label(observed(temperatures, energy, capacity, table, critical))
    return drawing, table


def observed(
    temperatures: np.ndarray, energy: Estimate, capacity: Estimate, table: dict[str, np.ndarray], critical: float | None
) -> str:
    """Where the heat capacity is largest, and how far the energies are from the exact ones."""
    text = f"The heat capacity is largest at T = {temperatures[capacity.mean.argmax()]:.3g}"
    text += f", where T_c of the infinite lattice is {critical:.4f}." if critical else "."
    if "energy_exact" in table and (known := energy.error > 0).any():
        far = np.abs(energy.mean - table["energy_exact"])[known] / energy.error[known]
        text += (
            f" Energies lie within {far.max():.1f} standard errors of the exact ones, of {known.sum()} temperatures."
        )
    return text


@house_style
def equilibration(sweeps: np.ndarray, energy: Estimate, identity: Estimate, temperature: float) -> Drawn:
    """Both sides of an identity that only equilibrium obeys, against time: they meet when the spins have settled.

    Args:
        sweeps: (time,), the last sweep of each window.
        energy, identity: (time,), the disorder averages of the energy per spin and of what it must equal.
        temperature: T.
    """
    drawing, axes = figure()
    sides = (("energy per spin", energy), ("from the link overlap", identity))
    for (name, side), marker, line, colour in zip(sides, MARKERS, LINES, COLOURS, strict=False):
        axes.errorbar(sweeps, side.mean, side.error, fmt=marker + line, mfc="none", color=colour, label=name)
    axes.set(xscale="log", xlabel="sweeps", ylabel=f"energy per spin, T = {temperature:g}")
    name_ticks(axes.xaxis)
    axes.legend()
    off, error = energy.mean[-1] - identity.mean[-1], np.hypot(energy.error[-1], identity.error[-1])
    drawing.set_label(
        "Both curves are equal in equilibrium and only there. In the last window they differ by "
        f"{abs(off) / error:.1f} standard errors."
        if error > 0
        else "Both curves are equal in equilibrium and only there."
    )
    table = {"sweeps": sweeps, "energy": energy.mean, "energy_se": energy.error}
    return drawing, table | {"identity": identity.mean, "identity_se": identity.error}


@house_style
def errors(temperatures: np.ndarray, scores: dict[str, list[float]]) -> Drawn:
    """Test error of a network against temperature: of single samples, and of their predictive average.

    Args:
        temperatures: (level,), nats per example.
        scores: ``test_error`` and ``ensemble_test_error``, each (level,), fractions; others are left out.
    """
    drawing, axes = figure()
    names = {"test_error": "single samples, mean", "ensemble_test_error": "average of the samples"}
    table = {"temperature": temperatures}
    for i, (name, label) in enumerate(names.items()):
        values = np.asarray(scores[name])
        axes.plot(temperatures, 100 * values, MARKERS[i] + LINES[i], color=COLOURS[i], label=label)
        table[name] = values
    axes.set(xscale="log", xlabel="temperature (nats per example)", ylabel="test error (%)", ylim=(0, None))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    best = int(np.argmin(table["ensemble_test_error"]))
    drawing.set_label(
        f"The average of the samples is best at T = {temperatures[best]:.3g}, with "
        f"{100 * table['ensemble_test_error'][best]:.2f} % error; single samples have "
        f"{100 * table['test_error'][best]:.2f} % there."
    )
    return drawing, table
