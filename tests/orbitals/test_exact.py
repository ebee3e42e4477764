"""Orbitals against their closed forms, against one another's quadratures, and against scipy's harmonics."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch

from physlearn.orbitals import Orbital, amplitude, draw, entropy, holding_radius, moments, summarise
from physlearn.orbitals.averages import worst
from physlearn.orbitals.exact import at_temperature, between, outside

ALL = [Orbital(n, l, m) for n in range(1, 5) for l in range(n) for m in range(-l, l + 1)]
SOME = [Orbital(1, 0, 0), Orbital(4, 0, 0), Orbital(4, 1, 0), Orbital(3, 2, -1), Orbital(4, 3, 2), Orbital(8, 3, 1)]
ENTROPIES = {  # nats; |psi|^2 of the complex convention
    (1, 0, 0): 3 + math.log(math.pi), (2, 0, 0): 8.1109294, (2, 1, 0): 7.2648971, (2, 1, 1): 7.5717499,
    (2, 1, -1): 7.5717499, (3, 0, 0): 10.4264812, (3, 1, 0): 9.8058471, (3, 2, 0): 9.3456342, (3, 2, 2): 9.5676694,
    (4, 0, 0): 12.0749077,
}  # fmt: skip


def points(count=400, scale=5.0):
    return scale * torch.randn(count, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("orbital", SOME, ids=lambda o: o.name)
def test_the_density_is_the_square_of_the_textbook_amplitude(orbital):
    x = points()
    psi = amplitude(orbital, x.numpy())
    np.testing.assert_allclose(np.log(np.abs(psi) ** 2), orbital.log_density(x).numpy(), atol=1e-8)
    turned = amplitude(orbital, x[:, [1, 0, 2]].numpy() * [-1, 1, 1])  # phi + pi/2
    np.testing.assert_allclose(turned, psi * 1j**orbital.m, atol=1e-12)


def test_amplitudes_are_orthonormal():
    """On a product rule: tanh-sinh in r and u, even points in phi."""
    r, wr, _ = between([0, 160])
    u, wu, _ = between([-1, 1])
    r, wr, u, wu = r[::2], 2 * wr[::2], u[::6], 6 * wu[::6]
    phi = np.arange(7) * 2 * math.pi / 7
    R, U, P = np.meshgrid(r, u, phi, indexing="ij")
    s = np.sqrt(1 - U**2)
    x = np.stack((R * s * np.cos(P), R * s * np.sin(P), R * U), -1).reshape(-1, 3)
    weights = (wr[:, None, None] * r[:, None, None] ** 2 * wu[:, None] * np.full(7, 2 * math.pi / 7)).ravel()
    few = [o for o in ALL if o.n < 4]
    waves = {o: amplitude(o, x) for o in few}
    for one, other in [*combinations(few, 2), *((o, o) for o in few)]:
        overlap = (weights * waves[one].conj() * waves[other]).sum()
        assert abs(overlap - (one == other)) < 1e-4, (one.name, other.name)


@pytest.mark.parametrize("numbers", ENTROPIES, ids=str)
def test_entropies(numbers):
    assert entropy(Orbital(*numbers)) == pytest.approx(ENTROPIES[numbers], abs=6e-8)


def test_norm_and_radius_of_every_orbital_by_quadrature():
    for orbital in [*ALL, Orbital(8, 0, 0), Orbital(8, 4, -3)]:
        law = at_temperature(orbital, 1.0)
        assert abs(law.log_z) < 1e-11
        assert law.radius == pytest.approx(moments(orbital)["r"], rel=1e-10)
        assert law.shares.sum() == pytest.approx(1, abs=1e-12)
        assert len(law.shares) == orbital.regions == (orbital.n - orbital.l) * (orbital.l - abs(orbital.m) + 1)


def test_moments_that_are_printed_in_textbooks():
    found = moments(Orbital(3, 1, 0))
    assert found["r"] == 12.5
    assert found["r2"] == 180
    assert found["inverse_r"] == pytest.approx(1 / 9)
    assert found["inverse_r2"] == pytest.approx(1 / (27 * 1.5))
    assert found["energy"] == pytest.approx(-1 / 18)
    assert found["potential"] == pytest.approx(-2 * found["kinetic"])
    r, weights, _ = between([0, *Orbital(3, 1, 0).spheres, 200])
    density = weights * r**2 * np.exp(Orbital(3, 1, 0).log_radial(torch.from_numpy(r)).numpy())
    for name, power in (("r2", 2), ("inverse_r", -1), ("inverse_r2", -2)):
        assert density @ r**power == pytest.approx(found[name], rel=1e-10)


def test_nodes():
    root = 3 * math.sqrt(3)
    assert Orbital(2, 0, 0).spheres == pytest.approx([2])
    assert Orbital(3, 0, 0).spheres == pytest.approx([(9 - root) / 2, (9 + root) / 2])
    assert Orbital(4, 0, 0).spheres == pytest.approx([1.8716, 6.6108, 15.518], abs=1e-3)
    assert Orbital(4, 1, 0).spheres == pytest.approx([10 - 2 * math.sqrt(5), 10 + 2 * math.sqrt(5)])
    assert Orbital(4, 2, 1).spheres == pytest.approx([12])
    assert Orbital(3, 2, 0).cones == pytest.approx([-1 / math.sqrt(3), 1 / math.sqrt(3)])
    assert Orbital(2, 1, 0).cones == pytest.approx([0], abs=1e-15)
    assert len(Orbital(3, 2, 2).cones) == 0


@pytest.mark.parametrize(
    ("numbers", "radius"),
    [((1, 0, 0), 9.6), ((2, 0, 0), 24.5), ((2, 1, 0), 23.4), ((3, 0, 0), 44.5), ((3, 2, 0), 41.0), ((4, 0, 0), 69.3)],
)
def test_boxes_that_hold_all_but_a_millionth(numbers, radius):
    orbital = Orbital(*numbers)
    found = holding_radius(orbital)
    assert found == pytest.approx(radius, abs=0.06)
    assert outside(orbital, found) == pytest.approx(1e-6, rel=1e-6)
    assert holding_radius(Orbital(1, 0, 0), 1e-3) == pytest.approx(5.61, abs=0.01)


@pytest.mark.parametrize("orbital", SOME, ids=lambda o: o.name)
def test_the_gradient_is_that_of_the_energy(orbital):
    x = points(100).requires_grad_()
    (slope,) = torch.autograd.grad(orbital.energy(x).sum(), x)
    torch.testing.assert_close(orbital.gradient(x.detach()), slope, rtol=1e-9, atol=1e-9)


def test_averages_at_other_temperatures_are_those_of_a_grid():
    """P = |psi|^(2/T)/Z on a grid in (r, u), which knows nothing of the product."""
    orbital, T = Orbital(3, 1, 0), 2.7
    r, u = (torch.arange(3000, dtype=torch.float64) + 0.5) / 3000 * 260, (torch.arange(600) + 0.5) / 300 - 1
    levels = -(orbital.log_radial(r)[:, None] + orbital.log_angular(u.double())[None])
    weights = (r.square()[:, None] * (-levels / T).exp()).flatten()
    p = weights / weights.sum()
    law = at_temperature(orbital, T)
    mean = float(p @ levels.flatten())
    assert law.energy == pytest.approx(mean, rel=1e-3)
    assert law.heat_capacity == pytest.approx(float(p @ (levels.flatten() - mean).square()) / T**2, rel=4e-3)
    assert orbital.exact(T) == (law.energy, law.heat_capacity)
    inner = float(p.view(3000, 600)[r < float(orbital.spheres[0])].sum())
    assert law.shares[:2].sum() == pytest.approx(inner, rel=2e-2)


@pytest.mark.parametrize("orbital", [Orbital(4, 1, 0), Orbital(3, 2, 1), Orbital(3, 0, 0)], ids=lambda o: o.name)
def test_inverted_distributions_give_every_exact_average(orbital):
    x = draw(orbital, 40_000, torch.Generator().manual_seed(7))
    averages = summarise(orbital, x[None])
    assert worst(averages) < 4
    assert set(averages) == {"r", "r2", "inverse_r", "virial", *(f"region_{i + 1}" for i in range(orbital.regions))}
    energy = orbital.energy(x)
    assert abs(energy.mean() - entropy(orbital)) < 4 * energy.std() / 200
    other = Orbital(orbital.n, orbital.l, orbital.l)  # the control: another orbital, same <r>
    assert other == orbital or abs(other.energy(x).mean() - entropy(other)) > 20 * energy.std() / 200


def test_samples_of_a_box_lie_in_it():
    x = draw(Orbital(2, 0, 0), 5000, torch.Generator().manual_seed(1), radius=6.0)
    assert float(x.norm(dim=1).max()) < 6
    share = float((x.norm(dim=1) < 2).double().mean())
    exact = (1 - outside(Orbital(2, 0, 0), 2.0)) / (1 - outside(Orbital(2, 0, 0), 6.0))
    assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / 5000)


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ((0, 0, 0), "n=0 is not allowed"),
        ((9, 0, 0), "n=9 is not allowed: it must be a whole number from 1 to 8"),
        ((3, 3, 0), "l=3 is not allowed: it must be a whole number from 0 to n - 1 = 2"),
        ((3, -1, 0), "l=-1"),
        ((3, 2, 3), "m=3 is not allowed: it must be a whole number from -l = -2 to l = 2"),
        ((2, 0, -1), "m=-1 is not allowed: it must be 0"),
    ],
)
def test_quantum_numbers_that_do_not_exist(numbers, line):
    with pytest.raises(ValueError, match=line):
        Orbital(*numbers)
