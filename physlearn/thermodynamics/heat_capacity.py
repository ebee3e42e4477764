r"""The heat capacity of a network's parameters, from the fluctuations of one chain and from two temperatures.

Two families (see `physlearn.priors`), the same at the temperature T_0 itself, L the mean loss of the examples:

    likelihood   exp(-L/T) N(W; 0, sigma^2): the prior is a measure, no energy, and C_L = d<L>/dT = Var(L)/T^2
    posterior    exp(-E/T), E = L + (T_0/2 sigma^2)|W|^2: C = d<E>/dT, of which the prior alone would have d/2

With W = sigma sqrt(T/T_0) v (posterior) or sigma v (likelihood) both are exp(-Phi(v)) N(v; 0, 1), Phi = L/T. By the
virial theorem <E> = T (d/2 + <Psi>), Psi = Phi - v.dPhi/2, and one more derivative gives

    C - d/2 = Var(Psi) + <v.dPhi - v.ddPhi.v>/4

in which the d free parameters make no noise: Var(E)/T^2 - d/2 is the same number, d/2 from the difference of two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physlearn.dynamics.mala import MALA
from physlearn.instruments.statistics import autocorrelation_time, mean_and_error
from physlearn.prior_families import FAMILIES
from physlearn.thermodynamics.hamiltonian import Potential, parts
from physlearn.thermodynamics.networks import Networks


@dataclass(frozen=True)
class Levels:
    """Chains of both families at T_0 (1 - share), T_0 and T_0 (1 + share), as rows of one batch.

    Args:
        temperature: T_0. share: how far the outer temperatures are, as a fraction of T_0. chains: rows for each.
    """

    temperature: float
    share: float
    chains: int

    @property
    def of_rows(self) -> tuple[np.ndarray, np.ndarray]:
        """T and the width sqrt(T/T_0) or 1 of every row: likelihood -, 0, +, then posterior -, +."""
        low, high = 1 - self.share, 1 + self.share
        ratios, widths = np.array([low, 1, high, low, high]), np.array([1, 1, 1, low**0.5, high**0.5])
        return np.repeat(ratios, self.chains) * self.temperature, np.repeat(widths, self.chains)

    @property
    def rows(self) -> int:
        return 5 * self.chains

    @property
    def middle(self) -> slice:
        """The rows at T_0, which are of both families."""
        return slice(self.chains, 2 * self.chains)

    def part(self, values: np.ndarray, family: str, place: int) -> np.ndarray:
        """The columns of one family at place 0, 1 or 2, of rising temperature: (time, row) -> (time, chain)."""
        first = {"likelihood": (0, 1, 2), "posterior": (3, 1, 4)}[family][place] * self.chains
        return values[:, first : first + self.chains]


def network_potential(
    networks: Networks, variances: Sequence[float], temperatures: np.ndarray, widths: np.ndarray
) -> Potential:
    """Phi = L/T of networks whose weights are sigma w v, sigma^2 of each tensor in `variances`, T and w by row."""
    like = dict(dtype=networks.x.dtype, device=networks.x.device)
    w, beta = torch.as_tensor(widths, **like).view(-1, 1, 1), 1 / torch.as_tensor(temperatures, **like)

    def potential(v: Sequence[Tensor], part: slice) -> Tensor:
        weights = [x * (w[part] * s**0.5) for x, s in zip(v, variances, strict=True)]
        return networks.loss(weights) * beta[part]

    return potential


def fan_in_variances(networks: Networks, scale: float) -> list[float]:
    """sigma^2 = c/fan-in of both layers' weights and biases, in the order of `Networks.draw`."""
    first, last = scale / networks.x.shape[1], scale / networks.hidden
    return [first, first, last, last]


def read(potential: Potential, positions: Sequence[Tensor]) -> Tensor:
    """Phi, v.dPhi and v.ddPhi.v of every row, float64: (3, row)."""
    found = []
    for part in parts(positions):
        v = [x[part].detach() for x in positions]
        leaves = [x.clone().requires_grad_() for x in v]
        phi = potential(leaves, part)
        forces = torch.autograd.grad(phi.sum(), leaves, create_graph=True)
        slope = sum((x * g).flatten(1).sum(1) for x, g in zip(v, forces, strict=True))
        bends = torch.autograd.grad(slope.sum(), leaves)
        bend = sum((x * g).flatten(1).sum(1) for x, g in zip(v, bends, strict=True))
        found.append(torch.stack([phi, slope, bend]).detach().double())
    return torch.cat(found, 1)


