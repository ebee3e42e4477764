"""A dataset is two pairs of tensors, training and test, held once in memory on the device.

One file a source (`digits`, `mnist`, `cifar10`, `image_folder`), each with a `read` that gives the raw pairs;
`dataset.load` splits off a validation set and normalises; `batches` draws indices as a pure function of the step.
Public names are imported when they are first used, so that the key rules beside them need no torch.
"""

import importlib
from typing import Any

_WHERE = {"Batches": "batches", "Dataset": "dataset", "load": "dataset", "DataError": "files"}

__all__ = ["Batches", "DataError", "Dataset", "load"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
