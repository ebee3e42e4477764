"""What an exchange can be expected to do, said before it starts."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from torch import Tensor

from physlearn.systems.exact import Spectrum
from physlearn.tempering.exact import gaussian_acceptance, harmonic_acceptance, spectrum_acceptance


@dataclass(frozen=True)
class Forecast:
    """Predicted acceptance of every pair (pair,), communication barrier, and the levels that exact exchange wants."""

    acceptance: np.ndarray
    barrier: float
    temperatures_needed: int

    def words(self) -> str:
        """The forecast in a sentence or two."""
        low, high, have = self.acceptance.min(), self.acceptance.max(), len(self.acceptance) + 1
        text = (
            f"predicted acceptance of swaps {low:.2g} to {high:.2g} at {have} temperatures; the communication barrier "
            f"is about {self.barrier:.3g}, for which about {self.temperatures_needed} temperatures are recommended."
        )
        if low < 0.01:
            text += (
                " Some neighbouring temperatures will almost never swap: narrow the ladder, or expect independent runs."
            )
        return text


def harmonic(temperatures: Tensor, degrees: float) -> Forecast:
    """The forecast for `degrees` = d harmonic degrees of freedom, as near the minimum of a network of d weights.

    Acceptance 2 I_{1/(1+r)}(d/2, d/2) with r = T_{i+1}/T_i; barrier Lambda = sqrt(d/2 pi) ln(T_max/T_min) and 2 Lambda
    levels for an acceptance near one half (Syed et al. 2022); Lambda is the limit of a fine ladder and large d.
    """
    ratios = (temperatures[1:] / temperatures[:-1]).tolist()
    barrier = math.sqrt(degrees / (2 * math.pi)) * math.log(temperatures[-1] / temperatures[0])
    acceptance = np.array([harmonic_acceptance(degrees, ratio) for ratio in ratios])
    return Forecast(acceptance, barrier, _levels(barrier))


def from_moments(temperatures: Tensor, energies: np.ndarray, capacities: np.ndarray) -> Forecast:
    """The forecast from mean energies and heat capacities at the levels: exact curves, a pilot run, or an earlier one.

    Energies at level i are taken as normal with mean U_i and variance C_i T_i^2. The barrier is the fine-ladder limit
    Lambda = int sqrt(C/pi) d ln T, which is that of the harmonic forecast with C = d/2, by the trapezoid rule.

    Args:
        temperatures: (level,).
        energies: (level,), total mean energies U_i.
        capacities: (level,), total heat capacities C_i = Var E / T_i^2.
    """
    T = temperatures.numpy()
    variances = capacities * T**2
    pairs = range(len(T) - 1)
    acceptance = np.array([gaussian_acceptance(*energies[i : i + 2], *variances[i : i + 2]) for i in pairs])
    barrier = float(np.trapezoid(np.sqrt(capacities / math.pi), np.log(T)))
    return Forecast(acceptance, barrier, _levels(barrier))


def from_spectrum(temperatures: Tensor, spectrum: Spectrum) -> Forecast:
    """The forecast from a density of states: acceptances are exact, the barrier is that of `from_moments`."""
    T = temperatures.tolist()
    energies = np.array([spectrum.energy(t) for t in T])
    capacities = np.array([spectrum.heat_capacity(t) for t in T])
    acceptance = np.array([spectrum_acceptance(spectrum, cold, hot) for cold, hot in pairwise(T)])
    return replace(from_moments(temperatures, energies, capacities), acceptance=acceptance)


def from_energies(temperatures: Tensor, energies: np.ndarray) -> Forecast:
    """The forecast from a record: `from_moments` of every ladder by itself, then the mean over the ladders.

    Args:
        temperatures: (level,).
        energies: (sweep, ladder, level), totals; at least two sweeps.
    """
    means, variances = energies.mean(axis=0), energies.var(axis=0, ddof=1)  # (ladder, level)
    capacities = variances / temperatures.numpy() ** 2
    each = [from_moments(temperatures, *of_ladder) for of_ladder in zip(means, capacities, strict=True)]
    barrier = float(np.mean([one.barrier for one in each]))
    return Forecast(np.mean([one.acceptance for one in each], axis=0), barrier, _levels(barrier))


def _levels(barrier: float) -> int:
    return max(2, math.ceil(2 * barrier))
