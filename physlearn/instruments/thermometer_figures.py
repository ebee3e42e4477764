"""The figures of a run's temperatures: what the thermometers read, and what the dropout masks add."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style, name_ticks, thousands

Table = dict[str, np.ndarray]
Series = Mapping[str, np.ndarray]  # metric -> one value per logged step, `step` among them

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
        bottom, top = min(1.3 * every.min(), -last / 40), 2 * every.max()
        powers = 10.0 ** np.arange(np.floor(np.log10(last / 10)), np.ceil(np.log10(top)) + 1)
        multiples = (1, 2, 5) if top < 300 * last else (1,)
        above = [m * power for power in powers for m in multiples if last / 10 <= m * power <= top]
        below = [-tick for tick in above if tick <= -bottom]
        ticks = [*below[-1:], 0, *above]
        left.set_yticks(ticks, ["0" if tick == 0 else f"{tick:.0e}".replace("e-0", "e-") for tick in ticks])
        left.set_ylim(bottom, top)
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
                f"Farthest from its prediction is {layers[worst]}, by {far:.1f} standard errors; "
                "beyond 3 its sampling is in doubt."
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
    ends, below = "", 0
    if len(means):
        (first, low), (last, high) = means[0, :2], means[-1, :2]
        ends = f": {low:.2g} at p = {first:.2f}, {high:.2g} at p = {last:.2f} (means of blocks)"
        axis.errorbar(*means[:, :2].T, means[:, 2], fmt="s", color="black", label="mean of a block ± standard error")
    axis.set(xlabel="dropout rate p", ylabel="temperature of the masks\nh tr C$_p$ / 2d (nats per example)")
    if shown.any():
        axis.set_yscale("log")
        positive = [mean for mean in means[:, 1] if mean > 0] if len(means) else []
        least = min(positive) / 30 if positive else heat[shown].min()
        below = int((heat[shown] < least).sum())
        axis.set_ylim(bottom=least if below else None)  # single steps near p = 0 reach down by many decades
        name_ticks(axis.yaxis)
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1)
    drawing.set_label(
        f"The temperature that dropout masks add by their gradient noise, against the dropout rate{ends}."
        + (f" {below} of {shown.sum()} logged steps lie below the axis." if below else "")
    )
    return drawing, {"dropout": rate, "temperature_dropout": heat}
