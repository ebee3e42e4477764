"""One Langevin step on LeNet-300-100's 266,610 parameters against PyPI's torch-sgld, in one process.

Run `python -m pytest tests/benchmarks -s`. Time is reported, not asserted: medians of pairs taken in turn.
"""

import time

import numpy as np
import pytest
import torch

from physlearn.dynamics.langevin import Langevin

torch_sgld = pytest.importorskip("torch_sgld")

SHAPES = (300, 784), (300,), (100, 300), (100,), (10, 100), (10,)
LR, TEMPERATURE, PAIRS = 1e-3, 1e-5, 300


def weights():
    parameters = [torch.nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    for parameter in parameters:
        parameter.grad = torch.randn(parameter.shape)
    return parameters


def seconds(optimizer):
    start = time.perf_counter()
    optimizer.step()
    return time.perf_counter() - start


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("keys", "goal"),
    [
        (dict(noise="gaussian"), 1.05),
        (dict(noise="rademacher"), 0.25),
        (dict(noise="box_muller"), 0.5),
        (dict(noise="gaussian", scheme="leimkuhler_matthews"), 1.05),
        (dict(noise="box_muller", scheme="leimkuhler_matthews"), 0.5),
        (dict(noise="rademacher", scheme="leimkuhler_matthews"), 0.35),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_step_against_torch_sgld(keys, goal, threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        ours = Langevin(weights(), LR, TEMPERATURE, **keys)
        theirs = torch_sgld.SGLD(weights(), lr=LR, temperature=TEMPERATURE)
        pairs = np.array([(seconds(ours), seconds(theirs)) for _ in range(PAIRS + 20)])[20:]
    finally:
        torch.set_num_threads(before)
    ratio, (mine, other) = np.median(pairs[:, 0] / pairs[:, 1]), np.median(pairs, axis=0) * 1e6
    aim = f" (goal {goal})" if goal else ""
    name = f"{' '.join(keys.values())}, {threads} thread{'s' * (threads > 1)}"
    fastest = pairs[:, 0].min() / pairs[:, 1].min()
    print(f"\n{name}: {mine:.0f} us against torch-sgld's {other:.0f} us, ratio {ratio:.3f}, fastest {fastest:.3f}{aim}")
    assert ratio > 0
