"""The figures of a training run. Each function takes arrays and returns the Figure and the table that it draws."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.style import (
    COLOURS,
    LINES,
    MARKERS,
    figure,
    house_style,
    plain_numbers,
    sparse_numbers,
    thousands,
)

Table = dict[str, np.ndarray]
Series = Mapping[str, np.ndarray]  # metric -> one value a logged step, `step` among them

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
        top.yaxis.set_major_formatter(plain_numbers)
        top.yaxis.set_minor_formatter(sparse_numbers)
    score = next((name for name in VALIDATION if name in history), None)
    label, factor = VALIDATION[score or "validation_error"]
    middle.set(ylabel=label)
    outside = 0
    if score:
        values = factor * history[score]
        edge = validation_edge(values)
        inside, outside = values <= edge, int((values > edge).sum())
        middle.plot(step[inside], values[inside], "o", color="black", markersize=2.2)
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


BLOCKS = 40  # of the run, over which a noisy thermometer is averaged before it is drawn


@house_style
def thermometers(
    history: Series,
    readings: Mapping[str, tuple[float, float | None]],
    ratios: tuple[Sequence[str], Sequence[float], Sequence[float | None]] | None,
) -> tuple[Figure, Table]:
    """What the thermometers read through the run, and measured / predicted temperature of each layer at its end.

    Args:
        history: metrics, among them `temperature` (set) and one column for each key of `readings`.
        readings: thermometer -> (mean, standard error) while samples were taken.
        ratios: layers, measured / predicted temperature, its standard error or None; None: not known.
    """
    drawing, (left, right) = figure(1, 2, size=(9.6, 4.4), width_ratios=(1.5, 1))
    size = max(1, len(history["step"]) // BLOCKS)
    blocked = {name: block_means(history[name], size) for name in ("step", "temperature", *readings)}
    left.plot(blocked["step"], blocked["temperature"], color="black", linewidth=2.4, label="T set")
    for i, name in enumerate(readings):
        style = MARKERS[i % 8] + LINES[i % 4]
        label = name.removeprefix("temperature_")
        left.plot(blocked["step"], blocked[name], style, color=COLOURS[i % 8], linewidth=1, markersize=3, label=label)
    last = history["temperature"][-1]
    left.set(xlabel="step", ylabel="temperature (nats per example)")
    left.xaxis.set_major_formatter(thousands)
    left.locator_params(axis="x", nbins=6)
    if last > 0:  # readings of gradient noise may be negative
        left.set_yscale("symlog", linthresh=last / 10, linscale=0.8)
        left.axhspan(-last / 10, last / 10, color="#eeeeee", zorder=0)
        left.set_ylabel("temperature (nats per example)\nlinear in the grey band, below T/10")
        every = np.concatenate([blocked[name] for name in ("temperature", *readings)])
        decades = 10.0 ** np.arange(np.ceil(np.log10(last / 10)), np.ceil(np.log10(every.max())) + 1)
        below = [-last / 10] if every.min() < -last / 20 else []
        left.set_yticks(
            [*below, 0, *decades], [*(f"{tick:.2g}" for tick in below), "0", *(f"{d:.0e}" for d in decades)]
        )
        left.set_ylim(min(1.3 * every.min(), -last / 40), 2 * every.max())
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    drawing.set_label(thermometer_caption(last, readings, ratios))
    if ratios is None:
        right.set_axis_off()
        return drawing, blocked
    layers, values, errors = ratios
    for i, (value, error) in enumerate(zip(values, errors, strict=True)):
        right.errorbar(i, value, error, fmt=MARKERS[i % 8], color=COLOURS[i % 8], capsize=4)
    right.axhline(1, color="black", linewidth=1.2)
    right.set_xticks(range(len(layers)), list(layers))
    right.set(
        xlabel="layer", ylabel="measured / predicted temperature\n± standard error", xlim=(-0.6, len(layers) - 0.4)
    )
    spread = 1.2 * max(abs(v - 1) + 2 * (e or 0.0) for v, e in zip(values, errors, strict=True))
    right.set_ylim(1 - max(spread, 0.02), 1 + max(spread, 0.02))
    return drawing, blocked


def thermometer_caption(
    last: float,
    readings: Mapping[str, tuple[float, float | None]],
    ratios: tuple[Sequence[str], Sequence[float], Sequence[float | None]] | None,
) -> str:
    """What the thermometer of all weights reads beside T, and the layer that is farthest from its prediction."""
    if last <= 0:
        return "No temperature was set: the thermometers read the noise of minibatches and masks alone."
    parts = []
    if "temperature_configurational" in readings:
        value, error = readings["temperature_configurational"]
        parts.append(f"T was set to {last:.3g}, the weights read {plus_minus(value, error)}.")
    if ratios is not None:
        layers, values, errors = ratios
        known = [i for i, error in enumerate(errors) if error]
        if known:
            worst = max(known, key=lambda i: abs(values[i] - 1) / errors[i])
            far = (values[worst] - 1) / errors[worst]
            parts.append(
                f"Farthest from its prediction is {layers[worst]}, by {far:.1f} standard errors; 3 are too many."
            )
    return " ".join(parts) + " Readings below T/10, also negative ones, are in the grey band, where the axis is linear."


def block_means(series: np.ndarray, size: int) -> np.ndarray:
    """Means over successive blocks of `size`; what is left over at the end is dropped."""
    return series[: len(series) // size * size].reshape(-1, size).mean(axis=1)


@house_style
def dropout_temperature(rate: np.ndarray, heat: np.ndarray) -> tuple[Figure, Table]:
    """The temperature h tr(C_p) / (2 d) that the dropout masks add, against the rate p: p as a temperature."""
    drawing, axis = figure(size=(5.6, 3.8))
    shown = (rate > 0) & (heat > 0)
    axis.plot(rate[shown], heat[shown], "o", color="grey", markersize=2.5, alpha=0.5, label="one logged step")
    order = np.argsort(rate)
    blocks = [block for block in np.array_split(order[rate[order] > 0], 12) if len(block) > 1]
    means = np.array([[rate[b].mean(), heat[b].mean(), heat[b].std(ddof=1) / np.sqrt(len(b))] for b in blocks])
    ends = ""
    if len(means):
        (first, low), (last, high) = means[0, :2], means[-1, :2]
        ends = f": {low:.2g} at p = {first:.2f}, {high:.2g} at p = {last:.2f} (means of blocks)"
        axis.errorbar(*means[:, :2].T, means[:, 2], fmt="s", color="black", label="mean of a block ± standard error")
    axis.set(xlabel="dropout rate p", ylabel="temperature of the masks\nh tr C$_p$ / 2d (nats per example)")
    if shown.any():
        axis.set_yscale("log")
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1)
    drawing.set_label(
        f"The temperature that dropout masks add by their gradient noise, against the dropout rate{ends}."
    )
    return drawing, {"dropout": rate, "temperature_dropout": heat}


@house_style
def weights(layers: Mapping[str, np.ndarray], prior: Mapping[str, float] | None) -> tuple[Figure, Table]:
    """Histogram of each layer's weights, one panel a layer, against the Gaussian of the prior alone.

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
        text = f"Standard deviation of the weights over that of the prior: {widths}; 1 where the data say nothing."
    else:
        text = "The weights of each layer at the end of the run, on a logarithmic axis."
    drawing.set_label(text)
    return drawing, table


