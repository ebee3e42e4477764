"""Neural quantum states: modules that give ln |psi| of spin configurations, real and positive.

    psi(s) = exp(sum_i a_i s_i) prod_j cosh(b_j + sum_i W_ji s_i)

is a restricted Boltzmann machine with its hidden units summed over. A sign rule, where the ground state has one, stands
apart (local_energy.py). Source: Carleo and Troyer, Science 355 (2017) 602 (arXiv 1606.02318).
"""

import math

import torch
from torch import Tensor, nn


def log_cosh(x: Tensor) -> Tensor:
    """ln cosh x = ln(1 + e^(2x)) - x - ln 2, without overflow: (1 + e^(2x)) is e^(2x) to rounding from 2x = 40 on."""
    return nn.functional.softplus(2 * x, threshold=40) - x - math.log(2)


class Boltzmann(nn.Module):
    """ln psi(s) = a.s + sum_j ln cosh(b_j + W_j.s): M hidden units, each with weights of its own.

    Args:
        sites: N.
        width: M / N, hidden units per spin.
        generator: of the initial weights, normal with the standard deviation `scale`.
        biases: a and b are there; without them psi(s) = psi(-s).
        scale: of the initial weights.
    """

    def __init__(
        self, sites: int, width: int, generator: torch.Generator, biases: bool = False, scale: float = 0.05
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(scale * torch.randn(width * sites, sites, generator=generator, dtype=torch.float64))
        zeros = (width * sites, sites)
        self.hidden, self.visible = (
            nn.Parameter(torch.zeros(n, dtype=torch.float64)) if biases else None for n in zeros
        )

    def forward(self, spins: Tensor) -> Tensor:
        """ln psi, (row,), of spins (row, site) +-1 in float64."""
        theta = spins @ self.weight.T  # (row, hidden)
        if self.hidden is None:
            return log_cosh(theta).sum(1)
        return log_cosh(theta + self.hidden).sum(1) + spins @ self.visible

    def derivatives(self, spins: Tensor) -> Tensor:
        """O_k(s) = d ln psi / d parameter k, (row, parameter), in the order of `parameters()`."""
        theta = spins @ self.weight.T
        slopes = (theta if self.hidden is None else theta + self.hidden).tanh()  # (row, hidden)
        own = (slopes[:, :, None] * spins[:, None, :]).flatten(1)
        return own if self.hidden is None else torch.cat((own, slopes, spins), 1)


class SymmetricBoltzmann(nn.Module):
    """The same with weights shared by translations: ln psi(s) = a sum_i s_i + sum_f sum_g ln cosh(b_f + W_f.T_g s).

    T_g moves the configuration by g sites; width N hidden units have width (N + 1) + 1 parameters with biases, width N
    without. For periodic chains. Arguments as `Boltzmann`.
    """

    def __init__(
        self, sites: int, width: int, generator: torch.Generator, biases: bool = False, scale: float = 0.05
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(scale * torch.randn(width, sites, generator=generator, dtype=torch.float64))
        self.hidden, self.visible = (
            nn.Parameter(torch.zeros(n, dtype=torch.float64)) if biases else None for n in (width, 1)
        )
        shift = torch.arange(sites)
        self.register_buffer("index", (shift[None, :] - shift[:, None]) % sites)  # (g, i): the weight of s_i

    def _theta(self, spins: Tensor) -> Tensor:
        """(row, f, g)."""
        whole = self.weight[:, self.index]  # (f, g, i)
        theta = (spins @ whole.flatten(0, 1).T).unflatten(1, whole.shape[:2])
        return theta if self.hidden is None else theta + self.hidden[:, None]

    def forward(self, spins: Tensor) -> Tensor:
        """ln psi, (row,), of spins (row, site) +-1 in float64."""
        found = log_cosh(self._theta(spins)).sum((1, 2))
        return found if self.visible is None else found + self.visible * spins.sum(1)

    def derivatives(self, spins: Tensor) -> Tensor:
        """O_k(s) = d ln psi / d parameter k, (row, parameter), in the order of `parameters()`."""
        slopes = self._theta(spins).tanh()  # (row, f, g)
        moved = spins[:, (self.index[0][None, :] + torch.arange(len(self.index))[:, None]) % len(self.index)]
        own = torch.einsum("nfg,ngk->nfk", slopes, moved).flatten(1)  # d theta_fg / d W_fk = s_{g + k}
        if self.hidden is None:
            return own
        return torch.cat((own, slopes.sum(2), spins.sum(1, keepdim=True)), 1)