@dataclass(frozen=True)
class HeatCapacity:
    """Of one family at T_0: C_L (likelihood), or C - d/2 (posterior).

    Args:
        fluctuations, fluctuations_se: from the chains at T_0 alone.
        difference, difference_se: from the mean energies of the two outer temperatures.
    """

    fluctuations: float
    fluctuations_se: float
    difference: float
    difference_se: float

    @property
    def z(self) -> float:
        """How far the two are apart, in standard errors."""
        return (self.difference - self.fluctuations) / float(np.hypot(self.fluctuations_se, self.difference_se))


def heat_capacity(readings: np.ndarray, levels: Levels, family: str) -> HeatCapacity:
    """Both measurements, means over the chains with the scatter between them as error.

    Args:
        readings: of `read` along the chains, (time, 3, row).
        levels: which row is what.
        family: ``likelihood`` or ``posterior``.

    Raises:
        ValueError: another family.
    """
    if family not in FAMILIES:
        raise ValueError(f"family={family}: allowed are {', '.join(FAMILIES)}")
    phi, slope, bend = readings.transpose(1, 0, 2)  # each (time, row)
    energy = phi if family == "likelihood" else phi - slope / 2  # <E>/T less d/2
    at = [levels.part(energy, family, place) for place in range(3)]
    each = np.square(at[1] - at[1].mean()).mean(0)  # (chain,)
    if family == "posterior":
        each = each + (levels.part(slope, family, 1) - levels.part(bend, family, 1)).mean(0) / 4
    slopes = ((1 + levels.share) * at[2].mean(0) - (1 - levels.share) * at[0].mean(0)) / (2 * levels.share)
    return HeatCapacity(*mean_and_error(each), *mean_and_error(slopes))


class Relaxation:
    """Overdamped Langevin dynamics from samples in equilibrium, Metropolis-adjusted, in the unit 1/lambda of time.

    Of each weight without data the correlation falls by e in the time 1, that of its square in 1/2.

    Args:
        potential: Phi of each row. positions: v in equilibrium. pace: h lambda of a step. generator: of the noise.
    """

    def __init__(
        self, potential: Potential, positions: Sequence[Tensor], pace: float, generator: torch.Generator
    ) -> None:
        self.potential, self.pace = potential, pace
        self.weights = [torch.nn.Parameter(x.detach().clone()) for x in positions]
        self.mover = MALA(self.weights, pace, 1.0, generator=generator)
        self._kept: Tensor | None = None

    def step(self) -> Tensor:
        """One step; Phi of the state that is kept, and |v|^2/2: (2, row)."""
        energy = self.mover.step(self._closure)
        self._kept = energy  # and .grad is of the same state
        with torch.no_grad():
            prior = self._prior()
        return torch.stack([energy - prior, prior]).double()

    def state_dict(self) -> dict[str, Any]:
        return {"weights": [w.detach().clone() for w in self.weights], "mover": self.mover.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.mover.load_state_dict(state["mover"])
        for w, saved in zip(self.weights, state["weights"], strict=True):
            w.data.copy_(saved)
        self._kept = None

    def _prior(self) -> Tensor:
        return sum(w.square().flatten(1).sum(1) for w in self.weights) / 2

    def _closure(self) -> Tensor:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        energy = self.potential(self.weights, slice(None)) + self._prior()
        for w, g in zip(self.weights, torch.autograd.grad(energy.sum(), self.weights), strict=True):
            w.grad = g
        return energy.detach()


def relaxation_time(series: np.ndarray, pace: float, groups: int = 4) -> tuple[float, float]:
    """The time in which an exponential correlation of the same area falls by e, in units of 1/lambda, and its error.

    Args:
        series: (time, row), in equilibrium. pace: time between two entries.
        groups: the rows are split into so many, whose scatter is the error.
    """
    areas = [autocorrelation_time(part.T) for part in np.array_split(series, groups, axis=1)]
    value, error = mean_and_error(np.array(areas) * pace / 2)
    return float(value), float(error)
