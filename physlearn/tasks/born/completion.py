"""Half an image, completed by exact conditional sampling."""

from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.tasks.born.images import Images
from physlearn.tensor import figures
from physlearn.tensor.sampling import UNKNOWN, complete
from physlearn.tensor.state import MatrixProductState

PICTURES = 4  # of the training set, and as many of another
SAMPLES = 6  # of each


def draw_completions(
    cfg: DictConfig, bench: BenchProtocol, images: Images, state: MatrixProductState, generator: torch.Generator
) -> dict[str, Any]:
    """A figure of completed training images, and one of images that were not learned (of the test set, if it is read).

    Returns:
        The fraction of hidden pixels that differ from the original, of each set; None where all have probability 0.

    Raises:
        UserError: no training image can be completed.
    """
    known = ~half(cfg.task.complete, images.shape)
    found: dict[str, Any] = {}
    for name, rows in {"train": images.train, **images.others}.items():
        originals, completed, logs = [], [], []
        for row in rows[: 10 * PICTURES]:
            try:
                drawn, log = complete(state, torch.where(images.sites(known), row.cpu(), UNKNOWN), SAMPLES, generator)
            except ValueError:  # the known half has probability 0
                continue
            originals, completed, logs = [*originals, row], [*completed, drawn], [*logs, log]
            if len(originals) == PICTURES:
                break
        if not originals:
            if name == "train":
                raise UserError(f"task.complete={cfg.task.complete}: the known half of every image has probability 0")
            bench.say(f"No image of the {name} set is completed: their known halves have probability 0.")
            found[f"completed_differs_{name}"] = None
            continue
        pictures = images.pictures(torch.stack(completed))  # (original, sample, height, width)
        whole = images.pictures(torch.stack(originals))
        drawn = figures.completions(*(x.cpu().numpy() for x in (whole, pictures, known, torch.stack(logs))))
        bench.figure(f"completed_{name}", drawn)
        found[f"completed_differs_{name}"] = float(drawn[1]["hidden pixels that differ"].mean())
    return found


def half(which: str, shape: tuple[int, int]) -> Tensor:
    """True where pixels are hidden: bool (height, width)."""
    height, width = shape
    gone = torch.zeros(shape, dtype=torch.bool)
    parts = {
        "bottom": (slice((height + 1) // 2, None), slice(None)),
        "top": (slice(0, height // 2), slice(None)),
        "left": (slice(None), slice(0, width // 2)),
        "right": (slice(None), slice((width + 1) // 2, None)),
    }
    gone[parts[which]] = True
    return gone
