"""The look of every figure in the house: one place, so that they read alike on paper, on a screen and in grey."""

from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")
COLOURS = ("#0b3c5d", "#d1495b", "#3a7d44", "#e08e1b", "#6c4f9e", "#5b5b5b", "#1b998b", "#a05a2c")

HOUSE = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10.5,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=COLOURS),
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "errorbar.capsize": 2.5,
    "savefig.dpi": 160,
}

house_style = mpl.rc_context(HOUSE)  # decorate every function that draws: `@house_style`


def figure(
    rows: int = 1, columns: int = 1, size: tuple[float, float] | None = None, **kwargs: Any
) -> tuple[Figure, Any]:
    """A Figure and its axes, as `Figure.subplots` gives them; `size` is in inches. Call it under `@house_style`."""
    drawing = Figure(figsize=size or (5.6 * columns, 3.6 * rows), layout="constrained")
    return drawing, drawing.subplots(rows, columns, **kwargs)
