"""How many threads make a step of a network faster: a fixed function of the problem's size, never of timing.

The last bits of sums depend on the number of threads: a rule that took times would not be reproducible.
"""

from omegaconf import DictConfig
from torch import nn

from physlearn.data.choices import CLASSES, SHAPES
from physlearn.lab.build import build
from physlearn.memory import Counted
from physlearn.pruning.accounting import account, totals

# LeNet-300-100 takes 3.3e6 for 64 digits, where one thread is as fast as two, and 1.7e7 for 64 of MNIST, where two win
SMALL = 10**7


def most_threads(cfg: DictConfig) -> int | None:
    """1 where a minibatch's forward pass takes fewer than SMALL multiply-adds, None (all cores) where it takes more.

    None as well where the size is not known before the data are read: an image folder, the full batch.
    """
    shape, size = SHAPES.get(cfg.data.get("name")), cfg.task.get("batch_size")
    if shape is None or not isinstance(size, int):
        return None
    pool = cfg.data.get("pool", 1)
    shape = (shape[0], shape[1] // pool, shape[2] // pool)
    try:
        with Counted("this network"):
            operations = multiply_adds(build("model", cfg.model, shape, CLASSES), shape)
    except Exception:  # of a network of the user's any; make_model says what is wrong
        return None
    return 1 if 0 < size * operations < SMALL else None


def multiply_adds(model: nn.Module, shape: tuple[int, int, int]) -> float:
    """Of one example's forward pass, those of linear and convolutional layers; 0 where there are none."""
    rows = account(model, {}, shape)
    return totals(rows)["flops_dense"] / 2 if rows else 0
