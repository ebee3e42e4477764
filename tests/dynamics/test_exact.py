"""The closed forms against an independent derivation: the stationary covariance of the linear map, to 12 digits.

Each scheme on a well is z <- A z + sum_i b_i w_i with independent noises w_i, so its covariance S = A S A^T + Q.
"""

import numpy as np
import pytest
from scipy.linalg import expm, solve_discrete_lyapunov

from physlearn.dynamics import exact

H, K, T, C = 0.37, 1.9, 2.3, 1.1


def covariance(update, *noises):
    """Stationary covariance of z <- update z + noise, `noises` = (direction, variance)."""
    return solve_discrete_lyapunov(update, sum(v * np.outer(b, b) for b, v in noises))


def test_euler():
    S = covariance(np.array([[1 - H * K]]), ([H], C), ([1.0], 2 * H * T))
    assert exact.euler_variance(H, K, T, C) == pytest.approx(S[0, 0], rel=1e-12)


def test_leimkuhler_matthews():
    b = np.sqrt(H * T / 2)  # state (x, the noise kept)
    S = covariance(np.array([[1 - H * K, b], [0, 0]]), ([H, 0], C), ([b, 1.0], 1.0))
    assert exact.leimkuhler_matthews_variance(H, K, T, C) == pytest.approx(S[0, 0], rel=1e-12)


def test_sghmc():
    mu = 0.7  # state (x, v); the new v moves x
    v, thermal = np.array([-H * K, mu]), 2 * (1 - mu) * H * T
    S = covariance(np.array([np.array([1, 0]) + v, v]), ([H, H], C), ([1.0, 1.0], thermal))
    assert exact.sghmc_variance(H, K, T, mu, C) == pytest.approx((S[0, 0], S[1, 1]), rel=1e-12)


def test_underdamped():
    m, gamma = 1.7, 0.9
    c = np.exp(-gamma * H)
    B, O = np.array([[1, 0], [-H * K, 1]]), np.diag([1, c])
    A = expm(np.array([[0, H / (2 * m)], [0, 0]]))
    S = covariance(A @ O @ A @ B, (A @ O @ A @ [0, H], C), (A @ [0, 1], (1 - c**2) * m * T))
    assert exact.underdamped_variance(H, K, T, gamma, m, C) == pytest.approx((S[0, 0], S[1, 1]), rel=1e-12)


@pytest.mark.parametrize("scheme", ["euler", "leimkuhler_matthews"])
def test_kurtosis_is_the_sum_over_past_noise(scheme):
    rho = 1 - H * K
    weights = rho ** np.arange(400.0)
    if scheme == "leimkuhler_matthews":
        weights = weights + np.concatenate([[0], weights[:-1]])
    truth = -1.3 * (weights**4).sum() / (weights**2).sum() ** 2
    assert exact.kurtosis(H, K, scheme, -1.3) == pytest.approx(truth, rel=1e-12)


def test_mala_acceptance_is_a_gaussian_integral():
    """Mean of min(1, A) over exact states and proposals, by simulation in NumPy; and the printed value."""
    rng, d = np.random.default_rng(1), 3
    x = rng.normal(size=(400_000, d)) * np.sqrt(T / K)
    new = x - H * K * x + np.sqrt(2 * H * T) * rng.normal(size=x.shape)
    log_ratio = -H * K**2 / (4 * T) * ((new**2).sum(1) - (x**2).sum(1))
    accepted = np.minimum(1, np.exp(log_ratio))
    z = (accepted.mean() - exact.mala_acceptance(H, K, d)) / (accepted.std() / np.sqrt(len(x)))
    assert abs(z) < 4
    assert exact.mala_acceptance(0.5, 1.0, 5) == pytest.approx(0.791, abs=5e-4)


def test_nose_hoover_friction_solves_its_equation():
    xi = exact.nose_hoover_friction(H, T, 0.8, inertia=1.4, dimension=6, noise=C)
    assert xi == pytest.approx(0.8 + H * C / (2 * T) + H * (xi**2 - T / (1.4 * 6)) / 2, rel=1e-12)
