"""The figures of a training run: its course, its weights at the end; temperatures and predictions in files beside it.

Each function takes arrays and returns the Figure and the table that it draws.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from physlearn.instruments.style import (
    COLOURS,
    LINES,
    figure,
    house_style,
    name_ticks,
    thousands,
)

Table = dict[str, np.ndarray]
Series = Mapping[str, np.ndarray]  # metric -> one value per logged step, `step` among them

VALIDATION = {"validation_error": ("validation error (%)", 100), "validation_rmse": ("validation RMSE", 1)}
OUTLYING = 3.0  # times the 90th percentile: from there on a validation point is drawn as a mark at the upper edge


@house_style
def training(history: Series, burn_in_step: int) -> tuple[Figure, Table]:
    """Energy and error against the step, T and p below them; samples are taken right of the dotted line."""
    drawing, (top, middle, bottom) = figure(3, 1, size=(6.4, 7.6), sharex=True)
    step, energy = history["step"], history["energy"]
    top.plot(step, energy, LINES[0], color="black", linewidth=1)
    top.set(ylabel="energy E\n(nats per example)")
    if energy.min() > 0 and energy.max() > 10 * energy.min():  # that of a density may be negative
        top.set_yscale("log")
        name_ticks(top.yaxis)
    score = next((name for name in VALIDATION if name in history), None)
    label, factor = VALIDATION[score or "validation_error"]
    middle.set(ylabel=label)
    outside = 0
    if score:
        values = factor * history[score]
        edge = validation_edge(values)
        inside, outside = values <= edge, int((values > edge).sum())
        middle.plot(step[inside], values[inside], "o", color="black", markersize=2.2)
        if outside:  # an empty artist that is not clipped would take part in the layout, far outside
            middle.plot(step[~inside], np.full(outside, edge), "^", color=COLOURS[1], markersize=5, clip_on=False)
        middle.set_ylim(-0.04 * edge, 1.04 * edge)
    (heat,) = bottom.plot(step, history["temperature"], LINES[0], color="black", label="temperature T (left)")
    bottom.set(
        ylabel="temperature T\n(nats per example)", xlabel="step", ylim=(0, 1.25 * history["temperature"].max() or 1)
    )
    rate = bottom.twinx()
    (drop,) = rate.plot(step, history["dropout"], LINES[1], color=COLOURS[1], label="dropout rate p (right)")
    rate.set(ylabel="dropout rate p", ylim=(-0.02, 1.02))
    rate.grid(False)
    for axis in (top, middle, bottom):
        axis.axvline(burn_in_step, color="grey", linestyle=":", linewidth=1)
    bottom.xaxis.set_major_formatter(thousands)
    bottom.locator_params(axis="x", nbins=6)
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "va": "top", "color": "dimgrey"}
    top.annotate("samples from here", (burn_in_step, 0.98), xytext=(4, 0), **place)
    drawing.legend(handles=[heat, drop], loc="outside lower center", ncols=2)
    drawing.set_label(training_caption(step, energy, burn_in_step, outside))
    names = [name for name in ("step", "energy", "validation_error", "temperature", "dropout") if name in history]
    return drawing, {name: history[name] for name in names}


def validation_edge(values: np.ndarray) -> float:
    """The upper end of the axis: above all values but outliers, and never below twice the smallest error there is."""
    positive = values[values > 0]
    if not len(positive):
        return 1.0
    usual = OUTLYING * max(float(np.quantile(values, 0.9)), float(positive.min()))
    return float(values.max()) if values.max() <= usual else usual


def settling_step(step: np.ndarray, energy: np.ndarray) -> float:
    """The first logged step whose energy lies within one standard deviation of the mean of the last quarter."""
    last = energy[-max(2, len(energy) // 4) :]
    return float(step[np.argmax(energy <= last.mean() + last.std())])


def training_caption(step: np.ndarray, energy: np.ndarray, burn_in_step: int, outside: int) -> str:
    """Until where the energy falls, and whether that is before the first sample."""
    if len(step) < 4:
        return "Energy, validation error, temperature and dropout rate along the run."
    settled, spread = settling_step(step, energy), energy[-max(2, len(energy) // 4) :].std()
    if energy[0] <= energy[-max(2, len(energy) // 4) :].mean() + 3 * spread:
        text = f"Energy fluctuates from the first line on, standard deviation {spread:.2g} nats per example at the end."
    elif settled <= burn_in_step:
        text = (
            f"Energy falls until step {settled:,.0f}, then fluctuates with standard deviation {spread:.2g}: "
            f"samples are taken from step {burn_in_step:,} on."
        )
    else:
        text = (
            f"Energy still falls at step {settled:,.0f}, after the first sample (step {burn_in_step:,}): "
            "the first samples are not yet in equilibrium."
        )
    marks = f" {outside} validation points lie above the axis (triangles)." if outside else ""
    return text + marks


@house_style
def weights(layers: Mapping[str, np.ndarray], prior: Mapping[str, float] | None) -> tuple[Figure, Table]:
    """Histogram of each layer's weights, one panel per layer, against the Gaussian of the prior alone.

    Args:
        layers: name -> its weights.
        prior: name -> the variance T/lambda; None: there is no such law.
    """
    drawing, axes = figure(1, len(layers), size=(max(4.2, 3.1 * len(layers)), 3.4), squeeze=False)
    table: Table = {}
    wider: dict[str, float] = {}
    for axis, (name, values) in zip(axes[0], layers.items(), strict=True):
        width = np.quantile(np.abs(values), 0.9995) or 1.0
        edges = np.linspace(-width, width, 61)
        centres = (edges[1:] + edges[:-1]) / 2
        density, _ = np.histogram(values, edges, density=True)
        shown = np.where(density > 0, density, np.nan)
        axis.step(centres, shown, where="mid", color=COLOURS[0], label="weights")
        table |= {f"{name} weight": centres, f"{name} density": density}
        if prior:
            variance = prior[name]
            gaussian = np.exp(-(centres**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
            axis.plot(centres, gaussian, LINES[1], color="black", label="prior alone")
            table[f"{name} prior"] = gaussian
            wider[name] = float(values.std()) / variance**0.5
            axis.set_ylim(bottom=max(min(np.nanmin(shown), gaussian.min()), gaussian.max() / 1e4))
        axis.set(title=f"{name} ({values.size:,})", xlabel="weight w", yscale="log")
        axis.yaxis.set_major_locator(LogLocator(numticks=5))
        axis.locator_params(axis="x", nbins=4)
    axes[0, 0].set_ylabel("probability density")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    if wider:
        widths = ", ".join(f"{name} {ratio:.2f}" for name, ratio in wider.items())
        text = (
            f"Standard deviation of the weights over that of the prior: {widths}; 1 where the data do not constrain "
            f"them."
        )
    else:
        text = "The weights of each layer at the end of the run, on a logarithmic axis."
    drawing.set_label(text)
    return drawing, table
