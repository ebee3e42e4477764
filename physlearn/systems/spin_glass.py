"""Spin glasses: couplings drawn once, at random, with both signs.

Several samples of the couplings may stand side by side: with S samples and R rows, rows i R/S to (i+1) R/S - 1 belong
to sample i. Energies are totals, E(s) = -sum over bonds of J_ij s_i s_j. States are (replica, N) int8.
"""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import torch
from torch import Tensor

from physlearn.dynamics.dense_spins import dense_energies, dense_sweep
from physlearn.dynamics.spins import Rule, check_checkerboard, lattice_energies, lattice_sweep, random_spins
from physlearn.streams import Streams
from physlearn.systems.choices import LAWS, Law


@dataclass(frozen=True)
class SherringtonKirkpatrick:
    """All pairs coupled: E(s) = -sum_{i<j} J_ij s_i s_j. Sherrington & Kirkpatrick, Phys. Rev. Lett. 35 (1975) 1792.

    Args:
        couplings: J, (sample, N, N) float64, symmetric, with a zero diagonal.
    """

    couplings: Tensor  # (sample, spin, spin)

    @property
    def spins(self) -> int:
        """N."""
        return self.couplings.shape[-1]

    def of_rows(self, rows: range, each: int) -> "SherringtonKirkpatrick":
        """The couplings that some of the rows belong to, where every sample has `each` rows; see `samples_of`."""
        return SherringtonKirkpatrick(self.couplings[samples_of(rows, each)])

    def to(self, device: str | torch.device) -> "SherringtonKirkpatrick":
        """The same with its couplings on a device."""
        return SherringtonKirkpatrick(self.couplings.to(device))

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, N) -> (replica,) float64."""
        return dense_energies(states, self.couplings)

    def start(self, streams: Streams) -> Tensor:
        """Random spins: (replica, N) int8."""
        return random_spins(self.spins, streams)

    def sweep(self, states: Tensor, temperatures: Tensor, streams: Streams, rule: Rule = "heat_bath") -> None:
        """N attempted flips of every row, one spin after another, in place."""
        dense_sweep(states, self.couplings, temperatures, streams, rule)

    @property
    def variance(self) -> float:
        """Of the couplings, summed over all pairs, a spin: (N - 1) / 2N; see `gaussian_energy`."""
        return (self.spins - 1) / (2 * self.spins)

    def link_overlap(self, first: Tensor, second: Tensor) -> Tensor:
        """q_l = <s_i s_j s'_i s'_j> over all pairs, (N q^2 - 1)/(N - 1), of two states: (..., N) twice -> (...)."""
        overlap = (first.double() * second).mean(-1)
        return (self.spins * overlap.square() - 1) / (self.spins - 1)


@dataclass(frozen=True)
class EdwardsAnderson:
    """Neighbours coupled on the periodic (hyper)cubic lattice of side L: E(s) = -sum_<ij> J_ij s_i s_j, N = L^d spins.

    Edwards & Anderson, J. Phys. F 5 (1975) 965.

    Args:
        size: L, even (a checkerboard needs it).
        bonds: (sample, N, d) float64; bonds[k, i, a] couples site i to the next site along axis a.

    Raises:
        ValueError: L odd, or bonds that do not fit L^d sites.
    """

    size: int
    bonds: Tensor  # (sample, site, axis)

    def __post_init__(self) -> None:
        check_checkerboard(self.size)
        if self.bonds.dim() != 3 or self.bonds.shape[1] != self.size ** self.bonds.shape[2]:
            raise ValueError(f"bonds must be (sample, {self.size}^d, d), got {tuple(self.bonds.shape)}")

    @property
    def spins(self) -> int:
        """N = L^d."""
        return self.bonds.shape[1]

    @cached_property
    def neighbours(self) -> Tensor:
        """The next and the previous site along every axis: (site, 2 d) int64."""
        site = torch.arange(self.spins, device=self.bonds.device).view([self.size] * self.bonds.shape[2])
        axes = range(self.bonds.shape[2])
        return torch.stack([site.roll(step, axis).flatten() for step in (-1, 1) for axis in axes], 1).contiguous()

    @cached_property
    def couplings(self) -> Tensor:
        """J of the bond to each of the neighbours: (sample, site, 2 d)."""
        axes = self.bonds.shape[2]
        back = [self.bonds[:, self.neighbours[:, axes + axis], axis] for axis in range(axes)]
        return torch.cat([self.bonds, torch.stack(back, 2)], 2).contiguous()

    @cached_property
    def colours(self) -> tuple[Tensor, Tensor]:
        """The sites of even and of odd coordinate sum."""
        grid = torch.cartesian_prod(*[torch.arange(self.size)] * self.bonds.shape[2]).view(self.spins, -1)
        odd = (grid.sum(1) % 2).bool().to(self.bonds.device)
        return (~odd).nonzero().flatten(), odd.nonzero().flatten()

    def of_rows(self, rows: range, each: int) -> "EdwardsAnderson":
        """The couplings that some of the rows belong to, where every sample has `each` rows; see `samples_of`."""
        return EdwardsAnderson(self.size, self.bonds[samples_of(rows, each)])

    def to(self, device: str | torch.device) -> "EdwardsAnderson":
        """The same with its bonds on a device."""
        return EdwardsAnderson(self.size, self.bonds.to(device))

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (replica, N) -> (replica,) float64."""
        return lattice_energies(states, self.neighbours, self.couplings)

    def start(self, streams: Streams) -> Tensor:
        """Random spins: (replica, N) int8."""
        return random_spins(self.spins, streams)

    def sweep(self, states: Tensor, temperatures: Tensor, streams: Streams, rule: Rule = "heat_bath") -> None:
        """N attempted flips of every row, one colour after the other, in place."""
        lattice_sweep(states, self.neighbours, self.couplings, self.colours, temperatures, streams, rule)

    @property
    def variance(self) -> float:
        """Of the bonds, summed over all of them, a spin: d; see `gaussian_energy`."""
        return float(self.bonds.shape[2])

    def link_overlap(self, first: Tensor, second: Tensor) -> Tensor:
        """q_l = <s_i s_j s'_i s'_j> over all bonds <ij> of two states: (..., N) twice -> (...)."""
        both = first * second  # (..., site)
        ahead = both[..., self.neighbours[:, : self.bonds.shape[2]]]  # (..., site, axis)
        return (both[..., None] * ahead).double().mean((-2, -1))


