"""The three Gaussian averages of the replica-symmetric theory, to machine precision at any slope of the tanh.

With u = (m + x z)/T, z standard normal, Dz its measure, they are

    m~ = int Dz tanh u,    C = (1/T) int Dz sech^2 u,    L = T int Dz ln 2cosh u.

Where tanh is smooth on the scale of the Gaussian (x <= T) the integral over z is done as it stands. Where it is steep
(x > T) the temperature is turned into a random field: sech^2(v)/2 is a probability density, and

    tanh u = int dv sech^2(v)/2 sign(u - v),    ln 2cosh u = int dv sech^2(v)/2 |u - v|,

so that the average over z is the closed form of T = 0 in a field h = -T v, averaged over v:

    m~ = < erf y >,    C = < sqrt(2/pi) exp(-y^2)/x >,    L = < (m + h) erf y + x sqrt(2/pi) exp(-y^2) >,

with y = (m + h)/(sqrt 2 x).

Both integrands are analytic in a strip of half-width at least pi/2 around the real line, so the trapezoidal rule with
step 0.2 errs by exp(-2 pi (pi/2)/0.2) = 1e-21. At T = 0 the average over v is its own value at h = 0.
"""

import numpy as np
from scipy.special import erf

STEP = 0.2
NODES = STEP * np.arange(-50, 51)  # reach 10: exp(-50), and sech^2 wants twice as far
NORMAL = STEP * np.exp(-(NODES**2) / 2) / np.sqrt(2 * np.pi)
FIELDS = STEP * np.arange(-100, 101)  # reach 20: sech^2 = 2e-17
LOGISTIC = STEP * 0.5 / np.cosh(FIELDS) ** 2


def averages(m: float, x: float, temperature: float) -> tuple[float, float, float, float]:
    """(m~, q, C, L): the right-hand sides of the saddle point, with q = int Dz tanh^2 u = 1 - T C.

    Args:
        m: overlap.
        x: sqrt(alpha r), the width of the crosstalk noise; x > 0, or x = 0 with T > 0.
        temperature: T >= 0.
    """
    if x <= temperature:
        u = (m + x * NODES) / temperature
        tanh, decay = np.tanh(u), np.exp(-2 * np.abs(u))
        slope = 4 * decay / (1 + decay) ** 2  # sech^2, without overflow
        log_cosh = np.abs(u) + np.log1p(decay)
        return (float(NORMAL @ tanh), float(NORMAL @ tanh**2), float(NORMAL @ slope) / temperature,
                float(NORMAL @ log_cosh) * temperature)  # fmt: skip
    fields, weight = (FIELDS, LOGISTIC) if temperature > 0 else (np.zeros(1), np.ones(1))
    local = m - temperature * fields
    y = local / (np.sqrt(2) * x)
    step, bell = erf(y), np.sqrt(2 / np.pi) * np.exp(-(y**2))
    response = float(weight @ bell) / x
    return float(weight @ step), 1 - temperature * response, response, float(weight @ (local * step + x * bell))


def largest_root(x: float, temperature: float) -> float:
    """The root m > 0 of m = int Dz tanh((m + x z)/T), or 0 where there is none (C at m = 0 below 1).

    The right-hand side is concave for m > 0, so Newton's method from m = 1 falls monotonically onto the largest root;
    there C < 1 of itself.
    """
    if averages(0.0, x, temperature)[2] <= 1:
        return 0.0
    m = 1.0
    for _ in range(200):
        value, _, response, _ = averages(m, x, temperature)
        lower = m - (m - value) / (1 - response) if response < 1 else m
        if not lower < m or lower <= 0:
            break
        m = lower
    return m
