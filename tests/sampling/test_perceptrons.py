"""Rows of perceptrons: torch's own gradients, masks, minibatches; motions and their thermometers; samplers."""

import math
from itertools import pairwise

import pytest
import torch
from torch.nn.functional import cross_entropy

from physlearn.dynamics import Langevin, UnderdampedLangevin
from physlearn.sampling import Cost, Motion, Perceptrons, Posterior, agreement, predictions, total_variation

SIZES, ROWS = (5, 4, 3, 2), 20  # more rows than are computed together


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def perceptrons():
    x = torch.randn(7, 5, generator=draws(1), dtype=torch.float64)
    return Perceptrons(x, torch.tensor([0, 1, 1, 0, 1, 0, 0]), SIZES)


@pytest.fixture(scope="module")
def states(perceptrons):
    return torch.randn(ROWS, perceptrons.dimension, generator=draws(2), dtype=torch.float64)


def by_hand(row, x, y, masks=()):
    """L of one row as torch.nn writes it, and its outputs (example, class)."""
    h, at = x, 0
    for layer, (into, out) in enumerate(pairwise(SIZES)):
        weight, bias = row[at : at + into * out].view(out, into), row[at + into * out : at + (into + 1) * out]
        h, at = torch.nn.functional.linear(h, weight, bias), at + (into + 1) * out
        if layer < len(SIZES) - 2:
            h = h.tanh() * (masks[layer].T if masks else 1)
    return cross_entropy(h, y), h


@pytest.mark.parametrize("kind", ["all", "minibatch", "masked"])
def test_gradients_are_those_of_torch(perceptrons, states, kind):
    batch = None if kind == "all" else perceptrons.fresh(ROWS, 6, draws(3))
    masks = perceptrons.masks(ROWS, 6, 0.4, draws(4)) if kind == "masked" else []
    loss, slope = perceptrons.loss_and_gradient(states, batch, masks)
    for r in (0, 17, 19):
        x, y = (perceptrons.inputs, perceptrons.labels) if batch is None else (batch[0][r].T, batch[1][r])
        row = states[r].clone().requires_grad_()
        expected, _ = by_hand(row, x, y, [m[r] for m in masks])
        expected.backward()
        torch.testing.assert_close(loss[r], expected.detach())
        torch.testing.assert_close(slope[r], row.grad)


def test_outputs_and_losses_are_those_of_torch(perceptrons, states):
    outputs, losses = perceptrons.outputs(states, perceptrons.inputs[:3]), perceptrons.losses(states)
    loss, alone = by_hand(states[18], perceptrons.inputs, perceptrons.labels)
    torch.testing.assert_close(outputs[18].T, alone[:3])
    torch.testing.assert_close(losses[18], loss)
    with pytest.raises(ValueError, match="sizes"):
        Perceptrons(perceptrons.inputs, perceptrons.labels, (4, 2))


def test_rows_have_minibatches_and_masks_of_their_own(perceptrons):
    x, y = perceptrons.fresh(2, 500, draws())
    assert not torch.equal(x[0], x[1])
    for column, label in zip(x[1].T[:20], y[1], strict=False):
        place = (perceptrons.inputs == column).all(1).nonzero()[0, 0]
        assert perceptrons.labels[place] == label
    first, second = perceptrons.masks(2, 2000, 0.25, draws())
    assert (first.shape, second.shape) == ((2, 4, 2000), (2, 3, 2000))
    assert set(first.unique().tolist()) == {0.0, 1 / 0.75}
    assert abs(float(first.mean()) - 1) < 4 * math.sqrt(0.25 / 0.75 / first.numel())
    assert perceptrons.masks(2, 10, 0.0, draws()) == []


