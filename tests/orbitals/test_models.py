"""Density models: normalised, sampled as they say, and as near to the exact entropy as grid and samples allow."""

import math

import numpy as np
import pytest
import torch

from physlearn.orbitals import Box, GridBornMachine, Orbital, SplineFlow, draw, holding_radius
from physlearn.orbitals.spline_flow import Spline

ORBITAL = Orbital(2, 1, 0)


def learned(model, count=8000, coordinates="spherical"):
    """The model after its training on exact samples of 2p0, and its box."""
    box = Box(holding_radius(ORBITAL), coordinates)
    x = draw(ORBITAL, count, torch.Generator().manual_seed(5), box.radius)
    model.begin(box.to_cube(x), torch.Generator().manual_seed(3))
    for step in range(model.steps):
        model.advance(step)
    return model, box


def above_entropy(model, box, count=20_000):
    """The Kullback-Leibler divergence, and its standard error."""
    x = draw(ORBITAL, count, torch.Generator().manual_seed(11), box.radius)
    above = ORBITAL.log_density(x) - model.log_density(box.to_cube(x)) + box.log_volume(x)
    return float(above.mean()), float(above.std() / math.sqrt(count))


@pytest.mark.parametrize("coordinates", ["spherical", "cartesian"])
def test_boxes_map_there_and_back_with_their_volume(coordinates):
    box = Box(7.0, coordinates)
    y = torch.rand(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05
    x = box.from_cube(y)
    torch.testing.assert_close(box.to_cube(x), y)
    jacobians = torch.stack([torch.autograd.functional.jacobian(lambda v: box.from_cube(v[None])[0], one) for one in y])
    torch.testing.assert_close(box.log_volume(x), torch.linalg.det(jacobians).abs().log())
    assert bool(box.holds(x[:, :] * 0.5).all())
    assert not bool(box.holds(torch.tensor([[7.1, 0.0, 0.0]])).any())


@pytest.fixture(scope="module")
def born():
    return learned(GridBornMachine((6, 4, 1), bond=4, loops=2))


@pytest.fixture(scope="module")
def flow():
    return learned(SplineFlow(bins=12, hidden=16, training=160, batch=500, lr=2e-2))


def test_the_cells_of_a_born_machine_sum_to_one(born):
    model, _ = born
    axes = [(torch.arange(2**b, dtype=torch.float64) + 0.5) / 2**b for b in model.bits]
    p = model.log_density(torch.cartesian_prod(*axes)).exp()
    assert float(p.mean()) == pytest.approx(1, abs=1e-12)
    centres = model.sample(40_000, torch.Generator().manual_seed(2))
    cell = torch.stack([(y * 2**b).long() for y, b in zip(centres.unbind(1), model.bits, strict=True)], 1)
    index = (cell[:, 0] * 2 ** model.bits[1] + cell[:, 1]) * 2 ** model.bits[2] + cell[:, 2]
    expected = p.numpy() / len(p) * 40_000
    large = expected > 20
    chi = ((np.bincount(index, minlength=len(p)) - expected)[large] ** 2 / expected[large]).sum()
    assert abs(chi - large.sum()) < 5 * math.sqrt(2 * large.sum())


def test_digits_are_those_of_the_cell():
    model = GridBornMachine((3, 2, 1))
    rows = model.digits(torch.tensor([[0.0, 0.999, 0.5], [5.2 / 8, 1.1 / 4, 0.49], [1.0, 1.0, 1.0]]))
    assert rows.tolist() == [[0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0], [1, 1, 1, 1, 1, 1]]


def test_a_born_machine_comes_near_the_entropy(born):
    """Cells and samples cost about .09 and .01 nats here; the product of the digits' frequencies .5 and more."""
    excess, error = above_entropy(*born)
    assert 4 * error < excess < 0.12
    fresh = GridBornMachine((6, 4, 1), bond=1, loops=1)
    assert above_entropy(*learned(fresh))[0] > 0.3


def test_splines_invert_and_are_normalised():
    generator = torch.Generator().manual_seed(6)
    widths = torch.rand(300, 7, generator=generator, dtype=torch.float64).softmax(1)
    heights = torch.rand(300, 8, generator=generator, dtype=torch.float64) + 0.01
    heights = heights / ((heights[:, 1:] + heights[:, :-1]) * widths / 2).sum(1, keepdim=True)
    spline, v = Spline(widths, heights), torch.rand(300, generator=generator, dtype=torch.float64)
    y = spline.invert(v)
    torch.testing.assert_close(spline.distribution(y), v)
    step = 1e-6
    slope = (spline.distribution(y + step) - spline.distribution(y - step)) / (2 * step)
    torch.testing.assert_close(slope.log(), spline.log_density(y), rtol=1e-3, atol=1e-3)
    assert float(spline.distribution(torch.ones(300, dtype=torch.float64)).sub(1).abs().max()) < 1e-12


def test_the_flow_samples_what_it_says_and_comes_near_the_entropy(flow):
    model, box = flow
    axes = [(torch.arange(40) + 0.5) / 40] * 3
    grid = torch.cartesian_prod(*axes)
    p = model.log_density(grid).exp().double()
    assert float(p.mean()) == pytest.approx(1, abs=0.01)
    drawn = model.sample(20_000, torch.Generator().manual_seed(8))
    for axis in range(3):
        exact, spread = float((p * grid[:, axis]).mean()), float(drawn[:, axis].std())
        assert abs(float(drawn[:, axis].mean()) - exact) < 4 * spread / math.sqrt(20_000) + 2e-3
    excess, error = above_entropy(model, box)
    assert 2 * error < excess < 0.15
    uniform = SplineFlow(bins=4, hidden=2, training=1, batch=2, lr=1e-9)
    assert above_entropy(*learned(uniform, 100))[0] > 1


@pytest.mark.slow
@pytest.mark.parametrize(("numbers", "limit"), [((1, 0, 0), 0.004), ((3, 2, 0), 0.02)], ids=str)
def test_the_default_born_machine_comes_within_a_hundredth_of_a_nat(numbers, limit, monkeypatch):
    monkeypatch.setitem(globals(), "ORBITAL", Orbital(*numbers))
    excess, error = above_entropy(*learned(GridBornMachine(), 60_000))
    assert 0 < excess + 4 * error < limit


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: GridBornMachine((8, 6)), r"bits=\[8, 6\]: allowed are three whole numbers"),
        (lambda: SplineFlow(bins=0), "bins=0: allowed"),
        (lambda: Box(0.0), "radius=0.0: allowed is a number > 0"),
        (lambda: Box(1.0, "polar"), "coordinates=polar: allowed are spherical, cartesian"),
        (lambda: holding_radius(ORBITAL, 1.0), "left_out=1.0"),
    ],
)
def test_values_out_of_their_range(make, line):
    with pytest.raises(ValueError, match=line):
        make()
