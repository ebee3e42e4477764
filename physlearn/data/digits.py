"""The 1,797 handwritten digits that ship inside scikit-learn: 8 x 8 pixels, levels 0 to 16. No file, no network."""

import numpy as np
import torch

from physlearn.data.raw import Raw, fixed_permutation

TEST = 360
CONSTANT = 1797_08_08  # of this split alone: independent of any seed


def read() -> Raw:
    """1,437 training and 360 test digits of 10 classes, x (example, 1, 8, 8), split by a fixed stratified permutation.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI (1998), its test part.
    """
    from sklearn.datasets import load_digits  # takes a second or two to import

    pixels, labels = load_digits(return_X_y=True)
    train, test = stratified(labels, TEST)
    x = torch.from_numpy(pixels.astype(np.uint8)).reshape(-1, 1, 8, 8)  # (example, channel, height, width)
    y = torch.from_numpy(labels.astype(np.int64))
    return Raw((x[train], y[train]), (x[test], y[test]), classes=10, white=16)


def stratified(labels: np.ndarray, test: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and of the test examples, each class in both in proportion to within one example.

    With the permuted examples in a row, class after class, example i goes to the test set where i `test` / N passes a
    whole number: `test` in all, evenly from every class. Both sets keep the permuted order, so any first n of
    them are mixed.
    """
    order = fixed_permutation(len(labels), CONSTANT)  # (example,)
    row = np.argsort(labels[order], kind="stable")  # places in `order`, class after class
    passed = np.arange(len(labels) + 1) * test // len(labels)
    held = np.zeros(len(labels), dtype=bool)
    held[row[np.diff(passed) > 0]] = True
    return order[~held], order[held]
