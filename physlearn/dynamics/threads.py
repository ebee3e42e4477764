"""Threads for compiled kernels that move one row after another.

A kernel lets go of Python's lock while it runs, so that threads take pieces of the work as they come. (Equal shares,
as OpenMP gives them, wait for the slowest thread: on a busy machine that costs a factor of ten.)
"""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch

PIECE = 20_000  # spin updates in a piece of work: smaller ones take longer to hand out than to do
MOST = 16  # pieces per thread: more of them gain nothing


def share_out(kernel: Callable[..., None], spins: np.ndarray, *arguments: Any, sweeps: int = 1) -> None:
    """Runs kernel(start, stop, spins, *arguments) over all rows on torch's number of threads, which changes no result.

    Args:
        kernel: moves the rows from `start` to `stop`, each of which depends on no other.
        spins: (row, ...).
        arguments: the rest of what the kernel takes.
        sweeps: how often the kernel visits every spin, by which the work is divided into pieces.
    """
    threads = torch.get_num_threads()
    count = max(1, min(len(spins), spins.size * sweeps // PIECE, MOST * threads))
    if threads == 1 or count == 1:
        kernel(0, len(spins), spins, *arguments)
        return
    edges = [len(spins) * k // count for k in range(count + 1)]
    pieces = deque(pairwise(edges))

    def work() -> None:
        while pieces:
            try:
                start, stop = pieces.popleft()
            except IndexError:  # another thread took the last one
                return
            kernel(start, stop, spins, *arguments)

    helpers = [_pool().submit(work) for _ in range(min(threads, count) - 1)]
    work()
    for helper in helpers:
        if not helper.cancel():  # one that has not begun has nothing left to do
            helper.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="spins")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked child has none of its parent's threads