SURE = 1 - 1e-6  # where a larger confidence is drawn, on an axis on which 1 is infinitely far


@house_style
def reliability(curves: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[Figure, Table]:
    """Accuracy against confidence in bins of equal counts, below it their difference; the grey line is calibrated.

    Args:
        curves: name -> (mean confidence, accuracy, count), one entry a bin, as `calibration.equal_counts` makes them.
    """
    drawing, (top, bottom) = figure(2, 1, size=(5.6, 6.0), sharex=True, height_ratios=(1.6, 1))
    ends = [float(end) for confidence, _, _ in curves.values() for end in (confidence.min(), confidence.max())]
    low, high = 0.8 * min(ends), min(1 - 0.3 * (1 - max(ends)), SURE)
    line = 1 - np.geomspace(1 - low, 1 - high, 100)
    top.plot(line, line, color="grey", linewidth=1, label="calibrated")
    bottom.axhline(0, color="grey", linewidth=1)
    table: Table = {}
    words = []
    for i, (name, (confidence, accuracy, count)) in enumerate(curves.items()):
        error = np.sqrt(np.maximum(accuracy * (1 - accuracy), 0.25 / count) / count)
        gap, style = accuracy - confidence, MARKERS[i] + LINES[i]
        few, many = int(count.min()), int(count.max())
        counts = f"{many}" if few == many else f"{few} to {many}"
        label = f"{name}: {len(count)} bins of {counts} predictions"
        shown = confidence.clip(max=SURE)
        top.errorbar(shown, accuracy, error, fmt=style, color=COLOURS[i % 8], linewidth=1.1, label=label)
        bottom.errorbar(shown, 100 * gap, 100 * error, fmt=style, color=COLOURS[i % 8], linewidth=1.1)
        table |= {f"{name} confidence": confidence, f"{name} accuracy": accuracy, f"{name} count": count}
        mean = float((count * gap).sum() / count.sum())
        words.append(f"{name} is {'under' if mean > 0 else 'over'}confident by {abs(100 * mean):.1f} points")
    top.set(ylabel="accuracy", xscale="logit", xlim=(low, high))
    ticks = [tick for tick in (0.2, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 0.9999, 0.99999) if low <= tick <= high]
    bottom.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    bottom.set_xticks([], minor=True)
    bottom.set(xlabel="confidence", ylabel="accuracy - confidence\n(percentage points)")
    drawing.legend(*top.get_legend_handles_labels(), loc="outside upper center")
    drawing.set_label(f"Above the line the network is right more often than it says. On average {', '.join(words)}.")
    return drawing, table


@house_style
def predictions(true: np.ndarray, found: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> tuple[Figure, Table]:
    """Predicted against true values of real targets, a panel for each target; bars are one standard deviation.

    Args:
        true: (example, target).
        found: name -> (mean, standard deviation) of the predictive distribution, both (example, target).
    """
    count = true.shape[1]
    drawing, axes = figure(1, count, size=(4.6 * count, 4.4), squeeze=False)
    table: Table = {}
    for k, axis in enumerate(axes[0]):
        ends = [true[:, k].min(), true[:, k].max()]
        axis.plot(ends, ends, color="grey", linewidth=1, label="predicted = true")
        table[f"target {k + 1}"] = true[:, k]
        for i, (name, (mean, spread)) in enumerate(found.items()):
            last = i == len(found) - 1  # bars of one prediction alone, or none can be read
            bars = spread[:, k] if last else None
            style = dict(fmt=MARKERS[i], color=COLOURS[i % 8], markersize=3, elinewidth=0.4, alpha=0.7)
            axis.errorbar(true[:, k], mean[:, k], bars, label=name, **style)
            table |= {f"{name} mean {k + 1}": mean[:, k], f"{name} deviation {k + 1}": spread[:, k]}
        axis.set(xlabel="true value" if count == 1 else f"true value, target {k + 1}", ylabel="predicted value")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    inside = np.mean([np.abs(mean - true) <= spread for mean, spread in list(found.values())[-1:]])
    drawing.set_label(
        f"Predictions against true values: {100 * inside:.0f} % lie within one bar of the line; 68 % should."
    )
    return drawing, table
