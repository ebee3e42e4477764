"""Heat capacities against closed forms and quadrature, in both families; the sampler; relaxation; what fails."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from physlearn.thermodynamics.exact import linear_heat_capacity
from physlearn.thermodynamics.hamiltonian import HamiltonianMonteCarlo
from physlearn.thermodynamics.heat_capacity import Levels, Relaxation, heat_capacity, read, relaxation_time

T, SHARE, VARIANCE = 0.7, 0.25, 1.9
LEVELS = Levels(T, SHARE, 500)
BASIS = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
CURVATURE = BASIS @ np.diag([0.02, 0.4, 2.0, 5.0]) @ BASIS.T
OPTIMUM = np.array([0.9, -0.3, 1.4, 0.6])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def potential_of(loss, levels=LEVELS, dtype=torch.float64):
    """Phi = L/T of W = sigma w v; loss: (row, d) -> (row,)."""
    temperatures, widths = (torch.from_numpy(part).to(dtype) for part in levels.of_rows)

    def potential(v, part):
        return loss(math.sqrt(VARIANCE) * widths[part, None] * v[0]) / temperatures[part]

    return potential


def linear(W):
    off = W - torch.from_numpy(OPTIMUM)
    return torch.einsum("ri,ij,rj->r", off, torch.from_numpy(CURVATURE), off) / 2


def ripple(W):
    return 1.2 * (3 * W).cos().sum(1)


def readings(loss, dimensions, kind=HamiltonianMonteCarlo, moves=25, **keys):
    g = generator(3)
    start = [torch.randn(LEVELS.rows, dimensions, generator=g, dtype=torch.float64)]
    chain = kind(potential_of(loss), start, g, **keys)
    found = []
    for k in range(8 + moves):
        chain.move()
        if k >= 8:
            found.append(read(chain.potential, chain.positions))
    return torch.stack(found).numpy(), chain


@pytest.fixture(scope="module")
def linear_readings():
    return readings(linear, 4, kicks=5)


def exact_difference(mean):
    """(<L> at T+ less <L> at T-) over the difference of the temperatures."""
    low, high = T * (1 - SHARE), T * (1 + SHARE)
    return (mean(high) - mean(low)) / (high - low)


def test_a_linear_model_has_its_closed_form(linear_readings):
    found, chain = linear_readings
    assert 0.5 < chain.acceptance() < 0.97  # the test below is one of the acceptance, too
    C = heat_capacity(found, LEVELS, "likelihood")
    mean = lambda at: linear_heat_capacity(CURVATURE, OPTIMUM, VARIANCE, at)[0]  # noqa: E731
    assert C.fluctuations_se < 0.05
    assert abs(C.fluctuations - linear_heat_capacity(CURVATURE, OPTIMUM, VARIANCE, T)[1]) < 4 * C.fluctuations_se
    assert abs(C.difference - exact_difference(mean)) < 4 * C.difference_se
    # the closed form is its own derivative
    slope = (mean(T * 1.001) - mean(T * 0.999)) / (0.002 * T)
    assert linear_heat_capacity(CURVATURE, OPTIMUM, VARIANCE, T)[1] == pytest.approx(slope, rel=1e-5)


def test_a_linear_model_has_d_over_2_in_the_posterior_family(linear_readings):
    C = heat_capacity(linear_readings[0], LEVELS, "posterior")
    assert C.fluctuations_se < 0.1
    assert abs(C.fluctuations) < 4 * C.fluctuations_se
    assert abs(C.difference) < 4 * C.difference_se
    assert abs(C.z) < 4
    with pytest.raises(ValueError, match="family=cold"):
        heat_capacity(linear_readings[0], LEVELS, "cold")


def test_controls_every_move_accepted_and_the_wrong_family_fail(linear_readings):
    class Careless(HamiltonianMonteCarlo):
        def accept(self, change, uniform):
            return torch.ones_like(change, dtype=torch.bool)

    exact = linear_heat_capacity(CURVATURE, OPTIMUM, VARIANCE, T)[1]
    C = heat_capacity(readings(linear, 4, Careless, kicks=4)[0], LEVELS, "likelihood")
    assert abs(C.fluctuations - exact) > 6 * C.fluctuations_se
    mixed = heat_capacity(linear_readings[0], LEVELS, "posterior")  # no heat capacity of the data: 0, not C_L
    assert abs(mixed.fluctuations - exact) > 6 * mixed.fluctuations_se


def ripple_means(temperature, family):
    """<L> or <E> of one weight by quadrature."""
    prior = temperature / VARIANCE if family == "likelihood" else T / VARIANCE

    def weight(w):
        return math.exp(-(1.2 * math.cos(3 * w) + prior * w * w / 2) / temperature)

    def energy(w):
        return 1.2 * math.cos(3 * w) + (0.0 if family == "likelihood" else prior * w * w / 2)

    z = quad(weight, -9, 9, limit=200)[0]
    return quad(lambda w: energy(w) * weight(w), -9, 9, limit=200)[0] / z


@pytest.mark.parametrize("family", ["likelihood", "posterior"])
def test_an_anharmonic_energy_has_the_heat_capacity_of_quadrature(family, ripple_readings):
    C = heat_capacity(ripple_readings, LEVELS, family)
    base = 0.5 if family == "posterior" else 0.0  # d/2
    exact = (ripple_means(T * 1.001, family) - ripple_means(T * 0.999, family)) / (0.002 * T) - base
    apart = exact_difference(lambda at: ripple_means(at, family)) - base
    assert abs(exact) > 4 * C.difference_se
    assert abs(C.fluctuations - exact) < 4 * C.fluctuations_se
    assert abs(C.difference - apart) < 4 * C.difference_se


@pytest.fixture(scope="module")
def ripple_readings():
    return readings(ripple, 1)[0]


def test_free_weights_do_not_lower_the_acceptance():
    """Their rotation is exact: Phi = 0 is always accepted, however many weights there are."""
    start = [torch.randn(3, 50_000, generator=generator(1))]
    chain = HamiltonianMonteCarlo(lambda v, part: 0.0 * v[0].sum(1), start, generator(2), kicks=1)
    for _ in range(3):
        chain.move()
    assert chain.acceptance() == 1
    assert abs(float(chain.positions[0].square().mean()) - 1) < 4 * math.sqrt(2 / 150_000)


def test_relaxation_on_a_well_is_exact():
    """Phi = a v^2/2: v forgets its start in 1/(1 + a), its square in half of that."""
    a, rows, g = 1.5, 300, generator(5)
    v = [torch.randn(rows, 2, generator=g, dtype=torch.float64) / math.sqrt(1 + a)]
    motion = Relaxation(lambda v, part: a / 2 * v[0].square().sum(1), v, 0.02, g)
    series = torch.stack([motion.step() for _ in range(120)]).numpy()  # (time, 2, row)
    for i in range(2):
        value, error = relaxation_time(series[:, i], 0.02, groups=12)
        assert error < 0.03
        assert abs(value - 0.5 / (1 + a)) < 4 * error
    np.testing.assert_allclose(series[:, 0], a * series[:, 1], rtol=1e-9)


def test_rows_that_are_computed_together_or_apart_are_the_same(monkeypatch):
    from physlearn.thermodynamics import hamiltonian

    def run():
        g = generator(9)
        chain = HamiltonianMonteCarlo(
            potential_of(linear), [torch.randn(LEVELS.rows, 4, generator=g, dtype=torch.float64)], g
        )
        chain.move()
        return chain.positions[0], read(chain.potential, chain.positions)

    whole = run()
    monkeypatch.setattr(hamiltonian, "TOGETHER", 4 * 333)
    for a, b in zip(whole, run(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
