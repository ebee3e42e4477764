"""Replicas as rows against separate runs, and spin updates a second. Ratios are printed, not asserted.

Run `python -m pytest tests/benchmarks/test_tempering_speed.py -s`. Medians of pairs taken in turn. On two cores sixteen
separate runs are eight on each: what one thread gives is the fair figure, two show what threads gain on either side.
"""

import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from physlearn.dynamics.langevin import Langevin
from physlearn.streams import streams
from physlearn.systems.network import Network
from physlearn.systems.square_lattice import Ising

REPLICAS, BATCH, DECAY, LR, TEMPERATURE = 16, 64, 1e-4, 1e-3, 1e-6
NETWORKS = {"LeNet-300-100": (784, 300, 100, 10), "MLP 64-6-10": (64, 6, 10)}


@pytest.fixture(params=[1, 2])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def perceptron(widths):
    layers = [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def together(network, temperature, device="cpu", replicas=REPLICAS):
    states = nn.Parameter(network.row().repeat(replicas, 1))
    buffer = torch.empty_like(states)
    generator = torch.Generator(device).manual_seed(1)
    mover = Langevin([states], lr=LR, temperature=torch.full((replicas,), temperature), generator=generator)

    def step(batch):
        states.grad = network.gradient(states, batch, into=buffer)
        mover.step()

    return step


def apart(widths, temperature):
    modules = [perceptron(widths) for _ in range(REPLICAS)]
    runs = [(m, Langevin(m.parameters(), lr=LR, temperature=temperature, weight_decay=DECAY)) for m in modules]

    def step(batch):
        for module, mover in runs:
            mover.zero_grad()
            nn.functional.cross_entropy(module(batch[0]), batch[1]).backward()
            mover.step()

    return step


def seconds(step, batches):
    start = time.perf_counter()
    for batch in batches:
        step(batch)
    return time.perf_counter() - start


def examples(width, device="cpu"):
    generator = torch.Generator().manual_seed(2)
    inputs, targets = torch.randn(2048, width, generator=generator), torch.randint(10, (2048,), generator=generator)
    return inputs.to(device), targets.to(device)


@pytest.mark.parametrize(
    ("name", "temperature", "goal"),
    [("LeNet-300-100", 0.0, 1.1), ("LeNet-300-100", TEMPERATURE, 1.3), ("MLP 64-6-10", TEMPERATURE, 0.3)],
)
def test_sixteen_rows_against_sixteen_runs(name, temperature, goal, threads):
    widths = NETWORKS[name]
    inputs, targets = examples(widths[0])
    batches = list(zip(inputs.split(BATCH), targets.split(BATCH), strict=True))
    network = Network(perceptron(widths), inputs, targets, DECAY)
    rows, runs = together(network, temperature), apart(widths, temperature)
    pairs = [(seconds(rows, batches), seconds(runs, batches)) for _ in range(8)][1:]
    ratio = np.median([a / b for a, b in pairs])
    noise = f"{'with' if temperature else 'without'} noise, threads = {threads}"
    milliseconds = 1e3 * np.median(pairs, axis=0) / len(batches)
    print(
        f"\n{name}, 16 replicas, batch 64, {noise}: {ratio:.2f}x of 16 separate runs (goal {goal}); {milliseconds} ms"
    )


def test_spin_updates(threads):
    for rule in ("heat_bath", "metropolis"):
        system, numbers = Ising(64), streams(1, range(64))
        states, heat = system.start(numbers), torch.linspace(1.5, 3.5, 64, dtype=torch.float64)
        system.sweep(states, heat, numbers, rule)
        times = []
        for _ in range(7):
            start = time.perf_counter()
            for _ in range(50):
                system.sweep(states, heat, numbers, rule)
            times.append(time.perf_counter() - start)
        rate = 50 * states.numel() / np.median(times)
        print(f"\nIsing 64x64, 64 replicas, {rule}, threads = {threads}: {rate:.3g} spin updates a second (goal 1e8)")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_rows_on_a_gpu():
    widths, device = NETWORKS["LeNet-300-100"], "cuda"
    inputs, targets = examples(widths[0], device)
    batches = list(zip(inputs.split(BATCH), targets.split(BATCH), strict=True))
    network = Network(perceptron(widths).to(device), inputs, targets, DECAY)

    def timed(step):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for batch in batches:
            step(batch)
        torch.cuda.synchronize()
        return time.perf_counter() - start

    many, one = together(network, TEMPERATURE, device, 64), together(network, TEMPERATURE, device, 1)
    ratio = np.median([timed(many) / timed(one) for _ in range(8)][1:])
    print(f"\nLeNet-300-100 on the GPU: 64 replicas take {ratio:.2f}x of one (goal 4)")
