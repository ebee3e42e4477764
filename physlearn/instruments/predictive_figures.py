"""The figures of a network's predictions on the test set: calibration of classes, predicted against true targets."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style

Table = dict[str, np.ndarray]

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
        words.append(f"the {name} is {'under' if mean > 0 else 'over'}confident by {abs(100 * mean):.1f} points")
    top.set(ylabel="accuracy", xscale="logit", xlim=(low, 1 - 0.6 * (1 - high)))
    ticks = [tick for tick in (0.2, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 0.9999, 0.99999) if low <= tick <= high]
    bottom.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    bottom.set_xticks([], minor=True)
    bottom.set(xlabel="confidence", ylabel="accuracy - confidence\n(percentage points)")
    drawing.legend(*top.get_legend_handles_labels(), loc="outside upper center")
    drawing.set_label(f"Above the line accuracy exceeds confidence. On average {', '.join(words)}.")
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
