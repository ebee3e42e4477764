"""The saddle point against printed numbers, against scipy's adaptive quadrature, and at the corners of its domain."""

import math
import random

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from physlearn.hopfield.averages import averages
from physlearn.hopfield.theory import (
    diluted_overlap,
    glass_temperature,
    order_parameters,
    signal_kept,
    spinodal_load,
    thermodynamic_load,
    transition_temperature,
)


@pytest.mark.parametrize(
    ("temperature", "spinodal", "thermodynamic"),
    [(0.1, 0.135049, 0.05309), (0.3, 0.103330, 0.04503), (0.5, 0.058816, 0.02808), (0.7, 0.022322, 0.01148),
     (0.9, 0.002568, 0.00141)],
)  # fmt: skip
def test_spinodal_and_thermodynamic_lines(temperature, spinodal, thermodynamic):
    assert spinodal_load(temperature) == pytest.approx(spinodal, abs=5e-7)
    assert thermodynamic_load(temperature) == pytest.approx(thermodynamic, abs=5e-6)


def test_the_transition_temperature_is_where_the_thermodynamic_line_has_the_load():
    """alpha_c(T = .3) = .04503, .02808 at .5; above the largest load of the line, .0531, there is none."""
    assert transition_temperature(0.04503) == pytest.approx(0.3, abs=2e-4)
    assert transition_temperature(0.02808) == pytest.approx(0.5, abs=2e-4)
    assert transition_temperature(0.054) is None


def test_zero_temperature_has_the_published_capacity():
    """alpha_c = .137905566, m_c = .967417; retrieval is the ground state below .051854."""
    assert spinodal_load(0.0) == pytest.approx(0.137905566, abs=5e-10)
    assert order_parameters(spinodal_load(0.0), 0.0).m == pytest.approx(0.967417, abs=5e-7)
    assert thermodynamic_load(0.0) == pytest.approx(0.051854, abs=5e-7)
    for load, m in ((0.08, 0.999557), (0.10, 0.997999), (0.12, 0.993223)):
        assert order_parameters(load, 0.0).m == pytest.approx(m, abs=5e-7)


def test_zero_temperature_agrees_with_the_one_line_formula():
    """alpha(y) = [erf y/y - (2/sqrt pi) exp(-y^2)]^2 / 2, m = erf y."""
    for y in (1.6, 2.0, 3.0, 7.0):
        load = (math.erf(y) / y - 2 / math.sqrt(math.pi) * math.exp(-(y**2))) ** 2 / 2
        assert order_parameters(load, 0.0).m == pytest.approx(math.erf(y), abs=1e-10)


def test_order_parameters_at_a_printed_point():
    assert order_parameters(0.05, 0.5) == pytest.approx((0.904106, 0.833358, 1.874778, -0.517014), abs=5e-7)


def gaussian_mean(function, m, x, temperature):
    """int Dz function((m + x z)/T) by adaptive quadrature, told where the integrand is steep."""
    centre, width = -m / x, temperature / x
    inner = {min(12.0, max(-12.0, centre + k * width)) for k in (-20, -3, 0, 3, 20)}
    edges = sorted({-12.0, 12.0} | inner)

    def density(z):
        return function((m + x * z) / temperature) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return sum(quad(density, a, b, epsabs=1e-13, epsrel=1e-12, limit=300)[0] for a, b in zip(edges, edges[1:]))  # noqa: B905, RUF007


def residuals(m, q, r, f, alpha, temperature):
    """How far (m, q, r, f) is from the four equations as Amit, Gutfreund & Sompolinsky print them."""
    x, beta = math.sqrt(alpha * r), 1 / temperature
    c = beta * (1 - q)
    entropy = gaussian_mean(lambda u: np.logaddexp(u, -u), m, x, temperature)
    free = alpha / 2 + m**2 / 2 + alpha / (2 * beta) * (math.log(1 - c) - beta * q / (1 - c))
    free += alpha * beta / 2 * r * (1 - q) - entropy / beta
    return (
        m - gaussian_mean(math.tanh, m, x, temperature),
        q - gaussian_mean(lambda u: math.tanh(u) ** 2, m, x, temperature),
        r * (1 - c) ** 2 / q - 1,
        f - free,
    )


