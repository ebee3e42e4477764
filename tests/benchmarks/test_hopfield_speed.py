"""What the memory costs: printed, not asserted. Run `python -m pytest tests/benchmarks/test_hopfield_speed.py -s`."""

import resource
import time

import numpy as np
import torch

from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.experiments import phase_diagram
from physlearn.hopfield.patterns import flip, overlap, random_patterns


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_spin_updates_a_second():
    """64 states of 1000 spins. T = 1e-9 is T = 0 without the early end, so every sweep is counted."""
    print(f"\n{torch.get_num_threads()} threads")
    for patterns, temperature in ((100, 1e-9), (100, 0.2), (50, 0.5), (50, 1.0)):
        network = HopfieldNetwork(random_patterns(patterns, 1000, seeded(1)))
        states = network.patterns[torch.arange(64) % patterns]
        for dynamics in ("asynchronous", "sequential"):
            network.recall(states, temperature, dynamics, sweeps=2)
            wall, cpu = time.perf_counter(), time.process_time()
            network.recall(states, temperature, dynamics, sweeps=200)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            updates = 200 * 64 * 1000
            rates = f"{updates / wall / 1e6:6.1f} M/s by the clock, {updates / cpu / 1e6:6.1f} M/s a core"
            print(f"alpha {patterns / 1000:.2f} T {temperature:<6g} {dynamics:12} {rates}")


def test_phase_diagram():
    """20 loads x 16 temperatures, N = 1000, 8 samples each."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = list(phase_diagram(np.linspace(0.01, 0.2, 20), np.linspace(0.0, 1.2, 16), 1000, 8, 0))
    print(f"\n{len(rows)} rows in {time.perf_counter() - wall:.0f} s, {time.process_time() - cpu:.0f} s of CPU")


def test_ten_thousand_neurons():
    network = HopfieldNetwork(random_patterns(1000, 10_000, seeded(1)))
    wall = time.perf_counter()
    m = overlap(network.recall(flip(network.patterns[:16], 0.1, seeded(2))), network.patterns[:16]).mean()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nN = 10,000: m = {m:.4f} in {time.perf_counter() - wall:.1f} s, peak memory {peak:.2f} GiB")
