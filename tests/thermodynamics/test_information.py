"""What training stores: the reference numbers, the matrix recursion, simulations, and the bounds of the second law."""

import math

import numpy as np
import pytest
import torch

from physlearn.dynamics import Langevin
from physlearn.thermodynamics import LinearModel, gaussian_information, gaussian_model, ledger_of, with_ledger
from physlearn.thermodynamics.exact import bijection, shannon

REFERENCE = {  # K: M, L, I(Theta; X), cost, efficiency; T = 1, k0 = 1, k = 4, tau = 1.5, sx = .5, h = .01
    10: (0.1797, 0.1323, 0.7349, 3.1865, 0.0564),
    40: (0.9072, 0.6583, 1.0373, 5.9230, 0.1532),
    200: (1.1420, 0.8480, 1.1996, 6.3289, 0.1804),
}
NAMES = ("m_info", "l_info", "readout", "cost", "efficiency")


@pytest.mark.parametrize("steps", REFERENCE)
def test_the_closed_form_has_the_reference_numbers_and_the_recursion_agrees(steps):
    found = gaussian_model(steps, 0.01)
    assert [found[name] for name in NAMES] == pytest.approx(REFERENCE[steps], abs=6e-5)
    one = np.ones((1, 1))
    model = LinearModel(4 * one, 0 * one, (4 * 1.5) ** 2 * one, one, 0.5, 1.0, 1.0)
    stored = model.train(0.01, np.ones(steps))
    for name in NAMES:
        assert getattr(stored, name)[-1] == pytest.approx(found[name], abs=1e-10), name


@pytest.mark.parametrize("steps", REFERENCE)
def test_simulated_information_and_cost_agree(steps):
    """Targets and trajectories drawn together; entropy read off the ledger."""
    rows = 40_000
    g = torch.Generator().manual_seed(steps)
    target = 1.5 * torch.randn(rows, 1, generator=g, dtype=torch.float64)
    weight = torch.nn.Parameter(torch.randn(rows, 1, generator=g, dtype=torch.float64))
    optimizer = with_ledger(Langevin([weight], 0.01, 1.0, generator=g))
    books = ledger_of(optimizer)
    books.constant_energy = True

    def closure():
        weight.grad = 4 * (weight - target).detach()
        return 2 * (weight - target).detach().square()[:, 0]

    for _ in range(steps):
        optimizer.step(closure)
    books.close(closure)
    theta, d = weight.detach()[:, 0].numpy(), target[:, 0].numpy()
    x = theta + 0.5 * torch.randn(rows, generator=g, dtype=torch.float64).numpy()
    exact = gaussian_model(steps, 0.01)
    for name, pair in {"m_info": (d, theta), "l_info": (d, x), "readout": (theta, x)}.items():
        value, error = gaussian_information(*pair)
        assert abs(value - exact[name]) < 4 * error, name
    entropy, error = float(books["entropy"].mean()), float(books["entropy"].std()) / math.sqrt(rows)
    assert abs(entropy - exact["entropy"]) < 4 * error
    change, change_error = math.log(theta.var()) / 2, 1 / math.sqrt(2 * rows)  # Delta S(theta), V_0 = 1
    assert abs(change + entropy - exact["cost"]) < 4 * math.hypot(error, change_error)


def network():
    rng = np.random.default_rng(0)
    features, queries = rng.normal(size=(40, 5)), rng.normal(size=(2, 5))
    return features, queries, LinearModel.of_features(features, queries, 1.0, 1.5, 0.3, 0.2, 1.0, 0.05)


