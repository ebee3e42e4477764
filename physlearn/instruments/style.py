"""The style of every figure, in one place: colours, one font size, captions.

Colours: the eight can be told apart with normal sight and with each kind of colour blindness (after Okabe and Ito
2008); lines and markers differ as well, for prints in grey. Where temperature is a parameter, `over` gives its colour:
a sequential map, dark blue is cold, orange is hot.

Captions: a figure carries its caption as its label, set by the function that draws it: `drawing.set_label(text)`, one
or two sentences that say what to look for, with the numbers of this figure where they can be computed. lab/ writes it
into the PNG (keyword Description) and report.html sets it below the figure.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b5b5b", "#6b4c12")
TEMPERATURES = LinearSegmentedColormap.from_list("temperatures", mpl.colormaps["plasma"](np.linspace(0, 0.86, 256)))
SIZE = 11  # points, of all text

HOUSE = {
    "font.size": SIZE,
    "axes.titlesize": SIZE,
    "axes.labelsize": SIZE,
    "xtick.labelsize": SIZE,
    "ytick.labelsize": SIZE,
    "legend.fontsize": SIZE,
    "legend.title_fontsize": SIZE,
    "figure.titlesize": SIZE,
    "figure.labelsize": SIZE,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=COLOURS),
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "errorbar.capsize": 2.5,
    "savefig.dpi": 160,
}

P = ParamSpec("P")
R = TypeVar("R")

plain_numbers = FuncFormatter(lambda value, _: f"{value:g}")
thousands = FuncFormatter(lambda value, _: f"{value:,.0f}")


def name_ticks(*axes: Axis) -> None:
    """Labels between the decades of logarithmic axes (`axis.xaxis`, `axis.yaxis`): call it when the limits are final.

    1, 2 and 5 of each decade, finer where it spans less than 1.3 decades; beyond three it keeps its powers of ten.
    """
    for axis in axes:
        low, high = sorted(axis.get_view_interval())
        decades = np.log10(high / low)
        if decades > 3:
            continue
        multiples = (1, 2, 5) if decades > 1.3 else (1, 2, 3, 5, 7)
        powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        ticks = [float(f"{m * power:.1g}") for power in powers for m in multiples]
        ticks = MaxNLocator(5).tick_values(low, high).tolist() if decades < 0.6 else ticks
        ticks = [tick for tick in ticks if low <= tick <= high]
        axis.set_minor_locator(NullLocator())
        axis.set_ticks(ticks, [f"{tick:,.0f}" if tick >= 1000 else f"{tick:g}" for tick in ticks])


def house_style(draw: Callable[P, R]) -> Callable[P, R]:
    """Decorates every function that draws: what it draws has the style of all figures."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(HOUSE):
            return draw(*args, **kwargs)

    return styled


def curve_style(i: int) -> dict[str, str]:
    """Colour, marker and line of the i-th curve of an axis; from the ninth on markers are hollow and lines others."""
    turn = i // 8
    filled = {"markerfacecolor": "none"} if turn % 2 else {}
    return {"color": COLOURS[i % 8], "marker": MARKERS[i % 8], "linestyle": LINES[(i + turn) % 4], **filled}


def figure(
    rows: int = 1, columns: int = 1, size: tuple[float, float] | None = None, **kwargs: Any
) -> tuple[Figure, Any]:
    """A Figure and its axes, as `Figure.subplots` gives them; `size` is in inches. Call it under `@house_style`."""
    drawing = Figure(figsize=size or (5.6 * columns, 3.6 * rows), layout="constrained")
    return drawing, drawing.subplots(rows, columns, **kwargs)


def over(values: Sequence[float] | np.ndarray) -> list[str]:
    """A colour for each value of a parameter such as T: dark blue for the smallest, orange for the largest.

    The scale is logarithmic where all values are positive; values that are zero or negative make it linear, but for
    T = 0 beside positive values that span more than a decade: zero is then black.
    """
    values = np.asarray(values, dtype=float)
    positive = values[values > 0]
    if values.min() == 0 and len(positive) > 1 and positive.max() > 10 * positive.min():
        norm = scale_of(positive)
        return ["#000000" if value == 0 else to_hex(TEMPERATURES(float(norm(value)))) for value in values]
    norm = scale_of(values)
    return [to_hex(TEMPERATURES(float(norm(value)))) for value in values]


def scale_of(values: np.ndarray) -> Normalize:
    """The norm of the colour scale of `over`."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return Normalize(low - 1, high + 1)
    return LogNorm(low, high) if low > 0 else Normalize(low, high)


def colour_bar(drawing: Figure, axes: Any, values: np.ndarray, label: str = "temperature T") -> None:
    """The scale of `over` beside the axes, with a few of the values as ticks."""
    values = np.unique(np.asarray(values, dtype=float))
    bar = drawing.colorbar(mpl.cm.ScalarMappable(scale_of(values), TEMPERATURES), ax=axes, label=label)
    ticks = values[np.unique(np.linspace(0, len(values) - 1, min(5, len(values))).round().astype(int))]
    bar.set_ticks(ticks, labels=[f"{tick:,.0f}" if 1000 <= tick < 1e6 else f"{tick:.3g}" for tick in ticks])
    bar.minorticks_off()