def heated(perceptrons, make, share=1.0, batch=3):
    """Measured over expected temperature of 60 rows, (row, layer), at two temperatures."""
    T = torch.tensor([0.3, 0.8], dtype=torch.float64).repeat_interleave(30)
    motion = Motion(perceptrons, lambda w, t: make(w, share * t, draws(5)), T, T / 1.5, batch)
    start = 1.5**0.5 * torch.randn(60, perceptrons.dimension, generator=draws(6), dtype=torch.float64)
    found = motion.sample(start, 500, 100, 4, perceptrons.inputs, perceptrons.labels, draws(7))
    return found.measured / found.expected


def euler(w, t, g):
    return Langevin(w, 0.5, t, generator=g)


@pytest.mark.parametrize("make", [euler, lambda w, t, g: UnderdampedLangevin(w, 0.25, t, 2.0, generator=g)])
def test_thermometers_agree_at_the_temperature_of_each_row(perceptrons, make):
    ratio = heated(perceptrons, make)
    error = ratio.std(0) / 60**0.5
    assert (error < 0.05).all()
    assert ((ratio.mean(0) - 1).abs() < 4 * error).all()


def test_control_a_colder_bath_is_seen(perceptrons):
    ratio = heated(perceptrons, euler, share=0.5)
    assert ((1 - ratio.mean(0)) > 4 * ratio.std(0) / 60**0.5).any()


def test_distances_of_predictions():
    p, q = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]), torch.tensor([[0.6, 0.4], [0.6, 0.4], [0.2, 0.8]])
    assert agreement(p, q) == pytest.approx(2 / 3)
    assert total_variation(p, q) == pytest.approx((0.3 + 0.2 + 0) / 3)
    assert total_variation(p, p) == 0


@pytest.fixture(scope="module")
def posterior(perceptrons):
    return Posterior(perceptrons, 1 / 7, 0.5, perceptrons.inputs, perceptrons.labels)


WORDS = dict(friction=0.3, rate=0.3, members=3, kicks=2)


@pytest.mark.parametrize(
    "name", ["euler", "leimkuhler_matthews", "baoa", "preconditioned", "masks", "minima", "descent", "hmc"]
)
def test_every_sampler_predicts_distributions(posterior, name):
    p = predictions(name, posterior, Cost(42, 3, 4, 2), 0.05, draws(), **WORDS)
    assert p.shape == (2, 7, 2)
    torch.testing.assert_close(p.sum(2), torch.ones(2, 7, dtype=torch.float64))
    assert not torch.equal(p[0], p[1])


@pytest.mark.parametrize(
    ("name", "gradients"), [("euler", 42 * 2), ("minima", 14 * 3 * 2), ("masks", 42 * 2), ("hmc", 18 * 2)]
)
def test_every_sampler_spends_what_it_may(posterior, monkeypatch, name, gradients):
    """Rows times steps without those of the thermometers; hmc: as many examples, less what is left of a move."""
    spent = []
    step = Perceptrons.loss_and_gradient
    monkeypatch.setattr(Motion, "read", lambda self, *_: torch.zeros(2, len(self.decay), 3))
    monkeypatch.setattr(
        Perceptrons, "loss_and_gradient", lambda self, w, *more: spent.append(len(w)) or step(self, w, *more)
    )
    predictions(name, posterior, Cost(42, 3, 4, 2), 0.05, draws(), **WORDS)
    assert sum(spent) == gradients + 2 * (name == "hmc")  # hmc: the first gradient of all chains


def test_cold_samplers_draw_no_thermal_noise(posterior):
    """At h -> 0 what does not diffuse stays where it began; the temperature moves it by sqrt(2 h T n)."""
    still, moved = (
        predictions(name, posterior, Cost(40, 3, 1, 1), 1e-9, draws(), **WORDS) for name in ("descent", "euler")
    )
    begun = posterior.perceptrons.outputs(posterior.start(1, draws()), posterior.inputs).softmax(1).double().mT
    assert total_variation(still[0], begun[0]) < 1e-6 < total_variation(moved[0], begun[0])
