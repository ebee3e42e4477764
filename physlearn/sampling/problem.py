"""What the studies of this package share: the data, and how predictions are scored."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physlearn.instruments import calibration
from physlearn.instruments.chains import r_hat
from physlearn.instruments.statistics import mean_and_error
from physlearn.sampling.perceptrons import Perceptrons

Row = dict[str, float | int | str | list[float]]
SCORES = ("error", "nll", "ece")


@dataclass(frozen=True)
class Problem:
    """Images as vectors: training examples, held-out ones, by which everything is chosen, and test examples.

    Args:
        train_x, validation_x, test_x: (example, input). train_y, validation_y, test_y: classes, (example,).
        classes: how many.
    """

    train_x: Tensor
    train_y: Tensor
    validation_x: Tensor
    validation_y: Tensor
    test_x: Tensor
    test_y: Tensor
    classes: int

    @classmethod
    def of(cls, data: Any) -> "Problem":
        """From a data set of images or vectors with a validation set."""
        x = (part.flatten(1) for part in (data.train_x, data.validation_x, data.test_x))
        train_x, validation_x, test_x = x
        labels = data.train_y, data.validation_y, data.test_y
        return cls(train_x, labels[0], validation_x, labels[1], test_x, labels[2], data.classes)

    @property
    def examples(self) -> int:
        """N."""
        return len(self.train_y)

    @property
    def inputs(self) -> Tensor:
        """What is predicted: validation and test examples, (example, input)."""
        return torch.cat([self.validation_x, self.test_x])

    @property
    def labels(self) -> Tensor:
        return torch.cat([self.validation_y, self.test_y])

    @property
    def parts(self) -> dict[str, slice]:
        """Where in `inputs` which of the two lies."""
        held = len(self.validation_y)
        return {"validation": slice(0, held), "test": slice(held, held + len(self.test_y))}

    def perceptrons(self, widths: list[int]) -> Perceptrons:
        return Perceptrons(self.train_x, self.train_y, (self.train_x.shape[1], *widths, self.classes))

    def scores(self, predicted: Tensor) -> Row:
        """Error, NLL and ECE of predictions (chain, example, class) of `inputs`: means over chains, and errors."""
        found: Row = {}
        for name, part in self.parts.items():
            y = self.labels[part]
            each = np.array([scores(p[part], y) for p in predicted])  # (chain, score)
            means, errors = mean_and_error(each)
            for i, score in enumerate(SCORES):
                found[f"{name}_{score}"] = float(means[i])
                if len(each) > 1:
                    found[f"{name}_{score}_se"] = float(errors[i])
        return found


def scores(p: Tensor, y: Tensor) -> tuple[float, float, float]:
    """Error, NLL in nats per example and ECE of one prediction, (example, class)."""
    logs = p.clamp_min(torch.finfo(p.dtype).tiny).log()
    return calibration.error(p, y), calibration.nll(logs, y), calibration.ece(p, y)


def r_hats(losses: Tensor, right: Tensor) -> dict[str, float]:
    """R-hat of L (sample, row) between the rows, and of the p of each label (sample, row, example): median, largest."""
    p = right.double().cpu().numpy()
    each = [r_hat(p[:, :, i].T) for i in range(p.shape[2])]
    loss = r_hat(losses.double().cpu().numpy().T)
    return {"r_hat_loss": loss, "r_hat_median": float(np.nanmedian(each)), "r_hat_largest": float(np.nanmax(each))}