@pytest.mark.parametrize("temperature", [0.01, 0.02, 0.07, 0.35, 0.62, 0.95, 0.99])
@pytest.mark.parametrize("part", [1e-6, 0.01, 0.6, 0.9999])
@pytest.mark.parametrize("branch", ["retrieval", "spin_glass"])
def test_solutions_satisfy_the_saddle_point_equations(temperature, part, branch):
    alpha = part * spinodal_load(temperature)
    solution = order_parameters(alpha, temperature, branch)
    assert residuals(*solution, alpha, temperature) == pytest.approx((0, 0, 0, 0), abs=2e-9)
    assert 1 - (1 - solution.q) / temperature > 0, "C < 1"
    assert (solution.m > 0) == (branch == "retrieval")


@pytest.mark.parametrize(("temperature", "alpha"), [(0.6, 3.0), (1.2, 0.3), (2.0, 1.7), (0.05, 40.0)])
def test_spin_glass_far_beyond_the_spinodal(temperature, alpha):
    assert residuals(*order_parameters(alpha, temperature, "spin_glass"), alpha, temperature) == pytest.approx(
        (0, 0, 0, 0), abs=1e-8
    )


def test_sixty_gauss_hermite_nodes_would_not_do():
    """Negative control: the usual fixed quadrature misses the sixth digit of C where tanh is steep."""
    z, w = np.polynomial.hermite_e.hermegauss(60)
    m, x, temperature = 0.967, 0.45, 0.05
    usual = (w / w.sum()) @ (1 / np.cosh((m + x * z) / temperature) ** 2) / temperature
    exact = gaussian_mean(lambda u: 1 / math.cosh(u) ** 2, m, x, temperature) / temperature
    assert abs(usual - exact) > 1e-6
    assert averages(m, x, temperature)[2] == pytest.approx(exact, abs=1e-12)


def test_averages_do_not_jump_where_the_method_changes():
    for m, temperature in ((0.0, 0.7), (0.6, 0.3), (0.99, 0.02)):
        below, above = (
            averages(m, temperature * (1 - 1e-13), temperature),
            averages(m, temperature * (1 + 1e-13), temperature),
        )
        assert below == pytest.approx(above, abs=3e-12)


def test_zero_temperature_is_the_limit():
    for branch in ("retrieval", "spin_glass"):
        cold, colder = (tuple(order_parameters(0.1, temperature, branch)) for temperature in (1e-6, 0.0))
        assert cold == pytest.approx(colder, abs=2e-5)
    m, _, r, f = order_parameters(0.1, 0.0)
    assert f == pytest.approx(-(m**2) / 2 + 0.05 * (1 - r), abs=1e-12)


def test_slope_of_the_free_energy_is_the_energy():
    """d(f/T)/d(1/T) = u = -m^2/2 + (alpha/2) [1 - 1/(1 - C) - C r]: the order parameters are where f is stationary."""
    alpha, temperature, step = 0.04, 0.4, 1e-5
    m, q, r, _ = order_parameters(alpha, temperature)
    high, low = temperature + step, temperature - step
    rise = order_parameters(alpha, high).f / high - order_parameters(alpha, low).f / low
    c = (1 - q) / temperature
    exact = -(m**2) / 2 + alpha / 2 * (1 - 1 / (1 - c) - c * r)
    assert rise / (1 / high - 1 / low) == pytest.approx(exact, abs=1e-8)
    wrong = -(m**2) / 2 + alpha / 2 * (1 - r)  # negative control: the energy of T = 0
    assert abs(rise / (1 / high - 1 / low) - wrong) > 1e-4


