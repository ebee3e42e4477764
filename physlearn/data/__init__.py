"""A dataset is two pairs of tensors, training and test, held once in memory on the device.

One file a source (`digits`, `mnist`, `cifar10`, `image_folder`), each with a `read` that gives the raw pairs;
`dataset.load` splits off a validation set and normalises; `batches` draws indices as a pure function of the step.
"""

from physlearn.lazy import public_names

__getattr__, __dir__, __all__ = public_names(
    __name__,
    {
        "Dataset": "dataset",
        "load": "dataset",
        "unchanged": "dataset",
        "prepare": "dataset",
        "from_arrays": "arrays",
        "Batches": "batches",
        "DataError": "files",
        "shifted": "augment",
        "table": "csv_table",
        "npz": "archive",
    },
)
