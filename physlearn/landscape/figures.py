"""The figures of landscapes. Each function takes arrays, returns the Figure and the table that it draws."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from physlearn.instruments.style import COLOURS, MARKERS, colour_bar, figure, house_style, over
from physlearn.landscape.exact import walk_fractions

Table = dict[str, np.ndarray]
LEVELS = 14
Area = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]


@house_style
def planes(areas: Mapping[str, Area]) -> tuple[Figure, Table]:
    """The energy in planes through the weights as contours, the samples of the run on it, the last one as a cross.

    Args:
        areas: name -> a and b of the grid, E at (b, a), coordinates of the samples (sample, 2), and the part of their
            squared distances that lies within the plane.
    """
    drawing, axes = figure(1, len(areas), size=(5.6 * len(areas), 4.4), squeeze=False)
    table: Table = {}
    words = []
    for axis, (name, (a, b, energy, samples, share)) in zip(axes[0], areas.items(), strict=True):
        low = float(energy.min())
        above = np.maximum(energy - low, 0)
        top = float(np.quantile(above, 0.9)) or 1.0
        levels = top * np.linspace(0, 1, LEVELS) ** 2  # close together at the bottom
        filled = axis.contourf(a, b, energy, low + levels, cmap="Greys_r", extend="max", alpha=0.8)
        axis.contour(a, b, energy, low + levels[1:], colors="white", linewidths=0.5)
        bar = drawing.colorbar(filled, ax=axis, label="energy E (nats per example)", spacing="proportional")
        bar.locator = MaxNLocator(5)
        bar.update_ticks()
        axis.plot(*samples.T, MARKERS[0], color=COLOURS[1], markersize=3.5, alpha=0.8, label="samples of the weights")
        axis.plot(*samples[-1], "x", color=COLOURS[0], markersize=9, markeredgewidth=2.5, label="the last one")
        axis.set(title=name, xlabel="along the first direction", ylabel="along the second direction")
        axis.locator_params(nbins=5)
        axis.grid(False)
        at = dict(zip(("a", "b"), np.meshgrid(a, b), strict=True))
        table |= {f"{name} {column}": values.ravel() for column, values in (at | {"energy": energy}).items()}
        table |= {f"{name} sample {column}": samples[:, i] for i, column in enumerate("ab")}
        words.append(f"{100 * share:.2g} % in the plane of {name}")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    drawing.set_label(
        "Contours of the energy, and the samples projected on each plane. Of the squared distance of the samples from "
        f"its centre lie {' and '.join(words)}; the rest is out of the plane, where the energy is another one."
    )
    return drawing, table


@house_style
def spectrum(values: np.ndarray, temperatures: np.ndarray, step: float) -> tuple[Figure, Table]:
    """The largest eigenvalues of the Hessian at samples of the weights, coloured by their temperature.

    Args:
        values: largest first, (sample, eigenvalue).
        temperatures: T of each sample, (sample,).
        step: h, for the limit 2/h of stability.
    """
    drawing, axis = figure(size=(6.0, 4.2))
    index = np.arange(1, values.shape[1] + 1)
    varies = len(np.unique(temperatures)) > 1
    colours = over(temperatures) if varies else [COLOURS[0]] * len(values)
    for row, colour in zip(values, colours, strict=True):
        axis.plot(index, row, "o-", color=colour, markersize=4, linewidth=1)
    if varies:
        colour_bar(drawing, axis, temperatures, "temperature T (nats per example)")
    limit = 2 / step
    axis.axhline(limit, color="black", linestyle="--", linewidth=1, label=f"2/h = {limit:.3g}: unstable above")
    axis.set(xlabel="eigenvalue, the largest first", ylabel="eigenvalue of the Hessian\n(nats per example)")
    if values.min() > 0:
        axis.set_yscale("log")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    drawing.legend(loc="outside upper center")
    first = values[:, 0]
    at = (
        f"between T = {temperatures.min():.3g} and {temperatures.max():.3g}" if varies else f"T = {temperatures[0]:.3g}"
    )
    drawing.set_label(
        f"Largest eigenvalue at {len(first)} samples, {at}: {first.min():.3g} to {first.max():.3g}, "
        f"{100 * first.max() / limit:.2g} % of the limit 2/h. Along its eigenvector "
        "weights fluctuate with variance T/λ, λ the eigenvalue."
    )
    table = {"eigenvalue": index}
    return drawing, table | {
        f"sample {i + 1}, T = {T:.6g}": row for i, (T, row) in enumerate(zip(temperatures, values, strict=True))
    }


@house_style
def trajectory(
    steps: np.ndarray, temperatures: np.ndarray, places: np.ndarray, fractions: np.ndarray, walk: np.ndarray
) -> tuple[Figure, Table]:
    """The samples in their first two principal components, coloured by T; beside them a random walk of as many steps.

    Args:
        steps, temperatures: of each sample, (sample,).
        places: (sample, 2).
        fractions: of the variance that the two hold, (2,).
        walk: the same of a random walk, (sample, 2): a Lissajous curve.
    """
    drawing, (left, right) = figure(1, 2, size=(11.0, 4.6))
    varies = len(np.unique(temperatures)) > 1
    scale, label = (temperatures, "temperature T (nats per example)") if varies else (steps, "step")
    exact = walk_fractions(len(walk))[:2]
    for axis, points, values, name in (
        (left, places, fractions, "this run"),
        (right, walk, exact, "control: a random walk"),
    ):
        axis.plot(*points.T, "-", color="lightgrey", linewidth=1, zorder=1)
        axis.scatter(*points.T, c=over(scale), s=22, zorder=2)
        axis.set(xlabel=f"first component ({100 * values[0]:.2g} % of the variance)", title=name,
                 ylabel=f"second component ({100 * values[1]:.2g} %)")  # fmt: skip
    colour_bar(drawing, [left, right], scale, label)
    held, walked = 100 * fractions.sum(), 100 * exact.sum()
    drawing.set_label(
        f"The first two components hold {held:.2g} % of the variance of the weights, of a random walk {walked:.2g} %. "
        "The arc alone says nothing: any slow process in many dimensions draws a Lissajous curve (Antognini and "
        "Sohl-Dickstein 2018)."
        + ("" if varies else f" T is {temperatures[0]:.3g} throughout, so that colour is the step.")
    )
    columns = {"step": steps, "temperature": temperatures, "first": places[:, 0], "second": places[:, 1]}
    return drawing, columns | {"walk first": walk[:, 0], "walk second": walk[:, 1]}
