"""From recalls in finite networks to the numbers of the theory: where the transition lies, how much signal is left."""

import math

import numpy as np
from scipy.optimize import least_squares
from scipy.special import erfinv, ndtr


def transition_load(
    neurons: np.ndarray, loads: np.ndarray, retrieved: np.ndarray, error: np.ndarray
) -> tuple[float, float]:
    """alpha_c and its standard error, by finite-size scaling: curves of all sizes cross at alpha_c.

    The fit is P_N(alpha) = Phi(a - b N^(1/2) (alpha - alpha_c) / alpha_c): the load of a sample fluctuates as
    N^(-1/2), and at alpha_c the fraction of successes is one number Phi(a) for all N. Where the fit is not good, the
    error is enlarged by sqrt(chi^2 / degrees of freedom).

    Args:
        neurons: N of each point, two sizes at least: (point,).
        loads: alpha: (point,).
        retrieved: P, the fraction of recalls that succeeded: (point,).
        error: standard error of P; 0 where all recalls went one way, which is taken as 1/100: (point,).
    """
    neurons, loads, retrieved, error = (np.asarray(v, dtype=float) for v in (neurons, loads, retrieved, error))
    if len(set(neurons)) < 2:
        raise ValueError(f"finite-size scaling needs at least two sizes, got {sorted(set(neurons))}")
    weight = 1 / np.hypot(error, 0.01)

    def residual(fit: np.ndarray) -> np.ndarray:
        middle, height, slope = fit
        return (ndtr(height - slope * np.sqrt(neurons) * (loads / middle - 1)) - retrieved) * weight

    half = loads[np.argmin(np.abs(retrieved - 0.5))]
    found = least_squares(residual, (half, 0.5, 0.3), x_scale=(half, 1, 0.3))
    spare = max(1, len(loads) - 3)
    covariance = np.linalg.inv(found.jac.T @ found.jac) * max(1.0, 2 * found.cost / spare)
    return float(found.x[0]), float(np.sqrt(covariance[0, 0]))


def share_from_overlap(load: float, overlap: float) -> float:
    """The kept fraction c at which the theory of a diluted network has the overlap m at load alpha and T = 0.

    The saddle point solved for c: with y = erfinv(m), x = m/(sqrt 2 y) and C = sqrt(2/pi) exp(-y^2)/x,

        alpha = x^2 / (1/(1 - C)^2 + (1 - c)/c),    so    1/c = 1 + x^2/alpha - 1/(1 - C)^2.

    Args:
        load: alpha > 0; overlap: m, 0 < m < 1.
    """
    y = float(erfinv(overlap))
    x = overlap / (math.sqrt(2) * y)
    response = math.sqrt(2 / math.pi) * math.exp(-(y**2)) / x
    return 1 / (1 + x**2 / load - 1 / (1 - response) ** 2)
