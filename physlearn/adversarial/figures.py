"""Figures of attacks; each function returns the figure and the table it draws."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from physlearn.instruments.statistics import binomial_error
from physlearn.instruments.style import COLOURS, MARKERS, figure, house_style

Drawn = tuple[Figure, dict[str, np.ndarray]]


@house_style
def robustness(sizes: np.ndarray, attack: np.ndarray, noise: np.ndarray, clean: float, count: int, axis: str) -> Drawn:
    """Accuracy against the size of the change, under attack and under noise of equal size.

    Args:
        sizes: (setting,).
        attack, noise: accuracies, fractions (setting,); NaN where there is none.
        clean: accuracy on the images as they are.
        count: images, for the binomial error bars.
        axis: name of the size.
    """
    drawing, axes = figure()
    places = np.append(0.0, sizes)
    table = {"size": places}
    for i, (label, values) in enumerate({"attack": attack, "noise of equal L2 distance": noise}.items()):
        accuracy = np.append(clean, values)
        if np.isnan(values).all():
            continue
        errors = np.array([binomial_error(a, count) for a in accuracy])
        axes.errorbar(
            places, 100 * accuracy, 100 * errors, fmt=f"{MARKERS[i]}-", color=COLOURS[i], mfc="none", label=label
        )
        table |= {label: accuracy, f"{label}_se": errors}
    axes.set(xlabel=axis, ylabel="accuracy (%)", ylim=(0, 102))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    drawing.set_label(
        f"Accuracy is {100 * clean:.1f} % on the {count:,} images as they are; an attack is one where its "
        f"curve lies far below that of noise of the same size."
    )
    return drawing, table


@house_style
def pictures(x: Tensor, attacked: Tensor, y: Tensor) -> Drawn:
    """Images, what the attack made of them, and the difference on a scale of its own (grey: none).

    Args:
        x, attacked: (image, channel, height, width), levels 0 ... 1.
        y: labels, (image,).
    """
    drawing, axes = figure(3, len(x), size=(1.1 * len(x), 3.6), squeeze=False)
    change = attacked - x
    scale = float(change.abs().max().clamp_min(1e-12))
    rows = {"benign": x, "attacked": attacked, f"change, +-{scale:.2g}": 0.5 + change / (2 * scale)}
    for place, (line, (name, images)) in enumerate(zip(axes, rows.items(), strict=True)):
        for i, (cell, image) in enumerate(zip(line, images, strict=True)):
            picture = image.permute(1, 2, 0).clamp(0, 1).numpy()
            cell.imshow(picture.squeeze(-1) if picture.shape[-1] == 1 else picture, cmap="gray", vmin=0, vmax=1)
            cell.set(xticks=[], yticks=[])
            cell.grid(False)
            if place == 0:
                cell.set_title(f"{int(y[i])}")
        line[0].set_ylabel(name)
    drawing.set_label(
        f"Rows: the images, what the attack made of them, and the difference, which is at most {scale:.2g} "
        f"in any pixel."
    )
    return drawing, {"label": y.numpy(), "largest_change": change.flatten(1).abs().amax(1).numpy()}


@house_style
def arms(names: Sequence[str], means: Mapping[str, np.ndarray], errors: Mapping[str, np.ndarray], axis: str) -> Drawn:
    """Accuracies of several arms, one line of marks each.

    Args:
        names: of the arms, from the top.
        means, errors: ``clean``, ``noise``, ``own``, ``from_dense`` -> fractions (arm,).
        axis: what the attack is.
    """
    labels = {
        "clean": "images as they are",
        "noise": "noise of equal L2 distance",
        "from_dense": "attack on the dense network",
        "own": "attack on the arm itself",
    }
    drawing, axes = figure(size=(8.6, 0.34 * len(names) + 1.4))
    rows = np.arange(len(names))
    table: dict[str, Sequence] = {"arm": list(names)}
    for i, (key, label) in enumerate(labels.items()):
        axes.errorbar(
            100 * means[key], rows, xerr=100 * errors[key], fmt=MARKERS[i], color=COLOURS[i], mfc="none", label=label
        )
        table |= {key: means[key], f"{key}_se": errors[key]}
    axes.set_yticks(rows, names)
    axes.set(xlabel=f"accuracy (%); {axis}", xlim=(-2, 102))
    axes.invert_yaxis()
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    best = int(np.argmax(means["own"]))
    drawing.set_label(
        f"Attacked itself, the dense network classifies {100 * means['own'][0]:.1f} % of the images correctly; the "
        f"best arm, '{names[best]}', {100 * means['own'][best]:.1f} %. Where the attack on the dense network lowers "
        f"the accuracy further than that on the arm itself, the arm's gradients are misleading."
    )
    return drawing, table
