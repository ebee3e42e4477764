"""Attacks against what is known exactly: linear networks, norms, the toy model with a redundant input."""

import math

import pytest
import torch

from physlearn.adversarial import carlini_wagner, deepfool, linf, norms, toy
from physlearn.adversarial.target import of_ensemble, of_network
from physlearn.models import MLP

SHAPE = (1, 4, 4)


@pytest.fixture(scope="module")
def linear():
    """Two classes, f_1 - f_0 = w.x + b, and images with the larger logit as label."""
    generator = torch.Generator().manual_seed(2)
    w = torch.randn(16, generator=generator, dtype=torch.float64)
    x = 0.3 + 0.4 * torch.rand(30, *SHAPE, generator=generator, dtype=torch.float64)
    b = -float(x.flatten(1).mean(0) @ w)

    def network(u):
        margin = u.flatten(1) @ w + b
        return torch.stack([torch.zeros_like(margin), margin], 1)

    return network, w, b, x, network(x).argmax(1)


def margins(linear, x):
    _, w, b, _, y = linear
    return (x.flatten(1) @ w + b) * (2 * y - 1)  # positive: right


def test_fgsm_takes_epsilon_times_the_l1_norm_of_a_linear_margin(linear):
    network, w, _, x, y = linear
    moved = linf.fgsm(network, x, y, 0.07)
    assert torch.allclose(margins(linear, x) - margins(linear, moved), 0.07 * w.abs().sum().expand(30))


def test_pgd_finds_the_same_optimum_and_stays_in_the_ball(linear):
    network, w, _, x, y = linear
    moved = linf.pgd(network, x, y, 0.07, steps=60, relative_step=0.05, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(margins(linear, x) - margins(linear, moved), 0.07 * w.abs().sum().expand(30))
    assert float(norms.largest(x, moved).max()) <= 0.07 + 1e-12
    assert float(moved.min()) >= 0
    edge = linf.pgd(network, x, y, 0.6)
    assert 0 <= float(edge.min()) <= float(edge.max()) <= 1
    assert torch.equal(linf.pgd(network, x, y, 0.0), x)


def test_deepfool_goes_the_distance_to_a_plane(linear):
    network, w, _, x, y = linear
    moved = deepfool.deepfool(network, x, y, overshoot=0.02)
    exact = margins(linear, x) / w.norm()
    assert torch.allclose(norms.euclidean(x, moved), 1.02 * exact, rtol=1e-3, atol=2e-4)
    assert bool((network(moved).argmax(1) != y).all())


def test_carlini_and_wagner_come_as_near(linear):
    network, w, _, x, y = linear
    moved = carlini_wagner.carlini_wagner(network, x, y, steps=100, searches=6)
    exact = margins(linear, x) / w.norm()
    assert bool((network(moved).argmax(1) != y).all())
    found = norms.euclidean(x, moved)
    assert bool((found >= exact - 1e-9).all())
    assert float((found / exact.clamp_min(0.02)).median()) < 1.03


def test_an_image_that_is_wrong_already_is_left_alone(linear):
    network, _, _, x, y = linear
    assert torch.equal(deepfool.deepfool(network, x, 1 - y), x)


def test_noise_has_the_norm_of_the_attack(linear):
    network, _, _, x, y = linear
    moved = linf.fgsm(network, x, y, 0.4)
    noise = norms.noise_like(x, moved, torch.Generator().manual_seed(3))
    assert torch.allclose(norms.euclidean(x, noise), norms.euclidean(x, moved), rtol=1e-6)
    assert 0 <= float(noise.min()) <= float(noise.max()) <= 1
    assert float(margins(linear, noise).mean()) > float(margins(linear, moved).mean()) + 1  # chosen, not random


def test_epsilon_below_zero_is_refused(linear):
    network, _, _, x, y = linear
    with pytest.raises(ValueError, match=r"epsilon=-0\.1"):
        linf.fgsm(network, x, y, -0.1)


def test_the_average_is_attacked_as_an_average():
    """Its gradient is that of ln (1/K) sum_k p_k, and its input is normalised as the networks' was."""
    models = [MLP((1, 4, 4), 3, widths=[5], generator=torch.Generator().manual_seed(k)).double() for k in range(3)]
    mean, std = torch.tensor([4.0]), torch.tensor([2.5])
    samples = [dict(model.state_dict()) for model in models]
    network = of_ensemble(models[0], samples, mean, std, 16)
    u = torch.rand(6, *SHAPE, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    by_hand = sum(model.eval()((16 * u - 4) / 2.5).softmax(1) for model in models) / 3
    assert torch.allclose(network(u).detach(), by_hand.log().detach())
    single = of_network(models[1], mean, std, 16)
    assert torch.allclose(single(u).detach(), models[1]((16 * u - 4) / 2.5).detach())


@pytest.mark.parametrize("c", [0.0, 0.3, -0.8])
def test_the_redundant_input_alone_turns_the_toy_classifier(c):
    """epsilon |c| < |f|, against a search over x3."""
    x, y = toy.inputs()
    a, b = 1.7, 0.6
    at_rest = x.clone()
    at_rest[:, 2] = 0
    assert torch.equal((toy.classifier(at_rest, a, b, c) > 0).long(), y)
    for epsilon in (0.1, 1.3, 2.9):
        signs = []
        for shift in torch.linspace(-epsilon, epsilon, 201, dtype=torch.float64):
            moved = x.clone()
            moved[:, 2] += shift
            signs.append(toy.classifier(moved, a, b, c) > 0)
        held = (torch.stack(signs) == (toy.classifier(x, a, b, c) > 0)).all(0)
        assert torch.equal(held, toy.robust(x, a, b, c, epsilon))
    assert bool(toy.robust(x, a, b, c, 1e6).all()) == (c == 0)


def test_a_trained_network_listens_to_the_redundant_input_unless_it_has_none():
    """x3 repeats the label in training: the network with x3 is turned by it, the one without cannot be."""
    generator = torch.Generator().manual_seed(4)
    x = torch.randint(2, (400, 3), generator=generator).double()
    y = (x[:, 0] == x[:, 1]).long()
    x[:, 2] = y + 0.1 * torch.randn(400, generator=generator)
    turned = {}
    for columns in (2, 3):
        model = MLP((columns,), 2, widths=[8], generator=torch.Generator().manual_seed(0)).double()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
        for _ in range(300):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[:, :columns]), y).backward()
            optimizer.step()
        assert float((model(x[:, :columns]).argmax(1) == y).double().mean()) > 0.99
        moved = x.clone()
        moved[:, 2] = 1 - y  # the redundant input lies
        turned[columns] = float((model(moved[:, :columns]).argmax(1) != y).double().mean())
    assert turned[2] < 0.01
    assert turned[3] > 0.3


def test_distances_by_hand():
    x, other = torch.zeros(1, 1, 2, 2), torch.tensor([[[[0.3, 0.0], [-0.4, 0.0]]]])
    assert float(norms.largest(x, other)) == pytest.approx(0.4)
    assert float(norms.euclidean(x, other)) == pytest.approx(math.sqrt(0.25))
    assert norms.in_bytes(torch.tensor([0.0, 0.5, 1.0])).tolist() == [0, 128, 255]
