"""Exact values: the driven trap under Euler steps, quench, moving trap, and what a Gaussian parameter stores."""

import math
from typing import Any

import numpy as np

from physlearn.thermodynamics.traps import Trap


def free_energy_difference(trap: Trap, temperature: float) -> float:
    """F_K - F_0 = (T/2) ln(kappa_K/kappa_0)."""
    return temperature / 2 * math.log(float(trap.stiffness[-1] / trap.stiffness[0]))


def work_alone(trap: Trap, step: float, temperature: float) -> float:
    """<exp(-W/T)> under Euler steps, which is Z_K/Z_0 only for h -> 0: shadow work is left out.

    The weighted density p_k(x) exp(-W_k/T) stays Gaussian: each switch multiplies it by exp(-(U_k - U_(k-1))/T), each
    step maps x to (1 - h kappa)x + h kappa c and adds the variance 2hT.
    """
    kappa, centre = trap.stiffness.numpy(), trap.centre.numpy()
    log, mean, variance = 0.0, float(centre[0]), temperature / float(kappa[0])
    for k in range(1, len(kappa)):
        # exp(-a x^2/2 + b x - c), the weight of the switch
        a = (kappa[k] - kappa[k - 1]) / temperature
        b = (kappa[k] * centre[k] - kappa[k - 1] * centre[k - 1]) / temperature
        c = (kappa[k] * centre[k] ** 2 - kappa[k - 1] * centre[k - 1] ** 2) / (2 * temperature)
        narrow = 1 / (1 / variance + a)
        shifted = narrow * (mean / variance + b)
        log += math.log(narrow / variance) / 2 + (shifted**2 / narrow - mean**2 / variance) / 2 - c
        pace = step * kappa[k]
        mean, variance = (1 - pace) * shifted + pace * centre[k], (1 - pace) ** 2 * narrow + 2 * step * temperature
    return math.exp(log)


def law_of_end(trap: Trap, step: float, temperature: float) -> tuple[float, float]:
    """(mean, variance) of x_K from equilibrium in U_0 under Euler steps: it stays Gaussian."""
    kappa, centre = trap.stiffness.tolist(), trap.centre.tolist()
    mean, variance = centre[0], temperature / kappa[0]
    for k in range(1, len(kappa)):
        pace = step * kappa[k]
        mean, variance = (1 - pace) * mean + pace * centre[k], (1 - pace) ** 2 * variance + 2 * step * temperature
    return mean, variance


def work_of_moving_trap(trap: Trap, step: float, temperature: float) -> tuple[float, float]:
    """(mean, variance) of W for a trap of constant stiffness that moves, under Euler steps: W is Gaussian.

    W_k = -kappa (c_k - c_(k-1)) (x - (c_k + c_(k-1))/2). For h -> 0 at speed v over a time t <W> is
    `moving_trap`'s and Var W = 2T <W>.
    """
    kappa, centre = float(trap.stiffness[0]), trap.centre.tolist()
    x, variance, work, spread, shared = centre[0], temperature / kappa, 0.0, 0.0, 0.0  # shared: Cov(x, W)
    for k in range(1, len(centre)):
        slope = -kappa * (centre[k] - centre[k - 1])
        work += slope * (x - (centre[k] + centre[k - 1]) / 2)
        spread += slope**2 * variance + 2 * slope * shared
        shared += slope * variance
        pace = step * kappa
        x, shared = (1 - pace) * x + pace * centre[k], (1 - pace) * shared
        variance = (1 - pace) ** 2 * variance + 2 * step * temperature
    return work, spread


def moving_trap(speed: float, stiffness: float, time: float) -> float:
    """<W> = v^2 [t - (1 - exp(-kappa t))/kappa] in continuous time, mobility 1; Var W = 2T <W>."""
    return speed**2 * (time - (1 - math.exp(-stiffness * time)) / stiffness)


def quench(before: float, after: float, temperature: float) -> tuple[float, float, float]:
    """(<W>, Var W, <exp(-W/T)>) of a sudden change of kappa: W/(T r/2) is chi^2_1, r = kappa_1/kappa_0 - 1."""
    ratio = after / before - 1
    return temperature * ratio / 2, (temperature * ratio) ** 2 / 2, math.sqrt(before / after)


