"""The figures of orbitals. Each function takes arrays, returns the Figure and the table that it draws."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, MARKERS, figure, house_style

Table = dict[str, np.ndarray]
GAMMA = 0.5  # brightness is density^GAMMA: weak outer shells are seen too
VIEWS = ("slice", "projection")


@house_style
def gallery(names: Sequence[str], pictures: np.ndarray, extents: Sequence[float], view: str) -> tuple[Figure, Table]:
    """Orbitals in pairs, exact beside learned, on one scale per pair.

    Args:
        names: of the orbitals.
        pictures: (orbital, exact or learned, z, x), densities.
        extents: half of the sides, in a_0.
        view: ``slice`` (y = 0) or ``projection`` (integrated over y).
    """
    columns = min(5, len(names))
    rows = -(-len(names) // columns)
    drawing, axes = figure(rows, 2 * columns, size=(2.7 * columns, 1.72 * rows + 0.45), squeeze=False)
    cells = axes.reshape(rows * columns, 2, order="C")
    for axis in axes.flat:
        axis.set_axis_off()
    for name, pair, extent, cell in zip(names, pictures, extents, cells, strict=False):
        norm = PowerNorm(GAMMA, 0, float(pair[0].max()))
        for axis, picture, label in zip(cell, pair, (f"{name} exact", "learned"), strict=True):
            axis.imshow(picture, norm=norm, cmap="inferno", origin="lower", interpolation="bilinear")
            axis.set_title(label, pad=2)
        cell[0].text(1, 1, f"±{extent:.0f}", color="white")
    seen = "in the plane y = 0" if view == "slice" else "integrated over y"
    more = "; x to the right, z upwards, half width in a₀; brightness: square root" if columns > 2 else ", ± in a₀"
    drawing.suptitle(f"|ψ|² {seen}{more}")
    index, row, column = np.indices((len(names), *pictures.shape[2:]))
    at = lambda i: ((i + 0.5) / pictures.shape[2] * 2 - 1) * np.asarray(extents)[index]  # noqa: E731
    drawing.set_label(
        "Each pair has one scale; nodes must lie at the same places, left exact, right learned from samples "
        "alone. Square root of the density."
    )
    return drawing, {
        "orbital": np.asarray(names)[index.ravel()],
        "x": at(column).ravel(),
        "z": at(row).ravel(),
        "exact": pictures[:, 0].ravel(),
        "learned": pictures[:, 1].ravel(),
    }


@house_style
def radial(extent: float, exact: np.ndarray, histograms: Mapping[str, np.ndarray], name: str) -> tuple[Figure, Table]:
    """Distribution of r: r^2 R^2 and histograms of samples.

    Args:
        extent: where the bins end, in a_0.
        exact: at the centres of the bins, per a_0: (bin,).
        histograms: label -> density in each bin, (bin,).
        name: of the orbital.
    """
    r = (np.arange(len(exact)) + 0.5) * extent / len(exact)
    drawing, axis = figure(size=(5.6, 3.6))
    axis.plot(r, exact, "-", color="black", label=f"{name}, exact")
    table: Table = {"r": r, "exact": exact}
    for i, (label, values) in enumerate(histograms.items()):
        axis.plot(r, values, MARKERS[i], color=COLOURS[i], markersize=3.5, label=label)
        table[label] = values
    axis.set(xlabel="r (a₀)", ylabel="probability per a₀", xlim=(0, extent), ylim=(0, None))
    axis.legend()
    drawing.set_label(f"Distance from the nucleus: histograms must follow the black curve of {name}, zeros included.")
    return drawing, table


@house_style
def learning(
    steps: np.ndarray, training: np.ndarray, exact: float, held_out: tuple[float, float], name: str
) -> tuple[Figure, Table]:
    """Training NLL above the exact entropy along the steps of the model, and the held-out NLL at the end.

    Args:
        steps, training: of the model, and its NLL in nats: (point,).
        exact: the entropy.
        held_out: NLL above the entropy of held-out samples, and its standard error.
        name: of the orbital.
    """
    drawing, axis = figure(size=(5.6, 3.6))
    axis.plot(steps, training - exact, "-", color=COLOURS[0], linewidth=1, label="training samples")
    axis.errorbar([steps[-1]], [held_out[0]], [held_out[1]], fmt="o", color=COLOURS[1], label="held out, at the end")
    axis.axhline(0, color="black", linestyle=":", label=f"exact entropy, {exact:.4f} nats")
    top = max(4 * held_out[0], 0.05)
    axis.set(xlabel="steps of the model", ylabel=f"NLL of {name} - entropy (nats)", ylim=(-0.25 * top, top))
    axis.legend()
    drawing.set_label(
        f"Held-out samples of {name} cost {held_out[0]:.3g} ± {held_out[1]:.1g} nats above the exact "
        f"entropy, the least there can be; a training curve below zero is overfitting."
    )
    return drawing, {
        "step": steps,
        "training NLL": training,
        "entropy": np.full(len(steps), exact),
        "held out above entropy": np.append(np.full(len(steps) - 1, np.nan), held_out[0]),
    }


@house_style
def nll_against_entropy(
    names: Sequence[str], entropies: np.ndarray, above: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> tuple[Figure, Table]:
    """Held-out NLL against the exact entropy, and how far above it lies, orbital by orbital.

    Args:
        names: of the orbitals.
        entropies: exact, nats: (orbital,).
        above: model -> (NLL - entropy, its standard error), (orbital,) each.
    """
    drawing, (left, right) = figure(1, 2, size=(11, 3.9), width_ratios=(1, 1.7))
    ends = np.array([entropies.min() - 0.3, entropies.max() + 0.3])
    left.plot(ends, ends, "-", color="black", linewidth=1, label="NLL = entropy")
    place = np.arange(len(names))
    table: Table = {"orbital": np.asarray(names), "entropy": entropies}
    for i, (label, (excess, error)) in enumerate(above.items()):
        left.plot(entropies, entropies + excess, MARKERS[i], color=COLOURS[i], markersize=4, label=label)
        right.errorbar(place, excess, error, fmt=MARKERS[i], color=COLOURS[i], markersize=4, label=label)
        table |= {f"{label}: NLL - entropy": excess, f"{label}: standard error": error}
    left.set(xlabel="exact entropy (nats)", ylabel="held-out NLL (nats)")
    left.legend()
    label, (excess, _) = next(iter(above.items()))
    worst = int(np.argmax(excess))
    drawing.set_label(
        f"No model can lie below the line. The {label} is farthest above it for {names[worst]}, by "
        f"{excess[worst]:.2g} nats."
    )
    right.set(ylabel="NLL - entropy (nats)", ylim=(0, None))
    right.set_xticks(place, names, rotation=60)
    return drawing, table
