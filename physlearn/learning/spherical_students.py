"""Spherical students: |w|^2 = N. E counts errors and has no gradient, so that they move along circles of the sphere.

On a circle the uniform measure of the sphere is uniform in the angle; elliptical slices on it (Murray, Adams & MacKay,
AISTATS 2010) leave exp(-E/T) unchanged, with no step size and no rejection. Two families of circles: rotations of two
weights, N of them per sweep, O(P) each; and great circles in random directions, one per sweep, O(N P). A sweep of the
first costs about ten of the second and moves a student as far as about N of them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from physlearn.dynamics.threads import share_out
from physlearn.learning import kernels
from physlearn.learning.examples import Examples, on_sphere
from physlearn.streams import UNIT, Streams
from physlearn.systems.choices import CIRCLES
from physlearn.systems.spin_glass import samples_of

KERNELS = {"rotations": kernels.rotations, "great_circles": kernels.great_circles}


@dataclass(frozen=True)
class SphericalPerceptron:
    """E(w) = sum over the examples of [sign(w.x) != y]: totals; states are (replica, N) float32, |w|^2 = N, on the CPU.

    Rows i R/S to (i+1) R/S - 1 of R replicas belong to sample i of S. It is a system for `tempering.spin_replicas`,
    with `rule` one of rotations and great_circles.

    Args:
        examples: of every sample, N >= 2.
    """

    examples: Examples

    def __post_init__(self) -> None:
        if self.examples.weights < 2:
            raise ValueError(f"a student on a sphere needs at least 2 weights, got {self.examples.weights}")

    @property
    def spins(self) -> int:
        """N."""
        return self.examples.weights

    @cached_property
    def columns(self) -> np.ndarray:
        """y x: (sample, N, P) float32."""
        signed = self.examples.inputs * self.examples.labels[..., None]
        return signed.float().transpose(1, 2).contiguous().numpy()

    def of_rows(self, rows: range, each: int) -> "SphericalPerceptron":
        """The samples that some of the rows belong to, where every sample has `each` rows."""
        return SphericalPerceptron(self.examples.of_samples(samples_of(rows, each)))

    def start(self, streams: Streams) -> Tensor:
        """Random points of the sphere: (replica, N) float32."""
        draws = streams.integers(streams.advance(self.spins), torch.arange(self.spins))
        return on_sphere(torch.special.ndtri((draws.double() + 0.5) * UNIT)).float()

    def fields(self, states: Tensor) -> Tensor:
        """y w.x of every row and example, negative where the student is wrong: (replica, P) float32."""
        rows = states.view(self.examples.samples, -1, self.spins)
        return (rows @ torch.from_numpy(self.columns)).reshape(len(states), -1)

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, N) -> (replica,) float64."""
        return (self.fields(states) < 0).sum(1).double()

    def sweep(
        self, states: Tensor, temperatures: Tensor, streams: Streams, rule: str = "rotations", sweeps: int = 1
    ) -> None:
        """Moves every row, in place; a sweep draws one number of each stream, the seed of all that it needs.

        Args:
            states: (replica, N) float32, contiguous.
            temperatures: (replica,), T >= 0 in units of one error; at T = 0 E never rises, and all students that err no
                more are equally likely.
            streams: one per row.
            rule: ``rotations`` or ``great_circles``.
            sweeps: how many.

        Raises:
            ValueError: a negative temperature, an unknown rule, rows that do not divide into samples.
        """
        if rule not in CIRCLES:
            raise ValueError(f"rule must be {' or '.join(CIRCLES)}, got {rule!r}")
        if temperatures.shape != (len(states),) or not bool((temperatures >= 0).all()):
            raise ValueError(f"{len(states)} students need as many temperatures >= 0, got {temperatures.tolist()}")
        if len(states) % self.examples.samples:
            raise ValueError(f"{len(states)} students cannot be shared out to {self.examples.samples} samples")
        states.copy_(on_sphere(states))  # rounding
        keys, fields = streams.keys.numpy().view("u8"), self.fields(states).numpy()
        fixed = (self.columns, fields, temperatures.double().numpy(), keys, np.uint64(streams.advance(sweeps)), sweeps)
        share_out(KERNELS[rule], states.numpy(), *fixed, sweeps=sweeps * self.examples.count)

    def overlap(self, states: Tensor) -> Tensor:
        """R with the sample's teacher, of every row: (replica,)."""
        return self.examples.overlap(states)
