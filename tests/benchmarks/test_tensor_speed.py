"""What matrix product states cost: printed, not asserted. `python -m pytest tests/benchmarks/test_tensor_speed.py -s`.

quimb's sampler beside it, in an environment of its own: `python tests/benchmarks/quimb_sampling.py`.
"""

import time

import torch

from physlearn.models.mps import MatrixProductClassifier
from physlearn.tensor import Cutoff, Environments, bond_of, random_state, sample, update_bond


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def timed(call):
    """Best wall and processor time of five."""
    found = []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return f"{min(w for w, _ in found):.3f} s by the clock, {min(c for _, c in found):.3f} s of CPU"


def test_ten_thousand_samples():
    state, draw = random_state(64, 32, seeded(0)), seeded(1)
    print(
        f"\n{torch.get_num_threads()} threads; 10,000 samples, N = 64, bond 32:",
        timed(lambda: sample(state, 10_000, draw)),
    )
    samples, logs = sample(state, 10_000, draw)
    exact = 2 * state.log_amplitude(samples)[0] - 2 * state.log_norm()
    print(f"largest |ln p - ln psi^2|: {float((logs - exact).abs().max()):.1e}")


def test_bonds_of_a_born_machine():
    """100 updates in the middle of a chain of 784 sites at bond 100, 1,000 random rows."""
    rows = torch.randint(2, (1000, 784), generator=seeded(0))
    for bond in (20, 50, 100):
        state = random_state(784, bond, seeded(1))
        environments = Environments(state.cores, rows)
        environments.build(0)
        for step in range(20):  # the bonds at the end are small
            update_bond(state, environments, *bond_of(step, 784), Cutoff(bond, 1e-7), 1e-3, 1, True)
        begun, cpu = time.perf_counter(), time.process_time()
        for step in range(20, 120):
            update_bond(state, environments, *bond_of(step, 784), Cutoff(bond, 1e-7), 1e-3, 1, True)
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        print(f"\nD = {bond}: {15.66 * wall:.1f} s a loop by the clock, {15.66 * cpu:.1f} s of CPU")


def test_steps_of_the_classifier():
    """Forward and backward pass of 100 images of 14 x 14, float32."""
    for bond in (20, 50, 100):
        model = MatrixProductClassifier((1, 14, 14), 10, bond, generator=seeded(0))
        x, y = torch.rand(100, 1, 14, 14, generator=seeded(1)), torch.randint(10, (100,), generator=seeded(2))
        print(f"\nD = {bond}:", timed(lambda m=model, x=x, y=y: torch.nn.functional.cross_entropy(m(x), y).backward()))
