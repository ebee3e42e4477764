"""Planes and paths: exact places, filters of the network's norm, and what a random walk looks like."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from physlearn.landscape.components import principal_components
from physlearn.landscape.energy import energy_of, flatten, flatten_all
from physlearn.landscape.exact import walk_component, walk_fractions
from physlearn.landscape.planes import Plane, energies, filter_normalised


def generator(seed=7):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def network():
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(12, 4)).double()
    x = torch.randn(10, 1, 3, 3, generator=generator(), dtype=torch.float64)
    return model, x, torch.randint(4, (10,), generator=generator())


def weights_of(model):
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def test_the_energy_is_loss_and_prior_at_the_given_weights(network):
    model, x, y = network
    energy = energy_of(model, F.cross_entropy, x, y, {"0.weight": 0.5, "3.bias": 0.25})
    weights = flatten(weights_of(model))
    prior = 0.25 * model[0].weight.detach().square().sum() + 0.125 * model[3].bias.detach().square().sum()
    with torch.no_grad():
        exact = float(F.cross_entropy(model(x), y) + prior)
    assert float(energy(weights)) == pytest.approx(exact, rel=1e-12)
    before = flatten(weights_of(model)).clone()
    assert float(energy(2 * weights)) != pytest.approx(float(energy(weights)))
    assert torch.equal(flatten(weights_of(model)), before)


def test_each_filter_of_a_direction_has_the_norm_of_the_networks_own(network):
    model, _, _ = network
    weights = weights_of(model)
    direction = filter_normalised(weights, generator())
    parts = dict(zip(weights, direction.split([w.numel() for w in weights.values()]), strict=True))
    for name in ("0.weight", "3.weight"):
        own, drawn = (part.reshape(len(weights[name]), -1).norm(dim=1) for part in (weights[name], parts[name]))
        assert drawn.tolist() == pytest.approx(own.tolist(), rel=1e-12)
        assert not torch.allclose(parts[name].reshape(weights[name].shape), weights[name])
    assert parts["0.bias"].abs().max() == parts["3.bias"].abs().max() == 0


def test_a_rectifiers_scale_does_not_change_the_picture_but_does_without_normalisation():
    model = nn.Sequential(nn.Linear(5, 6, bias=False), nn.ReLU(), nn.Linear(6, 3, bias=False)).double()
    x = torch.randn(20, 5, generator=generator(), dtype=torch.float64)
    y = torch.randint(3, (20,), generator=generator())
    energy, own = energy_of(model, F.cross_entropy, x, y, {}), weights_of(model)
    scaled = {"0.weight": 10 * own["0.weight"], "2.weight": own["2.weight"] / 10}
    assert float(energy(flatten(own))) == pytest.approx(float(energy(flatten(scaled))))
    a = torch.linspace(-1, 1, 5)
    seen = []
    for weights in (own, scaled):
        u, v = filter_normalised(weights, generator()), torch.zeros(48, dtype=torch.float64)
        plain = Plane(flatten(weights), torch.randn(48, generator=generator(), dtype=torch.float64), v)
        seen.append([energies(energy, Plane(flatten(weights), u, v), a, 0.0), energies(energy, plain, a, 0.0)])
    assert torch.allclose(seen[0][0], seen[1][0])
    assert not torch.allclose(seen[0][1], seen[1][1], rtol=0.05)


def test_a_plane_gives_back_the_coordinates_of_its_points():
    centre, u, v, out = torch.randn(4, 30, generator=generator(), dtype=torch.float64)
    plane = Plane(centre, 3 * u, v)  # neither orthogonal nor of unit length
    places = torch.tensor([[0.5, -2.0], [1.5, 0.25]], dtype=torch.float64)
    points = torch.stack([plane.at(*place) for place in places.tolist()])
    assert torch.allclose(plane.coordinates(points), places)
    assert plane.share(points) == pytest.approx(1)
    aside = out - torch.stack([u, v]).T @ torch.linalg.lstsq(torch.stack([u, v]).T, out).solution  # orthogonal
    assert torch.allclose(plane.coordinates(points + aside), places)
    moved = torch.stack([centre + aside, centre + u * aside.norm() / u.norm()])
    assert plane.share(moved) == pytest.approx(0.5)


def test_a_row_of_the_grid_is_the_energy_along_it():
    plane = Plane(*torch.eye(3, dtype=torch.float64))
    row = energies(lambda w: w[0] + 10 * w[1].square() + 100 * w[2], plane, torch.tensor([-1.0, 2.0]), 0.5)
    assert row.tolist() == [61, 91]


def test_components_of_points_on_a_line_and_a_cross():
    t = torch.tensor([-2.0, -1, 0, 1, 2], dtype=torch.float64)
    points = 5 + torch.stack([3 * t, 4 * t, torch.tensor([0.1, -0.2, 0.2, -0.2, 0.1])], dim=1)
    found = principal_components(points, 2)
    assert found.directions[0].abs().tolist() == pytest.approx([0.6, 0.8, 0], abs=1e-2)
    assert found.places[:, 0].abs().tolist() == pytest.approx([10, 5, 0, 5, 10], abs=0.02)
    assert found.fractions.sum() == pytest.approx(1)
    assert torch.allclose(found.mean + found.places @ found.directions, points)
    with pytest.raises(ValueError, match="more than 2 points"):
        principal_components(points[:2])
    with pytest.raises(ValueError, match="equal"):
        principal_components(torch.ones(4, 3))


def test_a_random_walk_has_the_components_that_are_known_of_it():
    """Exactly in the mean over walks, closely in many dimensions; independent points, the control, do not."""
    n = 60
    walk = np.tril(np.ones((n, n))) - np.tril(np.ones((n, n))).mean(0)
    values = np.linalg.eigvalsh(walk @ walk.T)[::-1][: n - 1]
    assert np.allclose(values / values.sum(), walk_fractions(n))
    assert walk_fractions(5000)[:2] == pytest.approx(6 / np.pi**2 / np.array([1, 4]), rel=1e-3)
    steps = torch.randn(n, 20_000, generator=generator(), dtype=torch.float64)
    found = principal_components(steps.cumsum(0))
    assert found.fractions.tolist() == pytest.approx(walk_fractions(n)[:2], rel=0.03)
    for k in (1, 2):
        own = found.places[:, k - 1].numpy()
        assert abs(own @ walk_component(n, k)) / np.linalg.norm(own) > 0.995
    assert float(principal_components(steps).fractions.sum()) < 0.1


def test_samples_by_name_are_rows():
    samples = {"a": torch.arange(8.0).view(2, 2, 2), "b": torch.tensor([[9.0], [10.0]])}
    assert flatten_all(samples).tolist() == [[0, 1, 2, 3, 9], [4, 5, 6, 7, 10]]
    assert flatten({"a": samples["a"][1], "b": samples["b"][1]}).tolist() == flatten_all(samples)[1].tolist()
