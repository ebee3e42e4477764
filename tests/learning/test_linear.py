"""The linear student: the formula's limits, samples of examples, and its exact Gaussian."""

import math

import pytest
import torch

from physlearn.instruments.statistics import mean_and_error
from physlearn.learning.linear import generalisation_error, linear_student, response
from physlearn.streams import stream


def test_the_response_function():
    """l G^2 - (1 - alpha - l) G - 1 = 0, its derivative by differences, its limits."""
    for alpha, ridge in ((0.3, 0.02), (1.0, 0.02), (4.0, 0.7), (50.0, 1e-2)):
        G, slope = response(alpha, ridge)
        assert ridge * G * G - (1 - alpha - ridge) * G - 1 == pytest.approx(0, abs=1e-9)
        h = 1e-5 * ridge
        assert (response(alpha, ridge + h)[0] - response(alpha, ridge - h)[0]) / (2 * h) == pytest.approx(
            slope, rel=1e-5
        )


def test_double_descent_without_a_ridge():
    for alpha in (0.4, 1.7):
        exact = 1 - alpha + 0.09 * alpha / (1 - alpha) if alpha < 1 else 0.09 / (alpha - 1)
        assert generalisation_error(alpha, 0.0, 0.3) == pytest.approx(exact)
        assert generalisation_error(alpha, 1e-7, 0.3) == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize(
    ("alpha", "ridge", "noise", "T"), [(0.6, 0.1, 0.5, 0.2), (1.0, 0.05, 0.7, 0.1), (2.0, 0.3, 0, 0.4)]
)
def test_samples_of_examples_have_the_error_of_the_formula(alpha, ridge, noise, T):
    draw = stream(3, "linear")
    mean, error = mean_and_error([linear_student(300, alpha, ridge, noise, draw).exact_error(T) for _ in range(24)])
    exact = generalisation_error(alpha, ridge, noise, T)
    assert abs(mean - exact) < 4 * error + 0.005 * exact


def test_energy_gradient_and_law_fit_together():
    student = linear_student(6, 1.5, 0.3, 0.4, stream(1, "linear"))
    w = torch.randn(4, 6, generator=stream(2, "linear"), dtype=torch.float64)
    h = 1e-6
    for i in range(6):
        step = torch.zeros(6, dtype=torch.float64)
        step[i] = h
        slope = (student.energy(w + step) - student.energy(w - step)) / (2 * h)
        assert torch.allclose(slope, student.gradient(w)[:, i], atol=1e-6)
    covariance = torch.linalg.inv(student.hessian)
    mean = covariance @ student.pull
    root = torch.linalg.cholesky(0.7 * covariance)
    states = mean + torch.randn(100_000, 6, generator=stream(3, "linear"), dtype=torch.float64) @ root.T
    measured, error = mean_and_error(student.error(states))
    assert abs(measured - student.exact_error(0.7)) < 4 * error
    measured, error = mean_and_error(student.energy(states))
    assert abs(measured - student.exact_energy(0.7)) < 4 * error
    assert student.exact_error(0.7, 0.1) > student.exact_error(0.7)
    assert student.teacher.square().sum() == pytest.approx(6.0)


def test_arguments_out_of_range():
    with pytest.raises(ValueError, match="infinite at T > 0"):
        generalisation_error(0.5, 0.0, 0.1, 0.2)
    with pytest.raises(ValueError, match="must be >= 0"):
        generalisation_error(0.5, 0.1, -0.1)
    with pytest.raises(ValueError, match="load and ridge must be > 0"):
        response(0.0, 0.1)
    with pytest.raises(ValueError, match="not stable"):
        linear_student(6, 1.5, 0.3, 0.4, stream(1, "linear")).exact_error(0.1, 5.0)
    assert math.isfinite(generalisation_error(1.0, 0.02, 0.5))
