"""Runs at many temperatures side by side: a result against the temperature of the level, mean and error over seeds."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.statistics import mean_and_error
from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style
from physlearn.lab.collect import Group
from physlearn.lab.shown import modules

DRAWN = {  # key of result.json -> scale and axis, of every task that has a list of it, one number per temperature
    key: (entry.scale, entry.axis(entry.by_level))
    for module in modules().values()
    for key, entry in module.SHOWN.items()
    if entry.by_level
}
Band = tuple[np.ndarray, np.ndarray]


def draw_ladders(groups: list[Group], titles: list[str]) -> dict[str, tuple[Figure, dict[str, Any]]]:
    """One figure for all results in `DRAWN`, where at least one group has them level by level."""
    keys = [key for key in DRAWN if any(by_level(group, key) is not None for group in groups)]
    return {"results_against_temperature": along_the_ladder(groups, titles, keys)} if keys else {}


def by_level(group: Group, key: str) -> Band | None:
    """Mean and standard error over a group's finished runs of a list that has an entry for each of its temperatures."""
    rows = [run.result.get(key) for run in group.done if run.result.get("temperatures")]
    ladders = [run.result.get("temperatures") for run in group.done]
    if not rows or any(ladder != ladders[0] for ladder in ladders) or any(not isinstance(row, list) for row in rows):
        return None
    return mean_and_error(np.array(rows, dtype=float))


@house_style
def along_the_ladder(groups: list[Group], titles: list[str], keys: list[str]) -> tuple[Figure, dict[str, Any]]:
    """A panel per result. Runs that have but one value of it, as annealing has, are a line with a band across."""
    drawing, panels = figure(1, len(keys), size=(1.2 + 3.1 * len(keys), 3.7), squeeze=False)
    table: dict[str, Any] = {}
    known = {run.result.get("critical_temperature") for group in groups for run in group.done}
    critical = known.pop() if len(known) == 1 else None
    for axis, key in zip(panels.flat, keys, strict=True):
        scale, label = DRAWN[key]
        for i, (group, title) in enumerate(zip(groups, titles, strict=True)):
            if (band := by_level(group, key)) is not None:
                temperatures = np.array(group.done[0].result["temperatures"])
                style = dict(fmt=MARKERS[i % 8] + LINES[i % 4], mfc="none", color=COLOURS[i % 8], label=title)
                axis.errorbar(temperatures, scale * band[0], scale * np.nan_to_num(band[1]), **style)
                table |= {f"{title} temperature": temperatures, f"{title} {key}": band[0], f"{title} {key}_se": band[1]}
            elif values := [v for run in group.done if isinstance(v := run.result.get(key), int | float)]:
                mean, error = mean_and_error(values)
                axis.axhline(scale * mean, color=COLOURS[i % 8], linestyle=LINES[i % 4], label=title)
                low, high = scale * (mean - np.nan_to_num(error)), scale * (mean + np.nan_to_num(error))
                axis.axhspan(low, high, color=COLOURS[i % 8], alpha=0.2, linewidth=0)
                table |= {f"{title} {key}": [mean], f"{title} {key}_se": [error]}
        spread = [t for group in groups for run in group.done for t in run.result.get("temperatures") or ()]
        wide = bool(spread) and min(spread) > 0 and max(spread) > 3 * min(spread)
        axis.set(xscale="log" if wide else "linear", xlabel="temperature T", ylabel=label)
        if critical is not None:
            axis.axvline(critical, color="grey", linestyle=":", label=f"T$_c$ = {critical:.4f}")
    drawing.set_label(
        "Mean and standard error over seeds at each temperature."
        + (" Curves of the Binder cumulant cross at the critical temperature." if "binder" in keys else "")
    )
    drawing.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return drawing, table
