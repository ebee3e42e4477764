"""Figures of replica exchange; each function returns the figure and the table it draws."""

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style
from physlearn.tempering.diagnostics import Estimate, histogram_edges

Drawn = tuple[Figure, dict[str, np.ndarray]]


@house_style
def acceptance(temperatures: np.ndarray, measured: Estimate, predicted: np.ndarray | None = None) -> Drawn:
    """Acceptance of swaps by pair, with standard errors, against the prediction.

    Args:
        temperatures: (rung,).
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
    axes.set(xlabel="pair of rungs (1 is the coldest)", ylabel="acceptance of swaps", ylim=(0, 1))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    return drawing, table


@house_style
def trajectories(rungs: np.ndarray, temperatures: np.ndarray, shown: int = 4, sweeps: int = 2000) -> Drawn:
    """How a few replicas of the first ladder wander through temperature.

    Args:
        rungs: (sweep, ladder, replica).
        temperatures: (rung,).
        shown: replicas drawn, evenly spaced by where they began, one above the other.
        sweeps: at most so many of the last sweeps are drawn.
    """
    first = max(0, len(rungs) - sweeps)
    path = rungs[first:, 0]  # (sweep, replica)
    chosen = np.unique(np.linspace(0, path.shape[1] - 1, min(shown, path.shape[1])).round().astype(int))
    drawing, axes = figure(len(chosen), 1, size=(7.0, 1.3 * len(chosen) + 0.6), sharex=True, squeeze=False)
    sweep, ends = np.arange(first + 1, len(rungs) + 1), temperatures[[0, len(temperatures) // 2, -1]]
    for row, replica in zip(axes[:, 0], chosen, strict=True):
        row.step(sweep, temperatures[path[:, replica]], where="post", color=COLOURS[0], linewidth=0.8)
        row.set(yscale="log", ylim=(temperatures[0] * 0.93, temperatures[-1] * 1.07), yticks=ends)
        row.set_yticks([], minor=True)
        row.set_yticklabels([f"{t:.3g}" for t in ends])
        row.set_title(f"replica {replica + 1}", fontsize=9, loc="left", pad=2)
    drawing.supylabel("temperature", fontsize=10.5)
    axes[-1, 0].set_xlabel("sweep")
    return drawing, {"sweep": sweep} | {f"temperature_{r + 1}": temperatures[path[:, r]] for r in chosen}


@house_style
def flow(temperatures: np.ndarray, fraction: np.ndarray, free: np.ndarray) -> Drawn:
    """Replica flow f(T), rung by rung, with that of independent swaps: a steeper fall is a bottleneck.

    Args:
        temperatures: (rung,).
        fraction: f, (rung,), as measured.
        free: f, (rung,), at the measured rejections when swaps are independent, `exact.flow`.
    """
    drawing, axes = figure()
    rung = np.arange(1, len(temperatures) + 1)
    axes.plot(rung, fraction, LINES[0], marker=MARKERS[0], color=COLOURS[0], label="measured")
    axes.plot(rung, free, LINES[1], color=COLOURS[5], label="if swaps were independent")
    axes.set(xlabel="rung (1 is the coldest)", ylabel="fraction f that come from the coldest", ylim=(-0.03, 1.03))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    return drawing, {"rung": rung, "temperature": temperatures, "flow": fraction, "free": free}


@house_style
def histograms(
    energies: np.ndarray, temperatures: np.ndarray, overlap: np.ndarray, unit: str = "total", bins: int = 60
) -> Drawn:
    """Energy histograms of all rungs, and the overlap of neighbours.

    Args:
        energies: (sweep, ladder, rung), in the unit of the axis (per site for lattices).
        temperatures: (rung,).
        overlap: (pair,).
        unit: what energies are counted by, for the axis: ``total``, ``per site``, ``nats per example``.
        bins: of the common grid.
    """
    drawing, (left, right) = figure(1, 2)
    axis = "energy" if unit == "total" else f"energy ({unit})"
    edges = histogram_edges(energies, bins)
    centres = (edges[1:] + edges[:-1]) / 2
    table, rungs, peaks = {"energy": centres}, len(temperatures), []
    for i, temperature in enumerate(temperatures):
        density = np.histogram(energies[:, :, i], edges, density=True)[0]
        named = f"T = {temperature:.4g}" if i in (0, rungs // 2, rungs - 1) else None
        colour = COLOURS[i % len(COLOURS)]
        left.plot(centres, density, LINES[i % len(LINES)], color=colour, linewidth=1.1, label=named)
        table[f"density_T_{temperature:.6g}"] = density
        peaks.append(density.max())
    tallest = 1.6 * np.median(peaks)  # a frozen rung's spike would flatten all the others; its numbers are in the table
    left.set(xlabel=axis, ylabel="probability density", ylim=(0, tallest))
    left.legend()
    pair = np.arange(1, rungs)
    right.plot(pair, overlap, LINES[0], marker=MARKERS[0], color=COLOURS[0])
    right.set(xlabel="pair of rungs (1 is the coldest)", ylabel="overlap of the histograms", ylim=(0, 1))
    right.xaxis.get_major_locator().set_params(integer=True)
    table["overlap_with_next"] = np.concatenate([overlap, np.full(len(centres), np.nan)])[: len(centres)]
    return drawing, table


@house_style
def observables(
    temperatures: np.ndarray,
    energy: Estimate,
    capacity: Estimate,
    exact: dict[str, np.ndarray] | None = None,
    unit: str = "total",
) -> Drawn:
    """Mean energy and heat capacity against temperature, with the exact curves where there are any.

    Args:
        temperatures: (rung,).
        energy, capacity: (rung,).
        exact: ``temperature``, ``energy``, ``heat_capacity``, each (point,), drawn as lines.
        unit: what the values are counted by, for the axes: ``total``, ``per site``, ``nats per example``.
    """
    drawing, panels = figure(1, 2)
    names, values = ("energy", "heat_capacity"), (energy, capacity)
    for axes, name, value, marker in zip(panels, names, values, MARKERS, strict=False):
        if exact is not None:
            axes.plot(exact["temperature"], exact[name], LINES[0], color=COLOURS[5], linewidth=1.1, label="exact")
        axes.errorbar(temperatures, value.mean, value.error, fmt=marker, mfc="none", color=COLOURS[0], label="measured")
        axes.set(xlabel="temperature", ylabel=f"{name.replace('_', ' ')} ({unit})")
        axes.legend()
    table = {"temperature": temperatures}
    for name, value in zip(names, values, strict=True):
        table |= {name: value.mean, f"{name}_se": value.error}
    if exact is not None:
        table |= {f"{name}_exact": np.interp(temperatures, exact["temperature"], exact[name]) for name in names}
    return drawing, table


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
    axes.legend()
    table = {"sweeps": sweeps, "energy": energy.mean, "energy_se": energy.error}
    return drawing, table | {"identity": identity.mean, "identity_se": identity.error}


@house_style
def errors(temperatures: np.ndarray, scores: dict[str, list[float]]) -> Drawn:
    """Test error of a network against temperature: of single samples, and of their predictive average.

    Args:
        temperatures: (rung,), nats per example.
        scores: ``test_error`` and ``ensemble_test_error``, each (rung,), fractions; others are left out.
    """
    drawing, axes = figure()
    names = {"test_error": "single samples, mean", "ensemble_test_error": "average of the samples"}
    table = {"temperature": temperatures}
    for i, (name, label) in enumerate(names.items()):
        values = np.asarray(scores[name])
        axes.plot(temperatures, 100 * values, MARKERS[i] + LINES[i], color=COLOURS[i], label=label)
        table[name] = values
    axes.set(xscale="log", xlabel="temperature (nats per example)", ylabel="test error (%)", ylim=(0, None))
    axes.legend()
    return drawing, table
