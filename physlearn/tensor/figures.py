"""The figures of matrix product states. Each function takes arrays, returns the Figure and the table that it draws."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style, name_ticks

Table = dict[str, np.ndarray]


@house_style
def images(pictures: np.ndarray, columns: int = 10, what: str = "images") -> tuple[Figure, Table]:
    """Images side by side.

    Args:
        pictures: (image, height, width) of 0 and 1.
        columns: images in a row.
        what: they are, for the caption.
    """
    pictures = np.asarray(pictures)
    rows = -(-len(pictures) // columns)
    drawing, axes = figure(rows, columns, size=(0.7 * columns, 0.74 * rows), squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, picture in zip(axes.flat, pictures, strict=False):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    drawing.set_label(f"{len(pictures)} {what}, {columns} in a row.")
    return drawing, _pixels(pictures)


@house_style
def completions(
    originals: np.ndarray, completed: np.ndarray, known: np.ndarray, logs: np.ndarray
) -> tuple[Figure, Table]:
    """Originals, the known half, and samples of the other half given the known one.

    Args:
        originals: (image, height, width) of 0 and 1.
        completed: (image, sample, height, width).
        known: bool (height, width).
        logs: ln p of each sample given the known half, nats: (image, sample).
    """
    count, samples = completed.shape[:2]
    drawing, axes = figure(count, samples + 2, size=(0.8 * (samples + 2), 0.84 * count + 0.3), squeeze=False)
    titles = ["original", "known", *(f"sample {i + 1}" for i in range(samples))]
    for row in range(count):
        shown = [originals[row], np.where(known, originals[row], 0.5), *completed[row]]
        for axis, picture, title in zip(axes[row], shown, titles, strict=True):
            axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            axis.set_axis_off()
            if row == 0:
                axis.set_title(title)
    image, sample = (index.ravel() for index in np.indices((count, samples)))
    hidden = (completed != originals[:, None])[:, :, ~known].mean(2)
    drawing.set_label(
        f"The known half is given, the other half is sampled: {100 * float(hidden.mean()):.1f} % of the "
        f"hidden pixels differ from the original on average."
    )
    return drawing, {
        "image": image,
        "sample": sample,
        "ln p": logs.ravel(),
        "hidden pixels that differ": hidden.ravel(),
    }


@house_style
def over_picture(
    shape: tuple[int, int], bonds: Sequence[int], entropies: Sequence[float], label: str = "", order: str = "rows"
) -> tuple[Figure, Table]:
    """Bond dimension and entanglement entropy at the cut behind each pixel, drawn at the pixel.

    Args:
        shape: (height, width).
        bonds, entropies: of the N - 1 cuts; S in nats.
        label: above the figure.
        order: of the pixels along the chain: ``rows``, or ``snake``, where every second row runs from right to left.
    """
    drawing, axes = figure(1, 2, size=(7.4, 3.4))
    for axis, values, name in zip(axes, (bonds, entropies), ("bond dimension", "entropy S (nats)"), strict=True):
        picture = np.append(np.asarray(values, dtype=float), np.nan).reshape(shape)
        if order == "snake":
            picture[1::2] = picture[1::2, ::-1].copy()
        mesh = axis.imshow(picture, cmap="viridis", vmin=0, interpolation="nearest")
        drawing.colorbar(mesh, ax=axis, shrink=0.85, label=name)
        axis.grid(False)
        axis.set(xlabel="column", ylabel="row")
    if label:
        drawing.suptitle(label)
    cut = np.arange(1, len(bonds) + 1)
    drawing.set_label(
        f"Bonds (up to {max(bonds)}) and entropy are large where pixels are correlated with the rest of the "
        f"image, and small at its dark border."
    )
    return drawing, {"cut": cut, "bond": np.asarray(bonds), "entropy": np.asarray(entropies)}


@house_style
def learning(histories: Mapping[str, Sequence[float]], bound: float, name: str) -> tuple[Figure, Table]:
    """Training NLL against loops, with the bound that memorising the images reaches.

    Args:
        histories: label -> NLL before the first loop, after loop 1, 2, ...
        bound: the least NLL there is, nats.
        name: of the bound, e.g. "ln 1000".
    """
    drawing, axis = figure(size=(5.6, 3.7))
    longest = max(map(len, histories.values()))
    table: Table = {"loop": np.arange(longest)}
    for i, (label, history) in enumerate(histories.items()):
        axis.plot(history, LINES[i % 4] + MARKERS[i % 8], color=COLOURS[i % 8], markersize=4, label=label)
        table[label] = np.array([*history, *[np.nan] * (longest - len(history))])
    axis.axhline(bound, color="black", linestyle=":", label=f"bound, {name} = {bound:.4f}")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set(xlabel="loops", ylabel="training NLL (nats per image)", yscale="log")
    name_ticks(axis.yaxis)
    axis.legend()
    drawing.set_label(
        f"Training NLL falls towards {name} = {bound:.3f}, which a table of the training images reaches: to "
        f"come near it is to memorise them."
    )
    return drawing, table


@house_style
def profile(entropies: Mapping[str, Sequence[float]]) -> tuple[Figure, Table]:
    """Entanglement entropy against the cut."""
    drawing, axis = figure(size=(5.6, 3.7))
    table: Table = {"cut": np.arange(1, len(next(iter(entropies.values()))) + 1)}
    for i, (label, values) in enumerate(entropies.items()):
        axis.plot(table["cut"], values, LINES[i % 4], color=COLOURS[i % 8], label=label)
        table[label] = np.asarray(values)
    axis.set(xlabel="cut behind site", ylabel="entropy S (nats)", ylim=(0, None))
    axis.legend()
    drawing.set_label("Entropy at each cut: what the sites on one side say about those on the other.")
    return drawing, table


def _pixels(pictures: np.ndarray) -> Table:
    image, row, column = (index.ravel() for index in np.indices(pictures.shape))
    return {"image": image, "row": row, "column": column, "value": pictures.ravel()}


@house_style
def error_against_parameters(
    parameters: Mapping[str, Sequence[int]],
    errors: Mapping[str, Sequence[float]],
    whole: tuple[int, float],
    measured_on: str = "test",
) -> tuple[Figure, Table]:
    """Test error against compression, as the compression table has it: a truncated state beside the whole one.

    Args:
        parameters: way -> parameters left.
        errors: way -> test error, a fraction.
        whole: parameters and error of the network before truncation.
        measured_on: name of the set.
    """
    drawing, axis = figure(size=(5.6, 3.9))
    table: dict[str, list] = {"by": [], "parameters": [], "compression": [], "error": []}
    for i, (way, counts) in enumerate(parameters.items()):
        compression = whole[0] / np.asarray(counts, dtype=float)
        axis.plot(compression, 100 * np.asarray(errors[way]), MARKERS[i] + LINES[i], color=COLOURS[i], label=way)
        for column, values in zip(table.values(), ([way] * len(counts), counts, compression, errors[way]), strict=True):
            column += list(values)
    axis.axhline(100 * whole[1], color="black", linestyle=":", label=f"before: {100 * whole[1]:.2f} %, {whole[0]:,}")
    axis.set(
        xlabel="compression (parameters / parameters left)",
        ylabel=f"{measured_on} error (%)",
        xscale="log",
        yscale="log",
    )
    name_ticks(axis.xaxis, axis.yaxis)
    axis.legend()
    drawing.set_label(
        f"Before truncation {100 * whole[1]:.2f} % with {whole[0]:,} parameters: curves stay flat as long "
        f"as only what images do not use is removed."
    )
    return drawing, {name: np.asarray(column) for name, column in table.items()}


@house_style
def error_against_bond(
    bond: Sequence[int],
    error: Sequence[float],
    standard_error: Sequence[float],
    count: Sequence[int],
    shift: Sequence[int],
    published: Mapping[int, float],
) -> tuple[Figure, Table]:
    """Test error against bond dimension, a curve for each shift of the training images, published points as crosses.

    Args:
        bond, error, standard_error, count, shift: D, mean test error (a fraction), its standard error (NaN for one
            seed), the number of seeds, and by how many pixels training images were moved, of each point: (point,).
        published: bond -> test error.
    """
    bond, error, spread = (np.asarray(v, dtype=float) for v in (bond, error, standard_error))
    count, shift = np.asarray(count), np.asarray(shift)
    drawing, axis = figure(size=(5.6, 3.9))
    for i, pixels in enumerate(np.unique(shift)):
        own = shift == pixels
        how = f"images moved by up to {pixels} pixel(s)" if pixels else "measured"
        axis.errorbar(bond[own], 100 * error[own], 100 * np.nan_to_num(spread[own]), fmt=MARKERS[i] + LINES[i],
                      color=COLOURS[i], label=f"{how}, n = {' or '.join(map(str, np.unique(count[own])))}")  # fmt: skip
    axis.plot(list(published), [100 * v for v in published.values()], "x", color="black", markersize=8,
              label="Stoudenmire and Schwab (2016)")  # fmt: skip
    axis.set(xlabel="bond dimension D", ylabel="test error (%)", xscale="log", yscale="log")
    name_ticks(axis.xaxis, axis.yaxis)
    axis.legend()
    plain = shift == 0 if (shift == 0).any() else np.ones(len(shift), dtype=bool)
    small, large = np.argmin(np.where(plain, bond, np.inf)), np.argmax(np.where(plain, bond, -np.inf))
    drawing.set_label(
        f"The error falls from {100 * error[small]:.2f} % at D = {bond[small]:.0f} to {100 * error[large]:.2f} % at "
        f"D = {bond[large]:.0f}."
        + (" Training on shifted images is another experiment, a curve of its own." if not plain.all() else "")
    )
    return drawing, {"bond": bond, "error": error, "standard error": spread, "n": count, "shift": shift}


@house_style
def error_against_time(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> tuple[Figure, Table]:
    """Validation error against processor time, one curve for each way to train.

    Args:
        curves: way -> (seconds, error as a fraction) of each point.
    """
    drawing, axis = figure(size=(5.6, 3.9))
    table: dict[str, list] = {"by": [], "seconds": [], "error": []}
    for i, (way, (seconds, error)) in enumerate(curves.items()):
        axis.plot(seconds, 100 * np.asarray(error), MARKERS[i] + LINES[i], color=COLOURS[i], markersize=4, label=way)
        for column, values in zip(table.values(), ([way] * len(error), seconds, error), strict=True):
            column += list(values)
    axis.set(xlabel="processor time (s)", ylabel="validation error (%)", yscale="log")
    name_ticks(axis.yaxis)
    axis.legend()
    drawing.set_label("Lower and further left is better: the same machine, the same data, processor time.")
    return drawing, {name: np.asarray(column) for name, column in table.items()}
