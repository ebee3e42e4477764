"""Exact shares of the signal that a pruned Gaussian layer keeps: closed at both ends of beta, one integral between.

A weight w ~ N(0, 1) stays with probability n(w) = 1/(1 + exp(-beta (w^2 - mu))); mu holds the density f = <n>. What is
kept of the signal energy is c(f, beta) = <w^2 n> / <w^2>.
"""

import math
from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfc, erfcinv, expit


def magnitude_density(threshold: float) -> float:
    """Fraction of a Gaussian layer with |w| > s std(w): erfc(s / sqrt 2)."""
    return float(erfc(threshold / math.sqrt(2)))


def magnitude_signal(density: float) -> float:
    """c(f) = f + 2 x0 phi(x0) with f = 2 Q(x0): beta -> infinity. c(.5) = .929, c(.1) = .439, c(.05) = .279."""
    x0 = math.sqrt(2) * float(erfcinv(density))
    return density + 2 * x0 * math.exp(-(x0**2) / 2) / math.sqrt(2 * math.pi)


def _mean(of, beta: float, mu: float) -> float:
    """<g(w) n(w)> over a Gaussian w; the integral is cut where n turns, so that large beta is resolved."""
    edge = math.sqrt(mu) if mu > 0 else 0.0
    width = min(1.0, 20 / (beta * max(edge, 1e-6))) if beta > 0 else 1.0
    places = sorted({0.0, max(0.0, edge - width), edge, edge + width, max(12.0, edge + 12.0)})

    def integrand(w: float) -> float:
        return 2 * of(w) * expit(beta * (w * w - mu)) * math.exp(-w * w / 2) / math.sqrt(2 * math.pi)

    return sum(quad(integrand, a, b, epsabs=1e-12, limit=200)[0] for a, b in pairwise(places))


def chemical_potential(density: float, beta: float) -> float:
    """mu at which a Gaussian layer keeps the density: <n> = f, for 0 < f < 1 and beta > 0."""
    logit = math.log(density / (1 - density))
    low, high = -1 - abs(logit) / beta, 2 * float(erfcinv(density)) ** 2 + 1 + abs(logit) / beta
    while _mean(lambda w: 1.0, beta, low) < density:
        low -= 1 + abs(low)
    return brentq(lambda mu: _mean(lambda w: 1.0, beta, mu) - density, low, high + 10 / beta, xtol=1e-12)


def boltzmann_signal(density: float, beta: float) -> float:
    """c(f, beta) = <w^2 n>: f itself at beta = 0 (any weights), `magnitude_signal` at beta = infinity."""
    if beta == 0:
        return density
    if np.isinf(beta):
        return magnitude_signal(density)
    return _mean(lambda w: w * w, beta, chemical_potential(density, beta))
