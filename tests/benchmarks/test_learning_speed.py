"""What students and their theory cost: printed, not asserted.

python -m pytest tests/benchmarks/test_learning_speed.py -s
"""

import time

import numpy as np
import torch

from physlearn.learning.examples import draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.spherical_students import SphericalPerceptron
from physlearn.learning.theory import freezing, line, spinodal, transition
from physlearn.streams import streams


def test_proposals_a_second():
    """N = 100, P = 150, +-1 inputs: an update costs O(P), accepted or not. Goal: 1e6 a second and core."""
    torch.set_num_threads(1)
    print()
    for inputs in ("signs", "gaussian"):
        system = IsingPerceptron(draw(100, 150, torch.Generator().manual_seed(0), 1, "ising", inputs))
        numbers = streams(0, range(8))
        states = system.start(numbers)
        for temperature in (0.5, 1.0, 5.0):
            temperatures = torch.full((8,), temperature)
            system.sweep(states, temperatures, numbers, sweeps=10)
            begun = time.process_time()
            system.sweep(states, temperatures, numbers, sweeps=1000)
            seconds = time.process_time() - begun
            print(
                f"Ising, {inputs:8} T = {temperature:<3g}: {8 * 100 * 1000 / seconds / 1e6:5.1f} M proposals/s a core"
            )
    system = SphericalPerceptron(draw(100, 400, torch.Generator().manual_seed(0), 1, "spherical", "gaussian"))
    for rule, sweeps in (("rotations", 100), ("great_circles", 1000)):
        states = system.start(numbers := streams(0, range(4)))
        system.sweep(states, torch.ones(4), numbers, rule, 5)
        begun = time.process_time()
        system.sweep(states, torch.ones(4), numbers, rule, sweeps)
        each = (time.process_time() - begun) / 4 / sweeps
        print(f"spherical, N = 100, P = 400: {1e6 * each:.0f} us a sweep of {rule}")


def test_the_whole_diagram():
    """Transition, spinodal and zero-entropy lines at 60 temperatures, learning curves at 10. Goal: under a minute."""
    begun = time.process_time()
    for T in [0.0, *np.geomspace(0.05, 20, 59).tolist()]:
        spinodal(T), transition(T), freezing(T)
    lines = time.process_time() - begun
    for T in [0.0, *np.geomspace(0.1, 10, 9).tolist()]:
        line(T, "spherical", 0.05, 20.0)
        line(T, "ising", 0.05, 0.999 * spinodal(T))
    print(f"\nlines {lines:.1f} s, with curves {time.process_time() - begun:.1f} s of CPU")
