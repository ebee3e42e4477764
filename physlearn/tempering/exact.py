"""Closed forms of replica exchange: acceptances, round trips, and the ladders of solved systems."""

import math

import numpy as np
from scipy.special import betainc, ndtr

from physlearn.systems.exact import Spectrum


def harmonic_acceptance(degrees: float, ratio: float) -> float:
    """<A> = 2 I_{1/(1+r)}(d/2, d/2) for d harmonic degrees of freedom and r = T_2/T_1 > 1.

    I is the regularised incomplete beta function. Energies at T are T times a gamma variable of shape d/2, so that
    <A> = 2 P(E_cold > E_hot) is the probability that a beta variable lies below 1/(1+r).

    Args:
        degrees: d.
        ratio: r.
    """
    return float(2 * betainc(degrees / 2, degrees / 2, 1 / (1 + ratio)))


def gaussian_acceptance(cold: float, hot: float, cold_variance: float, hot_variance: float) -> float:
    """<A> = 2 P(E_cold > E_hot) = erfc((U_hot - U_cold)/sqrt(2 (s_cold^2 + s_hot^2))) for normal energies.

    Args:
        cold, hot: mean energies U.
        cold_variance, hot_variance: variances s^2 of the energies.
    """
    return min(1.0, math.erfc((hot - cold) / math.sqrt(2 * (cold_variance + hot_variance))))


def spectrum_acceptance(spectrum: Spectrum, cold: float, hot: float) -> float:
    """<A> = 2 P(E_cold > E_hot) + P(E_cold = E_hot), exact for any system whose density of states is known.

    Holds because the pair is in equilibrium: the mean of min(1, exp(-Delta)) over pairs with Delta > 0 is the
    probability of Delta < 0.

    Args:
        spectrum: levels and log weights.
        cold, hot: the two temperatures.
    """
    order = np.argsort(spectrum.levels)
    _, first = np.unique(spectrum.levels[order], return_index=True)
    cold_law, hot_law = (np.add.reduceat(spectrum.probabilities(t)[order], first) for t in (cold, hot))
    below = np.concatenate([[0.0], np.cumsum(hot_law)[:-1]])  # P(E_hot < level)
    return float(2 * cold_law @ below + cold_law @ hot_law)


def noisy_acceptance(sigma: float) -> float:
    """<min(1, exp(-delta - sigma^2/2))> = 2 Phi(-sigma/2) for delta normal about 0 with deviation sigma."""
    return float(2 * ndtr(-sigma / 2))


def round_trip_rate(rejection: np.ndarray, deterministic: bool = True) -> float:
    """Round trips per sweep of all replicas together, 1 / (2 w + 2 sum_i r_i/(1 - r_i)).

    w = 1 for deterministic even-odd swaps (DEO), w = N, the number of pairs, for a parity drawn at random (SEO). It
    holds when the swaps of a pair are independent of one another.

    Args:
        rejection: r_i, (pair,), each in [0, 1).
        deterministic: DEO, else SEO.

    Source: Syed et al., J. R. Stat. Soc. B 84 (2022) 321, theorem 1 and corollary 2.
    """
    rejection = np.asarray(rejection, dtype=float)
    waiting = 1 if deterministic else len(rejection)
    return float(1 / (2 * waiting + 2 * np.sum(rejection / (1 - rejection))))


def flow(rejection: np.ndarray, deterministic: bool = True) -> np.ndarray:
    """f of every level, (level,), when swaps are independent of one another: 1 at the coldest, 0 at the hottest.

    A constant current J of replicas that come from the coldest level crosses every pair. With s_i = r_i/(1 - r_i),

        DEO: f_i - f_{i+1} = J (s_i + [i is the first pair]/2 + [i is the last]/2),   J = 1/(1 + sum s)
        SEO: f_i - f_{i+1} = J (1 + s_i),                                             J = 1/(N + sum s)

    Under DEO a replica keeps its direction until it is rejected, so that a level holds more that go than that come by
    just J; at the ends, where all carry one label, half of it goes missing. J/2 is the rate of round trips.

    Args:
        rejection: r_i, (pair,), each in [0, 1).
        deterministic: DEO, else SEO.
    """
    odds = np.asarray(rejection, dtype=float)
    steps = odds / (1 - odds) + (0 if deterministic else 1)
    if deterministic:
        steps[[0]] += 0.5
        steps[[-1]] += 0.5
    return 1 - np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
