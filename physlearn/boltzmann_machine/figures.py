"""The figures of Boltzmann machines. Each function takes arrays, returns the Figure and the table that it draws."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style

Table = dict[str, np.ndarray]


@house_style
def pictures(values: np.ndarray, scale: str = "signed", columns: int = 10) -> tuple[Figure, Table]:
    """Images side by side.

    Args:
        values: (image, height, width).
        scale: ``grey``: 0 is black and 1 white; ``signed``: red is positive, blue negative, white 0, each image by its
            own largest value.
        columns: images in a row.
    """
    values = np.asarray(values, dtype=float)
    count, height, width = values.shape
    rows = -(-count // columns)
    low, colours = (0.0, "gray") if scale == "grey" else (-1.0, "RdBu_r")
    far = np.ones(count) if scale == "grey" else np.abs(values).max((1, 2)) + 1e-30
    sheet = np.full((rows * (height + 1), columns * (width + 1)), np.nan)  # a pixel between two images
    for i in range(count):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        sheet[top : top + height, left : left + width] = values[i] / far[i]
    drawing, axis = figure(size=(0.7 * columns, 0.7 * rows * (height + 1) / (width + 1)))
    axis.set_axis_off()
    axis.imshow(sheet[:-1, :-1], cmap=colours, vmin=low, vmax=1.0, interpolation="nearest")
    image, row, column = (index.ravel() for index in np.indices(values.shape))
    drawing.set_label(
        f"{count} images, {columns} in a row"
        + (
            ", 0 black, 1 white."
            if scale == "grey"
            else "; red is positive, blue negative, each by its own largest value."
        )
    )
    return drawing, {"image": image, "row": row, "column": column, "value": values.ravel()}


@house_style
def learning(step: np.ndarray, log_likelihood: np.ndarray, name: str) -> tuple[Figure, Table]:
    """Mean ln p of a set against updates.

    Args:
        step, log_likelihood: (line,), nats.
        name: of the set.
    """
    drawing, axis = figure(size=(5.6, 3.7))
    axis.plot(step, log_likelihood, LINES[0], color=COLOURS[0])
    low = np.quantile(log_likelihood, 0.05)
    top = log_likelihood.max()
    axis.set(xlabel="updates", ylabel=f"{name} log-likelihood\n(nats per image)", ylim=(low - 0.1 * (top - low), None))
    drawing.set_label(
        f"The {name} log-likelihood ends at {log_likelihood[-1]:.2f} nats per image, its largest value is "
        f"{top:.2f}: where it falls again, the machine memorises the training set."
    )
    return drawing, {"step": step, "log-likelihood": log_likelihood}


@house_style
def auditors(columns: Mapping[str, np.ndarray]) -> tuple[Figure, Table]:
    """ln Z by auditors and by the chains that drive the gradient: against updates, and as the difference from exact.

    Args:
        columns: step, log_z (exact), log_z_auditors, log_z_error, log_z_drivers, predicted_loss: (line,), nats.
    """
    step, known, error = columns["step"], columns["log_z"], columns["log_z_error"]
    drawing, (above, below) = figure(2, 1, size=(6.0, 5.6), sharex=True)
    above.plot(step, known, LINES[0], color="black", label="exact")
    above.plot(step, columns["log_z_auditors"], MARKERS[0], color=COLOURS[0], markevery=max(1, len(step) // 15),
               label="auditors")  # fmt: skip
    above.plot(step, columns["log_z_drivers"], LINES[1], color=COLOURS[1], label="chains that drive the gradient")
    above.set(ylabel="ln Z (nats)")
    above.legend()
    off, off_drivers = columns["log_z_auditors"] - known, abs(columns["log_z_drivers"][-1] - known[-1])
    below.axhline(0, color="black", linewidth=0.8)
    below.fill_between(step, off - 4 * error, off + 4 * error, color=COLOURS[0], alpha=0.3, linewidth=0,
                       label="auditors, 4 standard errors")  # fmt: skip
    below.plot(step, columns["log_z_drivers"] - known, LINES[1], color=COLOURS[1], label="chains that drive")
    below.plot(step, -columns["predicted_loss"], LINES[3], color=COLOURS[1], label="predicted of them")
    below.set(xlabel="updates", ylabel="ln Z - exact (nats)")
    below.legend()
    drawing.set_label(
        f"Chains that drive the gradient are off by {off_drivers:.2g} nats at the end, auditors by "
        f"{abs(off[-1]):.2g}: a curve that leaves the band cannot be trusted."
    )
    return drawing, dict(columns)


@house_style
def stored(step: np.ndarray, curves: Mapping[int, np.ndarray]) -> tuple[Figure, Table]:
    """L-info against updates, one curve for each number K of sets, with its bound ln K; update 0 is in the table alone.

    Args:
        step: (line,).
        curves: K -> L-info in nats, (line,).
    """
    drawing, axis = figure(size=(5.6, 3.9))
    for i, (count, values) in enumerate(curves.items()):
        drawn = step > 0
        axis.plot(step[drawn], values[drawn], LINES[i % 4], color=COLOURS[i], label=f"K = {count}")
        axis.axhline(np.log(count), color=COLOURS[i], linewidth=0.8, linestyle=":")
        axis.text(step[-1], np.log(count), f"ln {count}", ha="right", va="bottom")
    axis.set(xlabel="updates", ylabel="L-info (nats)", xscale="log", ylim=(0, None))
    axis.legend()
    most = ", ".join(f"{values.max():.3f} of ln {count} = {np.log(count):.3f}" for count, values in curves.items())
    drawing.set_label(
        f"Information that samples give about which of K data sets was learned, at most {most} nats (dotted lines)."
    )
    return drawing, {"step": step} | {f"K = {count}": values for count, values in curves.items()}
