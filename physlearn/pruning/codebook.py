"""Weight sharing: the kept weights of a layer take a few values, found by k-means and then trained together."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import Tensor, nn

from physlearn.pruning.choices import MOST_BITS
from physlearn.pruning.masks import Masks


@dataclass
class Book:
    """One parameter's shared values: its entries at `where` are centres[index].

    Args:
        where: which entries are kept, bool, of the parameter's shape.
        index: which value each kept entry has, int64 (kept,), in the order of the parameter.
        size: how many values there are.
    """

    where: Tensor
    index: Tensor
    size: int

    def centres(self, parameter: Tensor) -> Tensor:
        """The shared values, (value,): the mean of the entries that share each."""
        total = torch.zeros(self.size, dtype=parameter.dtype, device=parameter.device)
        members = self.index.bincount(minlength=self.size)
        return total.index_add_(0, self.index, parameter.detach()[self.where]) / members.clamp_min(1)


def share(model: nn.Module, masks: Masks, bits: int) -> dict[str, Book]:
    """A book of at most 2^bits values for each parameter; the model's weights are set to the values.

    Weights are grouped where their mask is True, other parameters (biases) where they are not 0. The groups are those
    of one-dimensional k-means begun at equal distances between the smallest and the largest weight, which keeps the few
    large weights apart (Han, Mao and Dally, Deep Compression 2016, section 3.2).

    Raises:
        ValueError: bits is not in 1 ... 8.
    """
    if not 1 <= bits <= MOST_BITS:
        raise ValueError(f"bits={bits} is not allowed: it must be a whole number from 1 to {MOST_BITS}")
    books = {}
    for name, parameter in model.named_parameters():
        where = masks[name] if name in masks else parameter.detach() != 0
        values = parameter.detach()[where].cpu().double().numpy()
        index = cluster(values, 2**bits)
        size = int(index.max()) + 1 if len(index) else 0
        books[name] = Book(where, torch.from_numpy(index).to(parameter.device), size)
    tie(model, books)
    return books


def cluster(values: np.ndarray, number: int) -> np.ndarray:
    """The group of each value (n,), int64: groups are in rising order and none is empty."""
    number = min(number, len(np.unique(values)))
    if number == 0:
        return np.zeros(0, np.int64)
    start = np.linspace(values.min(), values.max(), number)[:, None]
    means = KMeans(number, init=start, n_init=1).fit(values[:, None])
    rank = np.empty(number, np.int64)
    rank[means.cluster_centers_[:, 0].argsort()] = np.arange(number)
    return np.unique(rank[means.labels_], return_inverse=True)[1].astype(np.int64)


@torch.no_grad()
def tie(model: nn.Module, books: dict[str, Book]) -> None:
    """Gives the members of each group their mean, and 0 to what is in no group.

    Called after every step, on weights that were equal before it, this moves a shared value c by the mean of its
    members' steps: c <- c - h (1/n) sum_i g_i, the gradient projected on the networks that share. Momentum and weight
    decay are linear, so they are projected alike. (Deep Compression sums instead, which is n times the step.)
    """
    for name, parameter in model.named_parameters():
        book = books[name]
        shared = book.centres(parameter)
        parameter.zero_()
        parameter[book.where] = shared[book.index]