def test_transition_lines_meet_at_one():
    """alpha_M and alpha_c go to 0 as (1 - T)^2; from T = 1 up there is no retrieval."""
    for t in (1e-2, 1e-3, 1e-4):
        assert spinodal_load(1 - t) / t**2 == pytest.approx(0.2619, rel=0.01)
    assert spinodal_load(1.0) == spinodal_load(1.3) == thermodynamic_load(1.0) == 0.0


def test_spin_glass_melts_into_the_paramagnet_at_t_g():
    """T_g = 1 + sqrt(alpha): q falls to 0 and the free energies meet."""
    alpha = 0.07
    glass = order_parameters(alpha, glass_temperature(alpha) - 1e-4, "spin_glass")
    para = order_parameters(alpha, glass_temperature(alpha) - 1e-4, "paramagnet")
    assert 0 < glass.q < 1e-3
    assert glass.f == pytest.approx(para.f, abs=1e-9)
    assert para[:3] == (0, 0, 0)


def test_dilution_by_magnitude_keeps_c_of_f():
    for fraction, share in ((0.5, 0.929), (0.1, 0.439), (0.05, 0.279)):
        assert signal_kept(fraction) == pytest.approx(share, abs=5e-4)
    for kept, load in ((0.5, 0.0865), (0.1, 0.0276)):
        assert spinodal_load(0.0, kept) == pytest.approx(load, abs=5e-5)
    for fraction, load in ((0.5, 0.1312), (0.1, 0.0793)):
        assert spinodal_load(0.0, signal_kept(fraction)) == pytest.approx(load, abs=5e-5)


@pytest.mark.parametrize("temperature", [0.2, 0.6])
@pytest.mark.parametrize("kept", [0.1, 0.7, 1.0])
def test_diluted_overlap_solves_sompolinskys_equations(temperature, kept):
    """alpha = x^2 / (q [1/(1 - C)^2 + (1 - c)/c]) at the x at which m = int Dz tanh((m + x z)/T) has this m."""
    alpha = 0.7 * spinodal_load(temperature, kept)
    m = diluted_overlap(alpha, temperature, kept)
    x = brentq(lambda x: gaussian_mean(math.tanh, m, x, temperature) - m, 1e-3, 1.0, xtol=1e-13)
    q = gaussian_mean(lambda u: math.tanh(u) ** 2, m, x, temperature)
    noise = 1 / (1 - (1 - q) / temperature) ** 2 + (1 - kept) / kept
    assert x**2 / (q * noise) == pytest.approx(alpha, rel=1e-7)
    if kept == 1:
        assert m == pytest.approx(order_parameters(alpha, temperature).m, abs=1e-12)
    with pytest.raises(ValueError, match="spinodal load there is"):
        diluted_overlap(1.01 * alpha / 0.7, temperature, kept)


def test_solutions_at_random_points_lie_on_one_branch():
    """m falls with alpha and with T on the whole retrieval branch."""
    draws = random.Random(3)
    for _ in range(20):
        temperature = draws.uniform(0, 0.98)
        alpha = draws.uniform(0, 1) * spinodal_load(temperature)
        m = order_parameters(alpha, temperature).m
        assert order_parameters(0.97 * alpha, temperature).m > m
        assert order_parameters(0.97 * alpha, 0.999 * temperature).m > m


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.06, 0.5), "spinodal load there is 0.0588155"),
        ((0.01, 1.2), "spinodal load there is 0"),
        ((-0.1, 0.5), "alpha must be a finite number >= 0, got -0.1"),
        ((0.1, -0.5), "temperature must be a finite number >= 0, got -0.5"),
        ((0.1, math.nan), "temperature must be a finite number"),
        ((0.1, 1.5, "spin_glass"), "T_g"),
        ((0.0, 0.5, "spin_glass"), "alpha > 0"),
        ((0.1, 0.9, "paramagnet"), "T > 1"),
        ((0.1, 0.1, "glass"), "branch must be one of"),
    ],
)
def test_bad_input_gets_one_clear_line(arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        order_parameters(*arguments)
    assert "\n" not in str(caught.value)
