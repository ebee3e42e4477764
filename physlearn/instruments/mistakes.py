"""What a classifier gets wrong: which class it takes for which, and the images that it is most wrong about."""

import math
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from physlearn.instruments.style import figure, house_style

COLUMNS = 8  # images side by side


def confusion(predicted: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How many examples of each label were taken for each class: (label, predicted) int64 from (example,) twice."""
    return torch.bincount(labels * classes + predicted, minlength=classes**2).view(classes, classes).cpu()


def worst(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    """Indices of the examples with the smallest probability of their label, the smallest first: (count,) at most."""
    right = probabilities.gather(1, labels[:, None])[:, 0]  # (example,)
    return right.argsort(stable=True)[:count]


@house_style
def draw_confusion(matrix: Tensor) -> tuple[Figure, dict[str, Any]]:
    """The counts off the diagonal as shades, all counts as numbers; `matrix` is (label, predicted)."""
    counts = matrix.numpy()
    classes = len(counts)
    off = counts - np.diag(np.diag(counts))
    drawing, axis = figure(size=(1.2 + 0.42 * classes, 1.0 + 0.42 * classes))
    axis.imshow(off, cmap="Greys", vmin=0, vmax=max(1, 1.6 * off.max()))
    for label, row in enumerate(counts):
        for predicted, count in enumerate(row):
            if count:
                axis.text(predicted, label, str(count), ha="center", va="center")
    axis.set(xticks=range(classes), yticks=range(classes), xlabel="predicted class", ylabel="label")
    axis.grid(False)
    drawing.set_label(
        f"{int(off.sum())} of {int(counts.sum())} are wrong; the darkest cell is the commonest mistake, "
        f"{off.max()} times."
    )
    return drawing, {"label": np.arange(classes)} | {f"predicted_{c}": counts[:, c] for c in range(classes)}


@house_style
def draw_worst(images: Tensor, labels: Tensor, probabilities: Tensor, indices: Tensor) -> tuple[Figure, dict[str, Any]]:
    """Images (image, channel, height, width) with their labels, what they were taken for and -ln p of their label.

    `indices` are their places in the test set.
    """
    rows = math.ceil(len(images) / COLUMNS)
    drawing, axes = figure(rows, COLUMNS, size=(COLUMNS, 1.35 * rows), squeeze=False)
    nats = -probabilities.gather(1, labels[:, None])[:, 0].double().log().cpu().numpy()
    taken = probabilities.argmax(1).cpu().numpy()
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, image, label, other in zip(axes.flat, images, labels.tolist(), taken, strict=False):
        low, high = image.min(), image.max()
        picture = ((image - low) / (high - low).clamp_min(1e-12)).permute(1, 2, 0).numpy()  # (height, width, channel)
        axis.imshow(picture.squeeze(-1) if picture.shape[-1] == 1 else picture, cmap="gray_r")
        axis.set_title(f"{label} as {other}" if label != other else f"{label}")
    table = {"test_index": indices, "label": labels, "predicted": taken, "nats": nats}
    drawing.set_label(
        f"The {len(images)} images whose label had the smallest probability, label first; the first cost "
        f"{nats.max():.3g} nats."
    )
    return drawing, {name: np.asarray(torch.as_tensor(values).cpu()) for name, values in table.items()}
