"""Modern memory: the energy never rises, the error bound holds, and one update is attention."""

import math

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from physlearn.hopfield.modern import HopfieldLayer, ModernHopfield


def normals(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("beta", [0.3, 1.7, 25.0])
def test_energy_never_rises_and_is_never_negative(beta):
    memory = ModernHopfield(normals(12, 9), beta)
    states = torch.cat([4 * normals(50, 9, seed=1), -memory.patterns, memory.patterns.mean(0, keepdim=True)])
    known = torch.arange(9) < 4
    for clamped in (None, known):
        state, energy = states, memory.energy(states)
        for _ in range(12):
            state = memory.recall(state, 1, clamped)
            after = memory.energy(state)
            assert bool((after <= energy + 1e-10).all())
            assert bool((after >= -1e-10).all())
            energy = after


def test_update_is_a_stationary_point_of_the_energy_bound():
    """xi' - xi = -grad E: an update is a gradient step of length 1. At a wrong beta it is not (negative control)."""
    memory = ModernHopfield(normals(12, 9), 1.7)
    states = normals(5, 9, seed=1)
    gradient = torch.func.grad(lambda rows: memory.energy(rows).sum())(states)
    torch.testing.assert_close(memory.recall(states) - states, -gradient)
    wrong = ModernHopfield(memory.patterns, 1.7 * math.sqrt(9)).recall(states) - states
    assert float((wrong + gradient).abs().max()) > 0.1


def test_energy_is_the_papers_equation():
    x, state, beta = normals(4, 3), normals(1, 3, seed=1), 0.8
    terms = sum(math.exp(beta * float(x[i] @ state[0])) for i in range(4))
    largest = max(float(x[i] @ x[i]) for i in range(4))
    exact = -math.log(terms) / beta + float(state[0] @ state[0]) / 2 + math.log(4) / beta + largest / 2
    assert float(ModernHopfield(x, beta).energy(state)) == pytest.approx(exact)


@pytest.mark.parametrize("beta", [2.0, 8.0])
def test_error_of_one_update_is_within_the_bound(beta):
    """|f(xi) - x_i| <= 2 (N-1) M exp(-beta (Delta_i - 2 M |xi - x_i|)), for starts near and far."""
    patterns = normals(20, 30)
    patterns = 3 * patterns / patterns.norm(dim=1, keepdim=True)
    memory, targets = ModernHopfield(patterns, beta), torch.arange(20).repeat(30)
    distance = torch.linspace(0, 2, 600, dtype=torch.float64)[:, None]
    states = patterns[targets] + distance * torch.nn.functional.normalize(normals(600, 30, seed=1), dim=1)
    error = (memory.recall(states) - patterns[targets]).norm(dim=1)
    bound = memory.error_bound(states, targets)
    assert bool((error <= bound + 1e-12).all())
    unmoved = memory.error_bound(patterns, torch.arange(20))[targets]  # negative control: the start's error left out
    assert bool((error > unmoved).any())


def test_it_recalls_exponentially_many_patterns():
    """2^(N/2) random sphere patterns in N = 20 dimensions, each from a noisy start, in one update."""
    patterns = normals(1024, 20)
    patterns = math.sqrt(20) * patterns / patterns.norm(dim=1, keepdim=True)
    memory = ModernHopfield(patterns, 4.0)
    states = patterns + 0.2 * normals(1024, 20, seed=1)
    wrong = (memory.recall(states) - patterns).norm(dim=1) > 0.2 * math.sqrt(20)
    assert float(wrong.double().mean()) < 0.05


def layer(steps=1, beta=None):
    return HopfieldLayer(7, 5, 6, 4, torch.Generator().manual_seed(3), beta=beta, steps=steps).double()


def test_one_update_of_the_layer_is_attention():
    """softmax(Q K^T / sqrt d) V as torch computes it; with another beta, or two steps, it is not (negative control)."""
    states, stored, net = normals(2, 3, 7), normals(2, 8, 5, seed=1), layer()
    attention = scaled_dot_product_attention(net.query(states), net.key(stored), net.value(stored))
    torch.testing.assert_close(net(states, stored), attention)
    for other in (layer(beta=1.0), layer(steps=2)):
        assert float((other(states, stored) - attention).detach().abs().max()) > 1e-3


def test_two_updates_are_retrieval_in_the_space_of_the_keys():
    states, stored, net = normals(3, 7), normals(8, 5, seed=1), layer(steps=3, beta=1.3)
    query = ModernHopfield(net.key(stored), 1.3).recall(net.query(states), 2)
    torch.testing.assert_close(net(states, stored), (1.3 * query @ net.key(stored).T).softmax(-1) @ net.value(stored))


def test_the_layer_learns():
    """All three projections get a gradient, and descent lowers a loss."""
    states, stored, goal, net = normals(16, 7), normals(8, 5, seed=1), 0.3 * normals(16, 4, seed=2), layer(steps=2)
    descent, losses = torch.optim.SGD(net.parameters(), lr=0.5), []
    for _ in range(30):
        loss = (net(states, stored) - goal).square().mean()
        descent.zero_grad()
        loss.backward()
        assert all(float(weights.grad.abs().max()) > 0 for weights in net.parameters())
        descent.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ModernHopfield(torch.ones(3), 1.0), "patterns must be"),
        (lambda: ModernHopfield(torch.ones(3, 2), 0.0), "beta must be > 0, got 0.0"),
        (lambda: ModernHopfield(torch.ones(3, 2), 1.0).energy(torch.ones(1, 3)), r"\(row, 2\), got \(1, 3\)"),
        (lambda: layer(steps=0), "steps must be at least 1, got 0"),
        (lambda: layer(beta=-1.0), "beta must be > 0, got -1.0"),
    ],
)
def test_bad_input_gets_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()