def test_a_linear_layer_is_simulated_within_its_errors():
    """Teacher, targets and noise drawn anew for each trajectory; Gaussian information from the sample covariances."""
    features, queries, model = network()
    rows, steps, h, T = 20_000, 60, 0.05, 0.05
    switch = np.linspace(0, 1, steps + 1)[1:]
    stored = model.train(h, switch)
    g = torch.Generator().manual_seed(1)
    kwargs = dict(generator=g, dtype=torch.float64)
    phi = torch.as_tensor(features)
    y = 1.5 * torch.randn(rows, 5, **kwargs) @ phi.T + 0.3 * torch.randn(rows, 40, **kwargs)
    b, gram = y @ phi / 40, phi.T @ phi / 40
    weight = torch.nn.Parameter(math.sqrt(T) * torch.randn(rows, 5, **kwargs))
    optimizer = with_ledger(Langevin([weight], h, T, generator=g))
    books = ledger_of(optimizer)
    for s in switch:

        def closure(s=s):
            w = weight.detach()
            weight.grad = s * (w @ gram - b) + w
            return s * ((w @ gram * w).sum(1) / 2 - (w * b).sum(1)) + w.square().sum(1) / 2

        optimizer.step(closure)
    theta = weight.detach().numpy()
    entropy, error = float(books["entropy"].mean()), float(books["entropy"].std()) / math.sqrt(rows)
    assert abs(entropy - stored.entropy[-1]) < 4 * error
    x = theta @ queries.T + 0.2 * np.random.default_rng(2).normal(size=(rows, 2))
    for values, exact in ((theta, stored.m_info[-1]), (x, stored.l_info[-1])):
        groups = [
            information(b.numpy()[i::10], values[i::10]) for i in range(10)
        ]  # ten independent groups give the error
        mean, error = np.mean(groups), np.std(groups, ddof=1) / math.sqrt(10)
        bias = 5 * values.shape[1] / (2 * len(values) / 10)  # of the sample covariances, d_b d / 2n
        assert abs(mean - bias - exact) < 4 * error


def information(first, second):
    """(1/2) ln det A det B / det AB of the sample covariances."""
    whole = np.cov(np.hstack([first, second]).T)
    d = first.shape[1]
    parts = np.linalg.slogdet(whole[:d, :d])[1] + np.linalg.slogdet(whole[d:, d:])[1]
    return (parts - np.linalg.slogdet(whole)[1]) / 2


def test_information_costs_at_least_itself_and_slow_training_is_more_efficient():
    _, _, model = network()
    efficiency = []
    for steps in (10, 30, 100, 300, 1000, 3000):
        stored = model.train(0.02, np.linspace(0, 1, steps + 1)[1:])
        assert (stored.l_info <= stored.m_info + 1e-12).all()
        assert (stored.cost[1:] >= stored.m_info[1:]).all()
        efficiency.append(float(stored.efficiency[-1]))
    assert efficiency == sorted(efficiency)
    assert efficiency[0] < 0.1 < 0.85 < efficiency[-1] < 1
    sudden = model.train(0.02, np.ones(3000)).efficiency[-1]  # the same steps, all data at once
    assert sudden < 0.2


def test_the_essays_estimate_needs_a_sharp_parameter():
    """I(Theta; X) of an untrained parameter is .80 nats; it is L only where T is small."""
    wide, sharp = gaussian_model(200, 0.01), gaussian_model(200, 0.01, temperature=1e-3)
    assert gaussian_model(0, 0.01)["readout"] == pytest.approx(math.log(5) / 2)
    assert gaussian_model(0, 0.01)["m_info"] == 0
    assert wide["readout"] / wide["l_info"] > 1.4
    assert sharp["readout"] / sharp["l_info"] == pytest.approx(1, abs=1e-3)


def test_entropy_production_is_information_under_a_bijection():
    rng = np.random.default_rng(5)
    first, second = rng.dirichlet(np.ones(12)), rng.dirichlet(np.ones(30))
    found = bijection(first, second, rng.permutation(360))
    assert found["sigma"] == pytest.approx(found["information"], abs=1e-12)
    assert found["sigma"] > 0.1
    merged = bijection(first, second, rng.integers(0, 360, 360))  # the control: not a bijection
    assert abs(merged["sigma"] - merged["information"]) > 1e-3
    assert shannon(np.full(8, 1 / 8)) == pytest.approx(math.log(8))


def test_an_unstable_step_is_named():
    with pytest.raises(ValueError, match="not stable"):
        network()[2].train(2.0, np.ones(3))
