"""A Langevin step with a ledger on it against the same step without, where U is constant: the goal is at most 1.15.

Run `python -m pytest tests/benchmarks/test_ledger_cost.py -s`. Processor time is reported, not asserted: medians of
pairs taken in turn on one thread.
"""

import time

import numpy as np
import torch

from physlearn.data.dataset import load
from physlearn.dynamics import Langevin
from physlearn.models import LeNet300
from physlearn.thermodynamics import ledger_of, with_ledger

PAIRS, GOAL = 60, 1.15


def training(books):
    """A full-batch Langevin step of LeNet-300-100 on all digits, and its processor time in seconds."""
    data = load("digits", validation=0, device=torch.device("cpu"), dtype=torch.float32)
    model = LeNet300(data.shape, data.classes, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    optimizer = Langevin(model.parameters(), 0.2, 1e-4, weight_decay=1e-4, generator=generator)
    if books:
        optimizer = with_ledger(optimizer)
        ledger_of(optimizer).constant_energy = True

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(data.train_x), data.train_y)
        loss.backward()
        return loss

    def step():
        start = time.process_time()
        optimizer.step(closure)
        return time.process_time() - start

    return step


def test_a_step_with_the_ledger():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        plain, booked = training(False), training(True)
        times = np.array([(plain(), booked()) for _ in range(PAIRS + 5)])[5:]
    finally:
        torch.set_num_threads(before)
    ratio, (without, with_) = np.median(times[:, 1] / times[:, 0]), np.median(times, axis=0) * 1e3
    print(f"\n{with_:.2f} ms with a ledger, {without:.2f} ms without: {ratio:.3f} (goal {GOAL})")
    print(f"ratio of the fastest: {times[:, 1].min() / times[:, 0].min():.3f}")
    assert ratio > 0
