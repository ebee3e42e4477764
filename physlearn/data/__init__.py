"""A dataset is two pairs of tensors, training and test, held once in memory on the device.

One file a source (`digits`, `mnist`, `cifar10`, `image_folder`), each with a `read` that gives the raw pairs;
`dataset.load` splits off a validation set and normalises; `batches` draws indices as a pure function of the step.
"""

from physlearn.data.batches import Batches
from physlearn.data.dataset import Dataset, load
from physlearn.data.files import DataError

__all__ = ["Batches", "DataError", "Dataset", "load"]
