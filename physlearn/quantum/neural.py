"""Neural quantum states: modules that give ln psi of spin configurations.

    psi(s) = exp(sum_i a_i s_i) prod_j cosh(b_j + sum_i W_ji s_i)

is a restricted Boltzmann machine with its hidden units summed over. With real parameters psi > 0, and a sign rule,
where the ground state has one, stands apart (local_energy.py). With complex ones ln psi is complex, a holomorphic
function of them, and psi has phases of its own. Source: Carleo and Troyer, Science 355 (2017) 602 (arXiv 1606.02318).
"""

import math
from typing import Any

import torch
from torch import Tensor, nn


def log_cosh(x: Tensor) -> Tensor:
    """ln cosh x = ln(1 + e^(2x)) - x - ln 2, without overflow: (1 + e^(2x)) is e^(2x) to rounding from 2x = 40 on.

    Complex x: on some branch of the logarithm, as cosh x = cosh(-x) is taken where Re x >= 0.
    """
    if x.is_complex():
        x = torch.where(x.real < 0, -x, x)
        return x + torch.log1p((-2 * x).exp()) - math.log(2)
    return nn.functional.softplus(2 * x, threshold=40) - x - math.log(2)


def normal(*shape: int, generator: torch.Generator, scale: float, dtype: torch.dtype) -> nn.Parameter:
    """Initial weights with <|w|^2> = scale^2; of complex ones half of it is in each part."""
    return nn.Parameter(scale * torch.randn(*shape, generator=generator, dtype=dtype))


def first_biases(counts: tuple[int, ...], **given: Any) -> tuple[nn.Parameter | None, ...]:
    """Initial b and a: none, 0 where they are real, normal as weights where they are complex.

    From 0 psi(s) = psi(-s), and no gradient leads away from that. It suits a psi > 0; where phases are sought the state
    may be odd: the ground state of a Heisenberg ring is, without its sign rule, where N/2 is odd.
    """
    if not counts:
        return None, None
    if given["dtype"].is_complex:
        return tuple(normal(n, **given) for n in counts)
    return tuple(nn.Parameter(torch.zeros(n, dtype=given["dtype"])) for n in counts)


class Boltzmann(nn.Module):
    """ln psi(s) = a.s + sum_j ln cosh(b_j + W_j.s): M hidden units, each with weights of its own.

    Args:
        sites: N.
        width: M / N, hidden units per spin.
        generator: of the initial weights, normal with the standard deviation `scale`.
        biases: a and b are there; without them psi(s) = psi(-s).
        scale: of the initial weights.
        dtype: of the parameters, and of ln psi: torch.float64 or torch.complex128.
    """

    def __init__(
        self,
        sites: int,
        width: int,
        generator: torch.Generator,
        biases: bool = False,
        scale: float = 0.05,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.weight = normal(width * sites, sites, generator=generator, scale=scale, dtype=dtype)
        counts = (width * sites, sites) if biases else ()
        self.hidden, self.visible = first_biases(counts, generator=generator, scale=scale, dtype=dtype)

    def forward(self, spins: Tensor) -> Tensor:
        """ln psi, (row,), of spins (row, site) +-1 in float64."""
        spins = spins.to(self.weight.dtype)
        theta = times(spins, self.weight.T)  # (row, hidden)
        if self.hidden is None:
            return log_cosh(theta).sum(1)
        return log_cosh(theta + self.hidden).sum(1) + spins @ self.visible

    def derivatives(self, spins: Tensor) -> Tensor:
        """O_k(s) = d ln psi / d parameter k, (row, parameter), in the order of `parameters()`."""
        spins = spins.to(self.weight.dtype)
        theta = times(spins, self.weight.T)
        slopes = (theta if self.hidden is None else theta + self.hidden).tanh()  # (row, hidden)
        own = (slopes[:, :, None] * spins[:, None, :]).flatten(1)
        return own if self.hidden is None else torch.cat((own, slopes, spins), 1)


class SymmetricBoltzmann(nn.Module):
    """The same with weights shared by translations: ln psi(s) = sum_i a_i s_i + sum_f sum_g ln cosh(b_f + W_f.T_g s).

    T_g moves the configuration by g unit cells of c sites, and a_i has the period c. width N hidden units have
    c (width (N + 1) + 1) parameters with biases, c width N without. For periodic chains. Arguments as `Boltzmann`, and

    Args:
        cell: c.

    Raises:
        ValueError: c does not divide N.
    """

    def __init__(
        self,
        sites: int,
        width: int,
        generator: torch.Generator,
        biases: bool = False,
        scale: float = 0.05,
        dtype: torch.dtype = torch.float64,
        cell: int = 1,
    ) -> None:
        super().__init__()
        if sites % cell:
            raise ValueError(f"cell={cell} is not allowed: it must divide N = {sites}. Type e.g. cell={2 - sites % 2}")
        self.weight = normal(cell * width, sites, generator=generator, scale=scale, dtype=dtype)
        counts = (cell * width, cell) if biases else ()
        self.hidden, self.visible = first_biases(counts, generator=generator, scale=scale, dtype=dtype)
        site, shift = torch.arange(sites), torch.arange(0, sites, cell)
        self.register_buffer("index", (site - shift[:, None]) % sites)  # (g, i): the weight of s_i
        self.register_buffer("moved", (site + shift[:, None]) % sites)  # (g, k): the spin that weight k meets

    def _theta(self, spins: Tensor) -> Tensor:
        """(row, f, g)."""
        whole = self.weight[:, self.index]  # (f, g, i)
        theta = times(spins, whole.flatten(0, 1).T).unflatten(1, whole.shape[:2])
        return theta if self.hidden is None else theta + self.hidden[:, None]

    def forward(self, spins: Tensor) -> Tensor:
        """ln psi, (row,), of spins (row, site) +-1 in float64."""
        spins = spins.to(self.weight.dtype)
        found = log_cosh(self._theta(spins)).sum((1, 2))
        return found if self.visible is None else found + self._by_cell(spins) @ self.visible

    def derivatives(self, spins: Tensor) -> Tensor:
        """O_k(s) = d ln psi / d parameter k, (row, parameter), in the order of `parameters()`."""
        spins = spins.to(self.weight.dtype)
        slopes = self._theta(spins).tanh()  # (row, f, g)
        own = torch.einsum("nfg,ngk->nfk", slopes, spins[:, self.moved]).flatten(1)  # d theta_fg / d W_fk = s_{g c + k}
        if self.hidden is None:
            return own
        return torch.cat((own, slopes.sum(2), self._by_cell(spins)), 1)

    def _by_cell(self, spins: Tensor) -> Tensor:
        """Sums over the unit cells, (row, c)."""
        return spins.unflatten(1, (-1, len(self.visible))).sum(1)


def times(spins: Tensor, matrix: Tensor) -> Tensor:
    """spins @ matrix, (row, column), of spins +-1 in any type: a complex matrix by two real products."""
    if not matrix.is_complex():
        return spins @ matrix
    own = spins.real if spins.is_complex() else spins
    return torch.complex(own @ matrix.real, own @ matrix.imag)
