r"""A machine of visible spins s = +-1 and Gaussian hidden units, one for each pattern: the Hopfield network.

    E(s, x) = |x|^2/2 - x.Xi s/sqrt(N),       -T ln int dx exp(-E/T) + const = -(1/2N) sum_mu (xi_mu.s)^2 = E_H(s) - P/2

for P patterns xi_mu of +-1, rows of Xi, and the Hebb couplings without diagonal of E_H = -s.J.s/2. Alternating draws of
x given s and of s given x therefore sample exp(-E_H/T), all spins at once. The variance of a hidden unit is T.

Source: Barra, Bernacchia, Santucci and Contucci, Neural Networks 34 (2012) 1.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class GaussianHiddenMachine:
    """See the equations above.

    Args:
        patterns: Xi, (pattern, neuron) of +-1.
    """

    patterns: Tensor

    def means(self, s: Tensor) -> Tensor:
        """<x | s> = Xi s/sqrt(N): (row, neuron) -> (row, pattern)."""
        return s @ self.patterns.T / self.patterns.shape[1] ** 0.5

    def energy(self, s: Tensor, x: Tensor) -> Tensor:
        """E(s, x) of every row: (row, neuron), (row, pattern) -> (row,)."""
        return x.square().sum(1) / 2 - (x * self.means(s)).sum(1)

    def free_energy(self, s: Tensor) -> Tensor:
        """-|Xi s|^2/2N = E_H(s) - P/2 of every row, which does not depend on T: (row, neuron) -> (row,)."""
        return -self.means(s).square().sum(1) / 2

    def gibbs(self, s: Tensor, temperature: float, steps: int, generator: torch.Generator) -> Tensor:
        """s after `steps` times x ~ p(x | s), s ~ p(s | x) at temperature T: (row, neuron) -> (row, neuron)."""
        for _ in range(steps):
            means = self.means(s)
            noise = torch.randn(means.shape, generator=generator, dtype=s.dtype, device=s.device)
            fields = (means + temperature**0.5 * noise) @ self.patterns / self.patterns.shape[1] ** 0.5
            uniform = torch.rand(s.shape, generator=generator, dtype=s.dtype, device=s.device)
            s = 2 * (uniform < (2 * fields / temperature).sigmoid()).to(s.dtype) - 1
        return s