def gaussian_model(
    steps: int,
    step: float,
    temperature: float = 1.0,
    prior: float = 1.0,
    stiffness: float = 4.0,
    spread: float = 1.5,
    noise: float = 0.5,
) -> dict[str, float]:
    """What one parameter stores of the target d that it is drawn to, U = k (theta - d)^2/2, in closed form.

    theta_0 ~ N(0, T/k_0), d ~ N(0, tau^2), read as x ~ N(theta, s^2). After K Euler steps theta given d has mean a d
    and variance v: with rho = 1 - hk, a = 1 - rho^K, v = v_inf + rho^(2K) (T/k_0 - v_inf), v_inf = T/(k(1 - hk/2)).

        m_info = ln(1 + a^2 tau^2/v)/2       l_info = ln(1 + a^2 tau^2/(v + s^2))/2
        readout = I(Theta; X) = ln(1 + (v + a^2 tau^2)/s^2)/2
        cost = Delta S(theta) + (k/2T)(1 - hk/2)(u_0 - u_K),  u = v + (1 - a)^2 tau^2;     efficiency = m_info/cost

    Args:
        steps: K. step: h. temperature: T. prior: k_0. stiffness: k. spread: tau. noise: s.
    """
    rho, T, k = 1 - step * stiffness, temperature, stiffness
    rest, first = T / (k * (1 - step * k / 2)), T / prior
    a, v = 1 - rho**steps, rest + rho ** (2 * steps) * (first - rest)
    signal = (a * spread) ** 2
    entropy = k / (2 * T) * (1 - step * k / 2) * (first + spread**2 - v - ((1 - a) * spread) ** 2)
    cost = math.log((v + signal) / first) / 2 + entropy
    found = {
        "m_info": math.log1p(signal / v) / 2,
        "l_info": math.log1p(signal / (v + noise**2)) / 2,
        "readout": math.log1p((v + signal) / noise**2) / 2,
        "entropy": entropy,
        "cost": cost,
    }
    return found | {"efficiency": found["m_info"] / cost if cost else math.nan}


def linear_heat_capacity(
    curvature: np.ndarray, optimum: np.ndarray, variance: float, temperature: float
) -> tuple[float, float]:
    """(<L>, C_L = d<L>/dT) of L = (W - W_0).A(W - W_0)/2 under exp(-L/T) N(W; 0, sigma^2), in closed form.

    W is normal with covariance S = (A/T + 1/sigma^2)^-1 and mean W_0 - S W_0/sigma^2. In family=posterior the energy,
    prior included, is d T/2 and a constant: C - d/2 = 0.

    Args:
        curvature: A, (parameter, parameter). optimum: W_0, (parameter,). variance: sigma^2. temperature: T.
    """
    A, S = curvature, np.linalg.inv(curvature / temperature + np.eye(len(curvature)) / variance)
    off = S @ optimum / variance
    mean = np.trace(A @ S) / 2 + off @ A @ off / 2
    return float(mean), float((np.trace(A @ S @ A @ S) / 2 + off @ A @ S @ A @ off) / temperature**2)


def bijection(first: np.ndarray, second: np.ndarray, order: np.ndarray) -> dict[str, Any]:
    """Two independent systems under a bijection of their joint states: entropy production and mutual information.

    A bijection keeps the joint entropy, so that Sigma = S(A') + S(B') - S(A) - S(B) = I(A'; B') exactly.

    Args:
        first: p(a), (state,). second: p(b), (other,). order: a permutation of their (state x other) joint states.
    """
    joint = np.outer(first, second).ravel()[order].reshape(len(first), len(second))
    one, other = joint.sum(1), joint.sum(0)
    shared = joint[joint > 0] * np.log(joint / np.outer(one, other))[joint > 0]
    produced = shannon(one) + shannon(other) - shannon(first) - shannon(second)
    return {"sigma": produced, "information": float(shared.sum())}


def shannon(probabilities: np.ndarray) -> float:
    """-sum p ln p in nats."""
    p = np.asarray(probabilities, dtype=float)
    return float(-(p[p > 0] * np.log(p[p > 0])).sum())
