"""The figures of a comparison: results with error bars, a curve where a number was swept, metrics along the run."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from physlearn.instruments.statistics import mean_and_error
from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style, name_ticks, over
from physlearn.lab.collect import Group
from physlearn.lab.shown import Shown, modules, shown
from physlearn.tasks.compare.ladders import draw_ladders

AXES = {  # a swept key -> the axis's name
    "temperature.value": "temperature T (nats per example)",
    "optimizer.lr": "time step h = lr",
    "dropout.start": "dropout rate p at the start",
    "pruning.compression": "compression (weights / weights kept)",
    "data.limit": "images used for training and validation",
    "task.batch_size": "images per minibatch",
    "task.epochs": "epochs",
    "system.size": "lattice size L",
    "tempering.replicas": "replicas",
    "ensemble.keep": "samples of the weights",
    "model.bond": "bond dimension D",
    "optimizer.weight_decay": "weight decay λ",
}
GENERIC = ("value", "start", "stop", "fraction")  # names that say nothing without their group
LOGARITHMIC = ("temperature", "compression", "lr", "weight_decay", "beta", "friction")

Drawn = tuple[Figure, dict[str, Any]]


def names_of_columns() -> dict[str, str]:
    """Result -> its name in the table on the screen, of those that the tasks say stand there."""
    return {key: entry.name for key, entry in shown().items() if entry.column}


def draw(groups: list[Group], columns: list[str]) -> dict[str, Drawn]:
    """Every figure that the finished runs allow, by name, of the results that the table shows."""
    drawn: dict[str, Drawn] = {}
    every = shown()
    keys = [key for key in columns if key not in every or every[key].drawn or not every[key].column]
    if keys:
        drawn["results"] = results(groups, keys)
    for name, places in numeric_labels(groups).items():
        for key in keys:
            drawn[f"{key}_against_{name}"] = against(groups, name, places, key)
    names = tasks_of(groups)
    for x, y in [(x, y) for y, entry in names.items() for x in entry.against]:
        curves = {title(group): curve(group, x, y) for group in groups}
        colours = dict(zip(curves, colours_of(groups), strict=False))
        curves = {label: band for label, band in curves.items() if band is not None}
        if curves and not (x == "dropout" and all(np.ptp(band[0]) == 0 for band in curves.values())):
            drawn[f"{y}_against_{x}"] = along(curves, x, y, names, colours)
    return drawn | draw_ladders(groups, [title(group) for group in groups])


def tasks_of(groups: list[Group]) -> dict[str, Shown]:
    """How the tasks that these runs are of show their results; where they do not say, as all tasks do."""
    names = {run.config.get("task.name") for group in groups for run in group.runs}
    return shown(names & modules().keys() or None)


def values_of(group: Group, key: str) -> list[float]:
    """The finite numbers that the finished runs of a group have for one key of result.json."""
    found = [run.result.get(key) for run in group.done]
    return [float(value) for value in found if isinstance(value, int | float) and not isinstance(value, bool)]


def scale_and_label(key: str) -> tuple[float, str]:
    """What a result is multiplied by on an axis, and the axis's name with its unit."""
    entry = shown().get(key)
    if entry and entry.column:
        return entry.scale, entry.axis()
    scale = 100 if is_fraction(key) else 1
    return scale, key.replace("_", " ") + (" (%)" if scale == 100 else " (nats)" if key.endswith("nll") else "")


def is_fraction(key: str) -> bool:
    """Whether a result is shown in percent: as its task says, else by the last word of its name."""
    entry = shown().get(key)
    return entry.unit == "%" if entry else key.endswith(("error", "ece"))


def title(group: Group) -> str:
    """A group's label in the legend: dropout=annealed optimizer.lr=0.1 -> annealed, lr=0.1.

    A group that was left at its default is named where nothing else tells the runs apart.
    """

    def word(key: str, value: Any) -> str:
        last = key.rpartition(".")[2]
        if key == "temperature.value":
            return f"T = {value}"
        return str(value) if last == key else f"{key if last in GENERIC else last}={value}"

    told = {key: value for key, value in group.label.items() if value != "default"} or group.label
    return ", ".join(word(key, value) for key, value in told.items()) or "all"


