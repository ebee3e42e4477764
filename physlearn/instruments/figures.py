"""The figures of a training run. Each function takes arrays and returns the Figure and the table that it draws."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style

Table = dict[str, np.ndarray]
Series = Mapping[str, np.ndarray]  # metric -> one value a logged step, `step` among them


plain_numbers = FuncFormatter(lambda value, _: f"{value:g}")
sparse_numbers = FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")  # 2 and 5 of a decade
VALIDATION = {"validation_error": ("validation error (%)", 100), "validation_rmse": ("validation RMSE", 1)}


@house_style
def training(history: Series, burn_in_step: int) -> tuple[Figure, Table]:
    """Energy and error against the step, T and p below them; samples are taken right of the dotted line."""
    drawing, (top, middle, bottom) = figure(3, 1, size=(6.4, 7.2), sharex=True)
    step = history["step"]
    top.plot(step, history["energy"], LINES[0], color="black", linewidth=1)
    top.set(ylabel="energy E\n(nats per example)")
    if (history["energy"] > 0).all():  # that of a density may be negative
        top.set_yscale("log")
        top.yaxis.set_major_formatter(plain_numbers)
        top.yaxis.set_minor_formatter(sparse_numbers)
    score = next((name for name in VALIDATION if name in history), None)
    label, factor = VALIDATION[score or "validation_error"]
    middle.set(ylabel=label, ylim=(0, None))
    if score:
        middle.plot(step, factor * history[score], LINES[0], color="black", linewidth=1)
        middle.set_ylim(0, 2.5 * factor * np.quantile(history[score], 0.8) + factor / 1000)
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
    top.annotate(
        "samples from here",
        (burn_in_step, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        va="top",
        fontsize=8.5,
        color="dimgrey",
    )
    bottom.legend(handles=[heat, drop], loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    names = [name for name in ("step", "energy", "validation_error", "temperature", "dropout") if name in history]
    return drawing, {name: history[name] for name in names}


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
    drawing, (left, right) = figure(1, 2, size=(9.6, 4.0), width_ratios=(1.5, 1))
    size = max(1, len(history["step"]) // BLOCKS)
    blocked = {name: block_means(history[name], size) for name in ("step", "temperature", *readings)}
    left.plot(blocked["step"], blocked["temperature"], color="black", linewidth=2.4, label="T set")
    for i, name in enumerate(readings):
        style = MARKERS[i % 8] + LINES[i % 4]
        label = name.removeprefix("temperature_")
        left.plot(blocked["step"], blocked[name], style, color=COLOURS[i % 8], linewidth=1, markersize=3, label=label)
    last = history["temperature"][-1]
    left.set(xlabel="step", ylabel="temperature (nats per example)")
    if last > 0:  # linear from -T/10 to T/10: readings of gradient noise may be negative
        left.set_yscale("symlog", linthresh=last / 10, linscale=0.4)
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
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
    if len(means):
        axis.errorbar(*means[:, :2].T, means[:, 2], fmt="s", color="black", label="mean of a block ± standard error")
    axis.set(xlabel="dropout rate p", ylabel="temperature of the masks\nh tr C$_p$ / 2d (nats per example)")
    if shown.any():
        axis.set_yscale("log")
    axis.legend()
    return drawing, {"dropout": rate, "temperature_dropout": heat}


@house_style
def weights(layers: Mapping[str, np.ndarray], prior: Mapping[str, float] | None) -> tuple[Figure, Table]:
    """Histogram of each layer's weights, one panel a layer, against the Gaussian of the prior alone.

    Args:
        layers: name -> its weights.
        prior: name -> the variance T/lambda; None: there is no such law.
    """
    drawing, axes = figure(1, len(layers), size=(max(4.2, 3.0 * len(layers)), 3.2), squeeze=False)
    table: Table = {}
    for i, (axis, (name, values)) in enumerate(zip(axes[0], layers.items(), strict=True)):
        width = np.quantile(np.abs(values), 0.9995) or 1.0
        edges = np.linspace(-width, width, 61)
        centres = (edges[1:] + edges[:-1]) / 2
        density, _ = np.histogram(values, edges, density=True)
        shown = np.where(density > 0, density, np.nan)
        axis.step(centres, shown, where="mid", color=COLOURS[i % 8], label="weights")
        table |= {f"{name} weight": centres, f"{name} density": density}
        if prior:
            variance = prior[name]
            gaussian = np.exp(-(centres**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
            axis.plot(centres, gaussian, LINES[1], color="black", label="prior alone")
            table[f"{name} prior"] = gaussian
            axis.set_ylim(bottom=max(min(np.nanmin(shown), gaussian.min()), gaussian.max() / 1e4))
        axis.set(title=f"{name} ({values.size:,})", xlabel="weight w", yscale="log")
    axes[0, 0].set_ylabel("probability density")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return drawing, table


FEWEST = 5  # a bin with fewer predictions says nothing about calibration


@house_style
def reliability(curves: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[Figure, Table]:
    """Accuracy against confidence in equal bins, and how many predictions fall in each; the diagonal is calibrated.

    Args:
        curves: name -> (mean confidence, accuracy, count), one entry a bin; empty bins have count 0.
    """
    drawing, (top, bottom) = figure(2, 1, size=(5.0, 5.6), sharex=True, height_ratios=(2.6, 1))
    top.plot([0, 1], [0, 1], color="grey", linewidth=1, label="calibrated")
    table: Table = {}
    for i, (name, (confidence, accuracy, count)) in enumerate(curves.items()):
        full = count >= FEWEST
        error = np.sqrt(np.maximum(accuracy * (1 - accuracy), 0.25 / np.maximum(count, 1)) / np.maximum(count, 1))
        top.errorbar(
            confidence[full],
            accuracy[full],
            error[full],
            fmt=MARKERS[i] + LINES[i],
            color=COLOURS[i % 8],
            linewidth=1.1,
            label=name,
        )
        bottom.plot(confidence[full], count[full], MARKERS[i] + LINES[i], color=COLOURS[i % 8], linewidth=1.1)
        table |= {f"{name} confidence": confidence, f"{name} accuracy": accuracy, f"{name} count": count}
    top.set(ylabel="accuracy", xlim=(0, 1.02), ylim=(0, 1.05))
    bottom.set(xlabel="confidence", ylabel="predictions", yscale="log")
    top.legend(loc="upper left", title=f"bins of {FEWEST} and more predictions", title_fontsize=8)
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
        axis.legend(loc="upper left")
    return drawing, table