def samples_of(rows: range, each: int) -> Tensor:
    """The samples that some consecutive rows belong to: (piece,), a sample for each of pieces of equally many rows.

    Args:
        rows: not empty; it may begin and end within a sample.
        each: rows of every sample.
    """
    piece = gcd(rows.start, rows.stop, each)
    return torch.arange(rows.start, rows.stop, piece) // each


def gaussian_energy(variance: float, temperature: float, link_overlap: Tensor | float) -> Tensor | float:
    """u = -(v/T) (1 - <q_l>), the disorder-averaged energy per spin of Gaussian couplings in equilibrium.

    Integration by parts over every coupling gives <J_ij s_i s_j> = (var J_ij / T) (1 - <s_i s_j>^2), and two
    independent replicas estimate <s_i s_j>^2 by their link overlap. Before equilibrium the two sides differ: u is still
    too high and q_l too low, and so the right side lies below the left.

    Args:
        variance: v, that of the couplings summed over all bonds, a spin.
        temperature: T.
        link_overlap: q_l, averaged over time and over the couplings.

    Source: Katzgraber, Palassini & Young, Phys. Rev. B 63 (2001) 184422, eq. 8.
    """
    return -variance / temperature * (1 - link_overlap)


def sherrington_kirkpatrick(
    spins: int, generator: torch.Generator, samples: int = 1, law: Law = "gaussian"
) -> SherringtonKirkpatrick:
    """Couplings of mean 0 and variance 1/N, Gaussian or +-1/sqrt(N) (`law` "pm"); ValueError below two spins."""
    if spins < 2:
        raise ValueError(f"spins must be at least 2, got {spins}")
    upper = (_draw((samples, spins, spins), law, generator) / spins**0.5).triu(1)
    return SherringtonKirkpatrick(upper + upper.mT)


def edwards_anderson(
    size: int, dimension: int, generator: torch.Generator, samples: int = 1, law: Law = "gaussian"
) -> EdwardsAnderson:
    """Couplings of mean 0 and variance 1, Gaussian or +-1 (`law` "pm"), in 2 or 3 dimensions."""
    if dimension not in (2, 3):
        raise ValueError(f"dimension must be 2 or 3, got {dimension}")
    check_checkerboard(size)
    return EdwardsAnderson(size, _draw((samples, size**dimension, dimension), law, generator))


def _draw(shape: tuple[int, ...], law: Law, generator: torch.Generator) -> Tensor:
    if law not in LAWS:
        raise ValueError(f"couplings must be {' or '.join(LAWS)}, got {law!r}")
    if law == "gaussian":
        return torch.randn(shape, generator=generator, dtype=torch.float64)
    return 2.0 * torch.randint(2, shape, generator=generator).double() - 1
