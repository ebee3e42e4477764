"""Closed forms of the equations of motion on a harmonic well E = k x^2 / 2: the truth that tests and `task=verify` use.

Throughout: h = `step`, k = `stiffness`, T = `temperature`, C = `noise`, the variance of the gradient noise of one step,
independent from step to step (fresh minibatches: `minibatch_noise`). Numbers and arrays both work.
"""

import math
from typing import Any

import numpy as np
from scipy.special import betainc

Array = np.ndarray
Number = Any  # a float, or an array of them


def euler_variance(step: Number, stiffness: Number, temperature: Number, noise: Number = 0.0) -> Number:
    """Var x = (T + hC/2)/k / (1 - hk/2), for hk < 2: Euler-Maruyama = SGLD (Welling & Teh 2011).

    With a frozen metric G (pSGLD): the same with hG in place of h.
    """
    return (temperature + step * noise / 2) / stiffness / (1 - step * stiffness / 2)


def euler_autocorrelation(step: Number, stiffness: Number, lag: int = 1) -> Number:
    """<x_n x_{n+lag}>/<x^2> = (1 - hk)^lag under Euler."""
    return (1 - step * stiffness) ** lag


def epoch_variance(step: float, stiffness: float, noise: float, batches: int) -> tuple[float, float]:
    """Var x of SGD at T = 0 on epochs of M = `batches` reshuffled batches: (at the end of an epoch, mean over it).

    The noises of an epoch add up to 0, so any two have the covariance -C/(M-1). With rho = 1 - hk and j steps done,

        V_j = rho^(2j) V_0 + h^2 C M/(M-1) [sum_i rho^(2i) - (sum_i rho^i)^2/M],   i = 0 ... j-1,   V_M = V_0.
    """
    rho, powers = 1 - step * stiffness, (1 - step * stiffness) ** np.arange(batches)
    scatter = np.cumsum(powers**2) - np.cumsum(powers) ** 2 / batches
    added = step**2 * noise * batches / (batches - 1) * scatter  # of the epoch's own noise, after 1 ... M steps
    end = added[-1] / (1 - rho ** (2 * batches))
    return float(end), float((rho ** (2 * np.arange(1, batches + 1)) * end + added).mean())


def leimkuhler_matthews_variance(step: Number, stiffness: Number, temperature: Number, noise: Number = 0.0) -> Number:
    """Var x = T/k + hC/(k(2 - hk)), for hk < 2 (Leimkuhler & Matthews 2013): no bias without gradient noise."""
    return temperature / stiffness + step * noise / (stiffness * (2 - step * stiffness))


def kurtosis(step: Number, stiffness: Number, scheme: str = "euler", noise_kurtosis: float = -2.0) -> Number:
    """Excess kurtosis of x when the thermal noise has excess kurtosis kappa (-2 for random signs), rho = 1 - hk, C = 0.

    euler: kappa (1 - rho^2)/(1 + rho^2); leimkuhler_matthews: kappa (1 - rho)(1 + rho + 2 rho^2)/(2(1 + rho^2)).
    x = sum_j a_j xi_{n-j} with a_j = rho^j or (1, 1 + rho, rho(1 + rho), ...), and kappa_x = kappa sum a^4/(sum a^2)^2.
    """
    rho = 1 - step * stiffness
    if scheme == "euler":
        return noise_kurtosis * (1 - rho**2) / (1 + rho**2)
    return noise_kurtosis * (1 - rho) * (1 + rho + 2 * rho**2) / (2 * (1 + rho**2))


def sghmc_variance(
    step: Number, stiffness: Number, temperature: Number, momentum: Number, noise: Number = 0.0
) -> tuple[Number, Number]:
    """(Var x, Var v) of v <- mu v - h g + sqrt(2(1-mu)hT) xi, x <- x + v (Chen 2014), mu = `momentum`.

    T' = T + hC/(2(1-mu)); Var x = T'/k / (1 - hk/(2(1+mu))); Var v = 2hT'/(1+mu) / (1 - hk/(2(1+mu))).
    """
    heated = temperature + step * noise / (2 * (1 - momentum))
    bias = 1 - step * stiffness / (2 * (1 + momentum))
    return heated / stiffness / bias, 2 * step * heated / (1 + momentum) / bias


def underdamped_variance(
    step: Number, stiffness: Number, temperature: Number, friction: Number, mass: Number = 1.0, noise: Number = 0.0
) -> tuple[Number, Number]:
    """(<x^2>, <p^2>) after a step B A O A, c = exp(-gamma h), h^2 k < 4m.

    <x^2> = T/k + C h^2 (1+c)/(k(1-c)(4m - h^2 k)); <p^2> = mT + 4 C c^2 h^2 m/((1-c^2)(4m - h^2 k)).
    """
    c, room = np.exp(-friction * step), 4 * mass - step**2 * stiffness
    position = temperature / stiffness + noise * step**2 * (1 + c) / (stiffness * (1 - c) * room)
    return position, mass * temperature + 4 * noise * c**2 * step**2 * mass / ((1 - c**2) * room)


def nose_hoover_friction(
    step: float, temperature: float, diffusion: float, inertia: float, dimension: int, noise: float = 0.0
) -> float:
    """<xi> of SGNHT on a flat energy: the root of <xi> = A + hC/(2T) + h(<xi>^2 - Var xi)/2 with Var xi = T/(qd).

    A = `diffusion`, q = `inertia`, d = `dimension`. It says that <|p|^2> is stationary: with s = |p|^2/d,
    2<xi s> = 2AT + hC + h<xi^2 s>, and the update of xi from the new p makes <xi s> = T<xi> + h Var(s)/(2q), where
    Var s = 2T^2/d. Large d leaves <xi> = A + hC/(2T) + h<xi>^2/2.
    """
    source = diffusion + step * noise / (2 * temperature) - step * temperature / (2 * inertia * dimension)
    return (1 - math.sqrt(1 - 2 * step * source)) / step


def nose_hoover_variance(step: Number, stiffness: Number, temperature: Number, friction: Number) -> Number:
    """<x^2> = (T/k)(1 - h<xi>/2) of SGNHT, whatever C: the momenta, not the weights, sit at T exactly.

    From <x'^2> = <x^2> and <p^2> = T when xi varies slowly; `friction` is <xi>.
    """
    return temperature / stiffness * (1 - step * friction / 2)


def mala_acceptance(step: Number, stiffness: Number, dimension: int) -> Number:
    """Mean acceptance of MALA on d equal wells: 2 I_q(d/2, d/2), q = (1/2)[1 - (hk)^{3/2}/sqrt((hk)^3 + 8)]."""
    cube = (step * stiffness) ** 3
    return 2 * betainc(dimension / 2, dimension / 2, (1 - np.sqrt(cube / (cube + 8))) / 2)


def configurational_temperature(step: Number, stiffness: Number, temperature: Number, noise: Number = 0.0) -> Number:
    """<x dE/dx> = (T + hC/2)/(1 - hk/2) under SGLD, the gradient drawn independently of x."""
    return stiffness * euler_variance(step, stiffness, temperature, noise)
