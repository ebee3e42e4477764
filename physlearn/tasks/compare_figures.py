"""The pictures of a comparison: results with error bars, a curve where a number was swept, metrics along the run."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style
from physlearn.lab.collect import Group, mean_and_error

COLUMNS = {  # key of result.json -> name; what the table on the screen shows and the figures draw
    "test_error": "test error",
    "ensemble_test_error": "ensemble test error",
    "test_nll": "test NLL",
    "ensemble_test_nll": "ensemble test NLL",
    "compression": "compression",
    "seconds": "seconds",
}
DRAWN = ("test_error", "ensemble_test_error", "test_nll", "ensemble_test_nll")
CURVES = (("step", "energy"), ("step", "validation_error"), ("dropout", "energy"))  # metrics: x, y
NAMES = {
    "energy": "cost: energy E (nats per example)",
    "validation_error": "validation error (fraction)",
    "dropout": "dropout rate p",
    "step": "step",
}
LOGARITHMIC = ("temperature", "compression", "lr", "weight_decay", "beta", "friction")

Drawn = tuple[Figure, dict[str, Any]]


def draw(groups: list[Group]) -> dict[str, Drawn]:
    """Every figure that the finished runs allow, by name."""
    drawn: dict[str, Drawn] = {}
    keys = [key for key in DRAWN if any(finite(group, key) for group in groups)]
    if keys:
        drawn["results"] = results(groups, keys)
    for name in numeric_labels(groups):
        for key in keys:
            drawn[f"{key}_against_{name}"] = against(groups, name, key)
    for x, y in CURVES:
        curves = {title(group): curve(group, x, y) for group in groups}
        curves = {label: band for label, band in curves.items() if band is not None}
        if curves and not (x == "dropout" and all(np.ptp(band[0]) == 0 for band in curves.values())):
            drawn[f"{y}_against_{x}"] = along(curves, x, y)
    return drawn


def finite(group: Group, key: str) -> list[float]:
    values = [run.result.get(key) for run in group.done]
    return [float(value) for value in values if isinstance(value, int | float)]


def title(group: Group) -> str:
    """A group's label in the legend: dropout=annealed optimizer.lr=0.1 -> annealed, lr=0.1."""
    parts = [f"{key.rpartition('.')[2]}={value}" if "." in key else str(value) for key, value in group.label.items()]
    return ", ".join(parts) or "all"


def number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def numeric_labels(groups: list[Group]) -> list[str]:
    """The swept keys whose values are all numbers, at least two of them different."""
    names = groups[0].label if groups else {}
    values = {name: [number(group.label[name]) for group in groups] for name in names}
    return [name for name, found in values.items() if None not in found and len(set(found)) > 1]


@house_style
def results(groups: list[Group], keys: list[str]) -> Drawn:
    """One panel a result: a point a group, mean with its standard error; small dots are the runs themselves."""
    drawing, axes = figure(
        1, len(keys), size=(2.2 + 2.3 * len(keys), 1.4 + 0.42 * len(groups)), sharey=True, squeeze=False
    )
    table: dict[str, list[Any]] = {"group": [title(group) for group in groups]}
    rows = np.arange(len(groups))
    for i, (axis, key) in enumerate(zip(axes[0], keys, strict=True)):
        scale = 100 if key.endswith("error") else 1
        means, errors = zip(*(mean_and_error(finite(group, key)) for group in groups), strict=True)
        for row, group in zip(rows, groups, strict=True):
            dots = scale * np.array(finite(group, key))
            axis.plot(dots, np.full(len(dots), row), "o", color="grey", markersize=2.5, alpha=0.7)
        axis.errorbar(
            scale * np.array(means), rows, xerr=scale * np.nan_to_num(errors), fmt=MARKERS[i % 8], color="black"
        )
        axis.set(xlabel=COLUMNS[key] + (" (%)" if scale == 100 else " (nats)"))
        table |= {key: list(means), f"{key}_se": list(errors)}
    axes[0, 0].set_yticks(rows, [title(group) for group in groups])
    axes[0, 0].invert_yaxis()
    return drawing, table


@house_style
def against(groups: list[Group], name: str, key: str) -> Drawn:
    """A result against a swept number, one line for each setting of what else was swept."""
    drawing, axis = figure()
    lines: dict[str, list[Group]] = {}
    for entry in groups:
        rest = {other: value for other, value in entry.label.items() if other != name}
        lines.setdefault(title(Group(rest)), []).append(entry)
    scale = 100 if key.endswith("error") else 1
    table: dict[str, list[Any]] = {"line": [], name: [], key: [], f"{key}_se": []}
    for i, (label, line) in enumerate(lines.items()):
        line = sorted((entry for entry in line if finite(entry, key)), key=lambda entry: float(entry.label[name]))
        x = [float(entry.label[name]) for entry in line]
        pairs = [mean_and_error(finite(entry, key)) for entry in line]
        y, e = np.array(pairs, dtype=float).reshape(-1, 2).T
        axis.errorbar(
            x, scale * y, scale * np.nan_to_num(e), fmt=MARKERS[i % 8] + LINES[i % 4], color=COLOURS[i % 8], label=label
        )
        for column, values in zip(table, ([label] * len(x), x, y, e), strict=True):
            table[column] += list(values)
    if any(word in name for word in LOGARITHMIC) and min(table[name], default=0) > 0:
        axis.set_xscale("log")
    axis.set(xlabel=name, ylabel=COLUMNS[key] + (" (%)" if scale == 100 else " (nats)"))
    if len(lines) > 1:
        axis.legend()
    return drawing, table


def curve(group: Group, x: str, y: str) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Mean and standard error over a group's runs of one metric against another, over the steps that all logged."""
    runs = [run.metrics() for run in group.done]
    rows = [
        [(line[x], line[y]) for line in lines if line.get(x) is not None and line.get(y) is not None] for lines in runs
    ]
    rows = [row for row in rows if row]
    if not rows:
        return None
    length = min(map(len, rows))
    values = np.array([row[:length] for row in rows], dtype=float)  # (run, line, x or y)
    error = values[:, :, 1].std(axis=0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.zeros(length)
    return values[:, :, 0].mean(axis=0), values[:, :, 1].mean(axis=0), error


@house_style
def along(curves: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]], x: str, y: str) -> Drawn:
    """A metric along the run: the mean over seeds as a line, its standard error as a band; a dot where a run ends."""
    drawing, axis = figure(size=(6.2, 4.0))
    table: dict[str, Any] = {}
    for i, (label, (at, mean, error)) in enumerate(curves.items()):
        axis.plot(at, mean, LINES[i % 4], color=COLOURS[i % 8], label=label)
        axis.plot(at[-1], mean[-1], MARKERS[i % 8], color=COLOURS[i % 8])
        axis.fill_between(at, mean - error, mean + error, color=COLOURS[i % 8], alpha=0.2, linewidth=0)
        table |= {f"{label} {x}": at, f"{label} {y}": mean, f"{label} {y}_se": error}
    if all((mean > 0).all() for _, mean, _ in curves.values()):
        axis.set_yscale("log")
    axis.set(xlabel=NAMES[x], ylabel=NAMES[y])
    axis.legend(title="the run ends at the mark", title_fontsize=8)
    return drawing, table