def number(group: Group, text: Any) -> float | None:
    """A swept value as a place on an axis; `posterior` stands at the temperature that it was."""
    if text == "posterior":
        return next(iter(values_of(group, "temperature_posterior")), None)
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def temperature_of(group: Group) -> float | None:
    """The temperature by which a group differs from others; None where temperatures were not swept."""
    swept = (value for key, value in group.label.items() if "temperature" in key)
    return next((at for value in swept if (at := number(group, value)) is not None), None)


def colours_of(groups: list[Group]) -> list[str]:
    """A colour for each group: where T was swept the sequential one of its T, else those of the style in turn."""
    found = [temperature_of(group) for group in groups]
    if None in found or len(set(found)) < 2:
        return [COLOURS[i % len(COLOURS)] for i in range(len(groups))]
    return over([float(at) for at in found if at is not None])


def numeric_labels(groups: list[Group]) -> dict[str, list[float]]:
    """The swept keys whose values are all numbers, at least two of them different: the value of each group."""
    names = groups[0].label if groups else {}
    places = {name: [number(group, group.label[name]) for group in groups] for name in names}
    return {name: found for name, found in places.items() if None not in found and len(set(found)) > 1}


@house_style
def results(groups: list[Group], keys: list[str]) -> Drawn:
    """One panel per result: a point per group, mean with its standard error; small dots are the runs themselves."""
    columns = min(2, len(keys))
    panels = -(-len(keys) // columns)  # rows of them
    longest = max((len(title(group)) for group in groups), default=0)
    size = (0.6 + 0.085 * longest + 3.1 * columns, panels * (1.0 + 0.34 * len(groups)))
    drawing, axes = figure(panels, columns, size=size, sharey=True, squeeze=False)
    table: dict[str, list[Any]] = {"group": [title(group) for group in groups]}
    rows = np.arange(len(groups))
    swept = any(temperature_of(group) is not None for group in groups)
    colours = colours_of(groups) if swept else ["black"] * len(groups)
    for axis in axes.flat[len(keys) :]:
        axis.set_visible(False)
    for i, (axis, key) in enumerate(zip(axes.flat, keys, strict=False)):
        scale, name = scale_and_label(key)
        means, errors = zip(*(mean_and_error(values_of(group, key)) for group in groups), strict=True)
        for row, group in zip(rows, groups, strict=True):
            dots = scale * np.array(values_of(group, key))
            axis.plot(dots, np.full(len(dots), row), "o", color="grey", markersize=2.5, alpha=0.7)
        for row, mean, error, colour in zip(rows, means, errors, colours, strict=True):
            axis.errorbar(scale * mean, row, xerr=scale * np.nan_to_num(error), fmt=MARKERS[i % 8], color=colour)
        axis.set(xlabel=name, ylim=(len(groups) - 0.4, -0.6))  # the first row on top, none at an edge
        axis.locator_params(axis="x", nbins=4)
        table |= {key: list(means), f"{key}_se": list(errors)}
    axes[0, 0].set_yticks(rows, [title(group) for group in groups])
    drawing.set_label(
        "Mean of each row with its standard error over seeds; grey dots are single runs. Rows differ where "
        "the distance of their means is large compared with the bars."
    )
    return drawing, table


@house_style
def against(groups: list[Group], name: str, places: list[float], key: str) -> Drawn:
    """A result against a swept number, one line for each setting of what else was swept."""
    drawing, axis = figure()
    lines: dict[str, list[tuple[float, float, float]]] = {}
    kinds: dict[str, Group] = {}
    for at, entry in zip(places, groups, strict=True):
        rest = {other: value for other, value in entry.label.items() if other != name}
        if values := values_of(entry, key):
            lines.setdefault(title(same := Group(rest)), []).append((at, *mean_and_error(values)))
            kinds.setdefault(title(same), same)
    scale, label = scale_and_label(key)
    table: dict[str, list[Any]] = {"line": [], name: [], key: [], f"{key}_se": []}
    for i, ((line, points), colour) in enumerate(zip(lines.items(), colours_of(list(kinds.values())), strict=True)):
        x, y, e = np.array(sorted(points), dtype=float).T
        style = dict(fmt=MARKERS[i % 8] + LINES[i % 4], color=colour, label=line)
        axis.errorbar(x, scale * y, scale * np.nan_to_num(e), **style)
        for column, values in zip(table.values(), ([line] * len(x), x, y, e), strict=True):
            column += list(values)
    positive = [at for at in table[name] if at > 0]
    if any(word in name for word in LOGARITHMIC) and positive and min(places) >= 0:
        zero = min(positive) < max(positive) and min(places) == 0  # T = 0 has its place left of the decades
        axis.set_xscale("symlog", linthresh=min(positive)) if zero else axis.set_xscale("log")
        if not zero and max(positive) < 100 * min(positive):  # within two decades the values themselves are the ticks
            axis.set_xticks(sorted(set(positive)), [f"{at:g}" for at in sorted(set(positive))])
            axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set(xlabel=AXES.get(name, readable(name)), ylabel=label)
    before = [value for entry in groups for value in values_of(entry, f"dense_{key}")]
    if before:
        mean, error = mean_and_error(before)
        low, high = (scale * (mean + sign * np.nan_to_num(error)) for sign in (-1, 1))
        axis.axhspan(
            low,
            high,
            color="0.4",
            alpha=0.3,
            label=f"dense: {scale * mean:.3g} ± {scale * error:.1g}, n = {len(before)}",
        )
    if len(lines) > 1 or before:
        drawing.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    (low, at), (high, there) = (end(zip(table[key], table[name], strict=True)) for end in (min, max))
    drawing.set_label(
        f"{label[:1].upper()}{label[1:]} is lowest, {scale * low:.3g}, at {axis.get_xlabel()} {at:g}, and highest, "
        f"{scale * high:.3g}, at {there:g}. Bars: standard error over seeds."
        + (" Grey band: the same networks before pruning." if before else "")
    )
    return drawing, table


def readable(key: str) -> str:
    """A config key as words: task.batch_size -> batch size (task)."""
    group, _, last = key.rpartition(".")
    words = last.replace("_", " ")
    return f"{words} ({group.replace('.', ' ')})" if group else words


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
    return values[:, :, 0].mean(axis=0), *mean_and_error(values[:, :, 1])


@house_style
def along(
    curves: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    x: str,
    y: str,
    names: dict[str, Shown],
    colours: dict[str, str],
) -> Drawn:
    """A metric along the run: the mean over seeds as a line, its standard error as a band; a dot where a run ends."""
    drawing, axis = figure(size=(6.2, 4.0))
    table: dict[str, Any] = {}
    scale = names[y].scale
    for i, (label, (at, mean, error)) in enumerate(curves.items()):
        axis.plot(at, scale * mean, LINES[i % 4], color=colours[label], label=label)
        axis.plot(at[-1], scale * mean[-1], MARKERS[i % 8], color=colours[label])
        low, high = scale * (mean - np.nan_to_num(error)), scale * (mean + np.nan_to_num(error))
        axis.fill_between(at, low, high, color=colours[label], alpha=0.2, linewidth=0)
        table |= {f"{label} {x}": at, f"{label} {y}": mean, f"{label} {y}_se": error}
    if all((mean > 0).all() for _, mean, _ in curves.values()):
        axis.set_yscale("log")
        name_ticks(axis.yaxis)
    axis.set(xlabel=names[x].axis(), ylabel=names[y].axis())
    if len(curves) > 1:
        drawing.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    last = {label: float(mean[-1]) for label, (_, mean, _) in curves.items()}
    low, high = min(last, key=last.__getitem__), max(last, key=last.__getitem__)
    ends = f" It ends lowest for {low} ({scale * last[low]:.3g}), highest for {high} ({scale * last[high]:.3g})."
    drawing.set_label(
        "Mean over seeds, its standard error as a band; a run ends at the mark." + (ends if len(last) > 1 else "")
    )
    return drawing, table
