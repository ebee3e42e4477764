"""Images or tables in a NumPy archive (.npz), without pickle: x and y, or train_x, train_y, test_x, test_y."""

import os
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from physlearn.data.files import DataError, data_root

NAMES = (("train_x", "train_y", "test_x", "test_y"), ("x", "y"))
COLOURS = (1, 3)  # channels that may stand last


def npz(path: str | None = None, root: str | os.PathLike | None = None) -> tuple[np.ndarray, ...]:
    """The arrays of an archive, in the order in which `from_arrays` takes them; colour images with the channel first.

    Args:
        path: the file, absolute or relative to `root`.
        root: the data root; see `files.data_root`.

    Raises:
        DataError: no file, another kind of file, or other arrays in it.
    """
    if path is None:
        raise DataError("path is missing: type e.g. data.path=images.npz, an archive with the arrays x and y")
    file = Path(path).expanduser()
    file = file if file.is_absolute() else data_root(root) / file
    if not file.is_file():
        raise DataError(f"path={path}: there is no file {file}")
    try:
        found = np.load(file, allow_pickle=False)
        if not isinstance(found, Mapping):
            raise DataError(f"path={path} is one array; an archive (.npz) with x and y is needed")
        with found:
            names = next((names for names in NAMES if set(names) <= set(found)), None)
            if names is None:
                raise DataError(f"path={path} holds {', '.join(found)}; x and y are needed, or {', '.join(NAMES[0])}")
            arrays = [found[name] for name in names]
    except (OSError, ValueError, EOFError, BadZipFile) as defect:
        if isinstance(defect, DataError):
            raise
        raise DataError(f"path={path} is not a NumPy archive that can be read ({defect})") from None
    return tuple(channel_first(array) if i % 2 == 0 else array for i, array in enumerate(arrays))


def channel_first(x: np.ndarray) -> np.ndarray:
    """(example, height, width, channel) -> (example, channel, height, width), where the last axis can be colours."""
    last = x.ndim == 4 and x.shape[-1] in COLOURS and x.shape[1] not in COLOURS
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if last else x
