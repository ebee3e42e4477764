"""Exact truth about the systems: Kaufman's finite Ising lattices, enumeration, quadrature.

Energies are totals and k_B = 1; the heat capacity is C = d<E>/dT = Var E / T^2.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

CRITICAL_TEMPERATURE = 2 / math.log(1 + math.sqrt(2))  # square lattice, J = 1: Onsager (1944)


@dataclass(frozen=True)
class Spectrum:
    """Energy levels and the log of their weights: Z(T) = sum_i exp(log_weights_i - levels_i / T)."""

    levels: np.ndarray  # (level,)
    log_weights: np.ndarray  # (level,)

    def log_z(self, temperature: float) -> float:
        """ln Z."""
        return float(np.logaddexp.reduce(self.log_weights - self.levels / temperature))

    def probabilities(self, temperature: float) -> np.ndarray:
        """exp(-E/T)/Z of every level: (level,)."""
        exponents = self.log_weights - self.levels / temperature
        weights = np.exp(exponents - exponents.max())
        return weights / weights.sum()

    def energy(self, temperature: float) -> float:
        """<E>."""
        return float(self.probabilities(temperature) @ self.levels)

    def heat_capacity(self, temperature: float) -> float:
        """Var E / T^2."""
        deviation = self.levels - self.energy(temperature)
        return float(self.probabilities(temperature) @ deviation**2) / temperature**2


def ising(size: int, temperature: float) -> tuple[float, float, float]:
    """(<E>, C, ln Z) of the Ising model on the periodic L x L lattice at any T > 0, J = 1.

    With K = 1/T, n = L, gamma_0 = 2K + ln tanh K and cosh gamma_j = cosh 2K coth 2K - cos(pi j / n) otherwise,

        Z = (1/2) (2 sinh 2K)^(n^2/2) [ prod 2 cosh(n gamma_{2r+1}/2) + prod 2 sinh(n gamma_{2r+1}/2)
                                      + prod 2 cosh(n gamma_{2r}/2)   + prod 2 sinh(n gamma_{2r}/2) ],  r = 0 ... n-1,

    <E> = -d ln Z/dK and C = K^2 d^2 ln Z/dK^2, differentiated automatically.

    Source: B. Kaufman, Phys. Rev. 76 (1949) 1232, eq. 65.

    Args:
        size: L >= 2.
        temperature: T > 0.
    """
    coupling = torch.tensor(1 / temperature, dtype=torch.float64, requires_grad=True)
    log_z = _kaufman(size, coupling)
    (slope,) = torch.autograd.grad(log_z, coupling, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, coupling)
    return -slope.item(), curvature.item() / temperature**2, log_z.item()


def _kaufman(n: int, coupling: Tensor) -> Tensor:
    log_2_sinh = 2 * coupling + torch.log1p(-(-4 * coupling).exp())  # ln(2 sinh 2K)
    gamma_0 = 2 * coupling + coupling.tanh().log()
    mode = torch.arange(1, 2 * n, dtype=torch.float64)
    hyperbolic = (2 * coupling).cosh() / (2 * coupling).tanh() - (math.pi * mode / n).cos()
    half = n * torch.acosh(hyperbolic) / 2  # (mode,) of modes 1 ... 2n - 1
    odd, even = half[0::2], half[1::2]
    zeroth = n * gamma_0 / 2  # changes sign at the critical temperature
    products = (_log_2_cosh(odd), _log_2_sinh(odd), _log_2_cosh(even), _log_2_sinh(even))
    terms = torch.stack([product.sum() for product in products])
    signs = torch.stack([torch.ones(()), torch.ones(()), 2 * zeroth.cosh(), 2 * zeroth.sinh()])
    largest = terms.max().detach()
    total = largest + (signs * (terms - largest).exp()).sum().log()
    return n * n / 2 * log_2_sinh + total - math.log(2)


def _log_2_cosh(x: Tensor) -> Tensor:
    return x + torch.log1p((-2 * x).exp())


def _log_2_sinh(x: Tensor) -> Tensor:
    return x + torch.log1p(-(-2 * x).exp())


def all_spins(count: int) -> Tensor:
    """Every state of `count` spins: (2^count, count) int8; ValueError above 22 spins."""
    if not 1 <= count <= 22:
        raise ValueError(f"enumeration is for 1 to 22 spins, got {count}")
    bits = torch.arange(2**count)[:, None] >> torch.arange(count) & 1
    return (2 * bits - 1).to(torch.int8)


def enumerate_energies(energy: Callable[[Tensor], Tensor], spins: int) -> Spectrum:
    """The density of states of a small spin system: distinct levels and the log of how often each occurs."""
    levels, counts = np.unique(energy(all_spins(spins)).numpy().round(9) + 0.0, return_counts=True)
    return Spectrum(levels, np.log(counts))


@dataclass(frozen=True)
class Enumeration:
    """Exact averages over every state of a small system at any T > 0: <A> = sum_s A(s) exp(-E(s)/T) / Z.

    Args:
        energies: E of every state, (state,) float64.
    """

    energies: Tensor

    def mean(self, values: Tensor, temperature: float) -> float:
        """<A> of what is `values` (state,) in each state."""
        return float((-self.energies / temperature).softmax(0) @ values)

    def energy(self, temperature: float) -> float:
        """<E>."""
        return self.mean(self.energies, temperature)

    def heat_capacity(self, temperature: float) -> float:
        """Var E / T^2."""
        return self.mean((self.energies - self.energy(temperature)).square(), temperature) / temperature**2


def quadrature(energy: Callable[[Tensor], Tensor], low: float, high: float, points: int = 40_001) -> Spectrum:
    """One coordinate on an even grid: levels E(x_i), all of weight dx.

    The sum converges faster than any power of dx where exp(-E/T) has died out at both ends.

    Args:
        energy: (replica, 1) -> (replica,).
        low, high: the ends of the grid.
        points: on the grid.
    """
    x = torch.linspace(low, high, points, dtype=torch.float64)
    levels = energy(x[:, None]).numpy()
    return Spectrum(levels, np.full(points, math.log((high - low) / (points - 1))))


def harmonic(dimension: int, temperature: float) -> tuple[float, float]:
    """(<E>, C) of d harmonic degrees of freedom: d T/2 and d/2, whatever their curvatures."""
    return dimension * temperature / 2, dimension / 2


def double_well(
    barrier: float, temperature: float, dimension: int = 1, stiffness: float = 1.0
) -> tuple[float, float, float]:
    """(<E>, C, ln Z) of the double well: quadrature of B (x^2 - 1)^2 and d - 1 harmonic coordinates.

    Args:
        barrier: B.
        temperature: T.
        dimension: d.
        stiffness: k of the harmonic coordinates.
    """
    reach = math.sqrt(1 + math.sqrt(60 * temperature / barrier))  # exp(-E/T) < e^-60 beyond
    well = quadrature(lambda x: barrier * (x[:, 0] ** 2 - 1) ** 2, -reach, reach)
    others = dimension - 1
    log_z = well.log_z(temperature) + others / 2 * math.log(2 * math.pi * temperature / stiffness)
    return well.energy(temperature) + others * temperature / 2, well.heat_capacity(temperature) + others / 2, log_z
