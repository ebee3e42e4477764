"""Tables of numbers: a CSV file of the user's, or the diabetes data that ship inside scikit-learn."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from physlearn.data.files import DataError


def table(
    path: str | os.PathLike | None = None,
    target: str | Sequence[str] | None = None,
    labels: bool = False,
    root: str | os.PathLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (example, feature) float64, and targets (example, target) float64 or classes (example,) int64.

    Args:
        path: a CSV file with a header; None: 442 diabetes patients, ten measurements each, and the progression of the
            disease a year later (Efron, Hastie, Johnstone & Tibshirani, Least angle regression, 2004).
        target: the column, or columns, to be predicted; None: the last one. All others are inputs.
        labels: the target column holds classes, numbers or words: they become 0, 1, ... in sorted order.
        root: the folder that `path` is relative to; None: the working directory.

    Raises:
        DataError: the file is not there or a cell is not a number; the message names line and column.
    """
    if path is None:
        return diabetes(target, labels)
    path = Path(root or "") / path
    names, rows = read(path)
    wanted = [names[-1]] if target is None else [target] if isinstance(target, str) else list(target)
    if missing := [name for name in wanted if name not in names]:
        raise DataError(f"data.target={missing[0]}: {path} has the columns {', '.join(names)}")
    if labels and len(wanted) > 1:
        raise DataError(f"data.target={','.join(wanted)}: classes stand in one column (data.labels=true)")
    features = [name for name in names if name not in wanted]
    if not features:
        raise DataError(f"{path} has no column beside {', '.join(wanted)}: nothing is left to predict it from")
    x = numbers(path, names, rows, features)
    if not labels:
        return x, numbers(path, names, rows, wanted)
    column = names.index(wanted[0])
    return x, np.unique([row[column] for row in rows], return_inverse=True)[1].astype(np.int64)


def diabetes(target: str | Sequence[str] | None, labels: bool) -> tuple[np.ndarray, np.ndarray]:
    """The data of scikit-learn, unscaled."""
    from sklearn.datasets import load_diabetes

    if target is not None or labels:
        raise DataError("data.target and data.labels are of a file: type data.path=<file>.csv with them")
    x, y = load_diabetes(return_X_y=True, scaled=False)
    return x, y[:, None]


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file, as text."""
    if not path.is_file():
        raise DataError(f"data.path={path}: there is no such file. Type data.path=<file>.csv, or null for diabetes")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"data.path={path} is not a CSV file: {error}") from None
    if len(rows) < 2:
        raise DataError(f"data.path={path} holds no examples: names stand in the first line, an example in each other")
    names = rows[0]
    if len(set(names)) < len(names):
        raise DataError(f"data.path={path}: two columns have the same name in the first line")
    for i, row in enumerate(rows[1:], 2):
        if len(row) != len(names):
            raise DataError(f"data.path={path}: line {i} has {len(row)} cells, the first line {len(names)}")
    return names, rows[1:]


def numbers(path: str | os.PathLike, names: list[str], rows: list[list[str]], wanted: list[str]) -> np.ndarray:
    """The wanted columns as float64 (example, column)."""
    places = [names.index(name) for name in wanted]
    values = np.empty((len(rows), len(places)))
    for i, row in enumerate(rows):
        for j, place in enumerate(places):
            try:
                values[i, j] = float(row[place])
            except ValueError:
                cell = row[place] or "nothing"
                raise DataError(
                    f"data.path={path}: line {i + 2}, column {names[place]} holds {cell}, a number is needed "
                    "(data.labels=true where it is the class)"
                ) from None
    return values
