"""A mixture of Gaussians: several wells whose weights are known."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class GaussianMixture:
    """E(x) = -ln sum_c w_c N(x; mu_c, s_c^2 1): at T = 1 the law exp(-E/T)/Z is the mixture itself.

    Args:
        means: mu_c, (component, dimension).
        widths: s_c > 0, (component,).
        weights: w_c > 0, (component,), which sum to one.

    Raises:
        ValueError: shapes that do not fit, a width or weight that is not positive, weights that do not sum to one.
    """

    means: Tensor  # (component, dimension)
    widths: Tensor  # (component,)
    weights: Tensor  # (component,)

    def __post_init__(self) -> None:
        shapes = [tuple(t.shape) for t in (self.means, self.widths, self.weights)]
        if self.means.dim() != 2 or shapes[1:] != [(len(self.means),)] * 2:
            raise ValueError(f"means, widths, weights must be (c, d), (c,), (c,), got {', '.join(map(str, shapes))}")
        if not bool((self.widths > 0).all() and (self.weights > 0).all()):
            raise ValueError(f"widths, weights must be positive, got {self.widths.tolist()}, {self.weights.tolist()}")
        if abs(float(self.weights.sum()) - 1) > 1e-6:
            raise ValueError(f"weights must sum to one, got {self.weights.tolist()}")

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, dimension) -> (replica,)."""
        return -self._log_terms(states).logsumexp(1)

    def gradient(self, states: Tensor) -> Tensor:
        """dE/dx = sum_c r_c(x) (x - mu_c)/s_c^2, r_c the share of component c: as `states`, (replica, dimension)."""
        share = self.shares(states) / self.widths.square()  # (replica, component)
        return share.sum(1, keepdim=True) * states - share @ self.means

    def shares(self, states: Tensor) -> Tensor:
        """r_c(x), the probability that x came from component c; its mean at T = 1 is w_c: (replica, component)."""
        return self._log_terms(states).softmax(1)

    def sample(self, replicas: int, generator: torch.Generator) -> Tensor:
        """Exact draws at T = 1: (replica, dimension)."""
        component = torch.multinomial(self.weights, replicas, replacement=True, generator=generator)
        shape = (replicas, self.means.shape[1])
        normals = torch.randn(shape, generator=generator, dtype=self.means.dtype, device=self.means.device)
        return self.means[component] + self.widths[component, None] * normals

    def _log_terms(self, states: Tensor) -> Tensor:
        scaled = (states[:, None] - self.means) / self.widths[:, None]  # (replica, component, dimension)
        log_norm = self.widths.log() + math.log(2 * math.pi) / 2
        return self.weights.log() - self.means.shape[1] * log_norm - scaled.square().sum(2) / 2
