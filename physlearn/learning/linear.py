"""The linear student: ridge regression at a temperature, in closed form and for one sample of examples exactly.

A is (P, N) with entries of variance 1/N, targets A w0 + noise of variance sigma^2, |w0|^2 = N, P = alpha N, and

    E(w) = |A (w - w0) - noise|^2/2 + lambda |w|^2/2,      H = A^T A + lambda.

Langevin at T samples the Gaussian of mean H^-1 A^T y, covariance T H^-1; Euler's step h makes it T [H (1 - hH/2)]^-1.
For large N, with G(l) = tr (A^T A + l)^-1/N, the generalisation error <|w - w0|^2>/N is

    E_g = lambda^2 (-G') + sigma^2 (G + lambda G') + T G.

Sources: Krogh & Hertz, J. Phys. A 25 (1992) 1135; Seung, Sompolinsky & Tishby, Phys. Rev. A 45 (1992) 6056, section V.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


def response(load: float, ridge: float) -> tuple[float, float]:
    """(G, dG/dl) at l = `ridge` > 0: G = [1 - alpha - l + sqrt((1 - alpha - l)^2 + 4 l)]/(2 l), as Marchenko & Pastur.

    Args:
        load: alpha = P/N > 0.
        ridge: l > 0.
    """
    if not (load > 0 and ridge > 0):
        raise ValueError(f"load and ridge must be > 0, got {load} and {ridge}")
    c = 1 - load - ridge
    root = math.sqrt(c * c + 4 * ridge)
    G = (c + root) / (2 * ridge) if c > 0 else 2 / (root - c)  # the same without cancellation
    return G, -G * (1 + G) / root  # of l G^2 - c G - 1 = 0


def generalisation_error(load: float, ridge: float, noise: float = 0.0, temperature: float = 0.0) -> float:
    """E_g of the formula above.

    Args:
        load: alpha = P/N > 0.
        ridge: lambda >= 0; 0 only at T = 0, its limit: 1 - alpha + sigma^2 alpha/(1 - alpha) below alpha = 1 and
            sigma^2/(alpha - 1) above: double descent.
        noise: sigma, the standard deviation of the noise in the targets.
        temperature: T.

    Raises:
        ValueError: values out of range, or lambda = 0 at T > 0 or at alpha = 1, where E_g is infinite.
    """
    if min(ridge, noise, temperature) < 0:
        raise ValueError(f"ridge, noise and temperature must be >= 0, got {ridge}, {noise}, {temperature}")
    if ridge == 0:
        if temperature > 0 or load == 1:
            raise ValueError("without a ridge E_g is infinite at T > 0 and at alpha = 1")
        inside = 1 - load + noise**2 * load / (1 - load) if load < 1 else noise**2 / (load - 1)
        return inside
    G, slope = response(load, ridge)
    return -(ridge**2) * slope + noise**2 * (G + ridge * slope) + temperature * G


@dataclass(frozen=True)
class LinearStudent:
    """One sample of examples, its energy and its exact Gaussian law.

    Args:
        inputs: A, (P, N).
        targets: y, (P,).
        teacher: w0, (N,).
        ridge: lambda.
    """

    inputs: Tensor  # (example, weight)
    targets: Tensor  # (example,)
    teacher: Tensor  # (weight,)
    ridge: float

    @property
    def dimension(self) -> int:
        """N."""
        return self.inputs.shape[1]

    def to(self, device: torch.device, dtype: torch.dtype) -> "LinearStudent":
        """The same sample on a device, in a precision."""
        return LinearStudent(*(t.to(device, dtype) for t in (self.inputs, self.targets, self.teacher)), self.ridge)

    @cached_property
    def hessian(self) -> Tensor:
        """H = A^T A + lambda: (weight, weight)."""
        return self.inputs.T @ self.inputs + self.ridge * torch.eye(self.dimension).to(self.inputs)

    @cached_property
    def pull(self) -> Tensor:
        """A^T y: (weight,)."""
        return self.inputs.T @ self.targets

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, N) -> (replica,)."""
        wrong = states @ self.inputs.T - self.targets
        return (wrong.square().sum(1) + self.ridge * states.square().sum(1)) / 2

    def gradient(self, states: Tensor) -> Tensor:
        """dE/dw = H w - A^T y of every row: (replica, N) -> (replica, N)."""
        return states @ self.hessian - self.pull

    def error(self, states: Tensor) -> Tensor:
        """|w - w0|^2/N of every row: (replica, N) -> (replica,)."""
        return (states - self.teacher).square().mean(1)

    def exact_error(self, temperature: float, step: float = 0.0) -> float:
        """<|w - w0|^2>/N of the stationary law of Euler's step h (0: of the continuous motion) at T.

        |H^-1 A^T y - w0|^2/N + (T/N) tr [H (1 - hH/2)]^-1.

        Raises:
            ValueError: a step that is not stable, h H >= 2.
        """
        curvatures = torch.linalg.eigvalsh(self.hessian)
        if step * float(curvatures[-1]) >= 2:
            raise ValueError(f"step {step} is not stable: the largest curvature is {float(curvatures[-1]):.3g}")
        bias = (torch.linalg.solve(self.hessian, self.pull) - self.teacher).square().mean()
        return float(bias + temperature * (1 / (curvatures * (1 - step * curvatures / 2))).mean())

    def exact_energy(self, temperature: float) -> float:
        """<E> at T: its minimum and T/2 a weight."""
        best = torch.linalg.solve(self.hessian, self.pull)[None]
        return float(self.energy(best)[0]) + self.dimension * temperature / 2


def linear_student(
    weights: int,
    load: float,
    ridge: float,
    noise: float,
    generator: torch.Generator,
    dtype: torch.dtype = torch.float64,
) -> LinearStudent:
    """A sample: N = `weights`, P = round(alpha N), a teacher of |w0|^2 = N exactly, noise of deviation sigma."""
    examples = max(1, round(load * weights))
    teacher = torch.randn(weights, generator=generator, dtype=torch.float64)
    teacher = teacher * (weights / teacher.square().sum()).sqrt()
    inputs = torch.randn(examples, weights, generator=generator, dtype=torch.float64) / weights**0.5
    targets = inputs @ teacher + noise * torch.randn(examples, generator=generator, dtype=torch.float64)
    return LinearStudent(inputs.to(dtype), targets.to(dtype), teacher.to(dtype), ridge)
