"""The thermometers on a network: their noise temperatures against an enumeration, and streams that are left alone."""

import math

import pytest
import torch
from torch.nn import functional as F

from physlearn.data.batches import Batches
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.probe import NoiseTemperatures, noise_step, read_noise
from physlearn.models.dropout import set_generator, set_rate
from physlearn.models.mlp import MLP

EXAMPLES, BATCH, STEP = 60, 8, 0.3


def make(rate):
    generator = torch.Generator().manual_seed(3)
    x, y = torch.randn(EXAMPLES, 1, 2, 3, generator=generator), torch.randint(3, (EXAMPLES,), generator=generator)
    model = MLP((1, 2, 3), 3, widths=(5,), generator=generator).double()
    training, own = torch.Generator().manual_seed(4), torch.Generator().manual_seed(5)
    set_generator(model, training)
    set_rate(model, rate)
    model.train()

    def loss(model, batch):
        return F.cross_entropy(model(x.double()[batch]), y[batch])

    return model, loss, training, own


def readings(rate, times):
    model, loss, training, own = make(rate)
    batches, draws = Batches(EXAMPLES, BATCH, 0), torch.Generator().manual_seed(6)
    series = [read_noise(model, loss, lambda: batches.fresh(draws), own, training, STEP) for _ in range(times)]
    return model, loss, torch.tensor(series)  # (reading, source, layer)


def z(series, exact):
    return float((series.mean() - exact) / (series.std() / math.sqrt(len(series))))


def test_minibatch_temperature_is_that_of_the_enumerated_covariance():
    """h tr(C)/(2d) of each layer, C = (1/n)(1 - n/N) Var_i; leaving the (1 - n/N) out is seen."""
    model, loss, series = readings(rate=0.0, times=1500)
    for i, layer in enumerate((model.fc1, model.fc2)):
        parameters = list(layer.parameters())
        rows = [torch.autograd.grad(loss(model, torch.tensor([i])), parameters) for i in range(EXAMPLES)]
        each = torch.stack([torch.cat([g.flatten() for g in row]) for row in rows])  # (example, parameter)
        trace = each.var(0, correction=1).sum() / BATCH
        exact = STEP * trace * (1 - BATCH / EXAMPLES) / (2 * each.shape[1])
        assert abs(z(series[:, 0, i], exact)) < 4
        assert abs(z(series[:, 0, i], exact / (1 - BATCH / EXAMPLES))) > 4
    assert float(series[:, 1].abs().max()) == 0.0


def test_masks_heat_by_the_variance_over_masks():
    """h tr(C_p)/(2d), C_p the covariance of the gradient on one batch over many masks, averaged over batches."""
    model, loss, series = readings(rate=0.4, times=1500)
    batches, draws = Batches(EXAMPLES, BATCH, 0), torch.Generator().manual_seed(7)
    set_generator(model, torch.Generator().manual_seed(8))
    for i, layer in enumerate((model.fc1, model.fc2)):
        parameters, traces = list(layer.parameters()), []
        for _ in range(150):
            batch = batches.fresh(draws)
            rows = [torch.autograd.grad(loss(model, batch), parameters) for _ in range(8)]
            each = torch.stack([torch.cat([g.flatten() for g in row]) for row in rows])  # (mask, parameter)
            traces.append(each.var(0, correction=1).sum())
        exact, own = torch.stack(traces), series[:, 1, i] * 2 * each.shape[1] / STEP
        error = math.hypot(exact.std() / math.sqrt(len(exact)), own.std() / math.sqrt(len(own)))
        assert abs(float(own.mean() - exact.mean())) < 4 * error
        assert 4 * error < 0.25 * float(exact.mean())


def test_all_weights_together_are_the_layers_weighted_with_their_numbers():
    noise = NoiseTemperatures([1.0, 4.0], [0.5, 0.0])
    assert noise.whole((30, 10)) == (1.75, 0.375)


def test_the_training_stream_is_left_alone():
    model, loss, training, own = make(rate=0.4)
    before = training.get_state()
    batches, draws = Batches(EXAMPLES, BATCH, 0), torch.Generator().manual_seed(6)
    assert min(read_noise(model, loss, lambda: batches.fresh(draws), own, training, STEP).masks) > 0
    assert torch.equal(before, training.get_state())
    assert model.dropout.generator is training


def test_the_step_that_noise_heats_with():
    """Each equation of motion's own: h; h/(1 - mu); h^2 (1 + c)/(2m(1 - c)); h/A; none for Adam."""
    w = [torch.zeros(3, requires_grad=True)]
    c = math.exp(-1.3 * 0.2)
    assert noise_step(Langevin(w, lr=0.2)) == 0.2
    assert noise_step(torch.optim.SGD(w, lr=0.2, momentum=0.6)) == pytest.approx(0.5)
    underdamped = UnderdampedLangevin(w, lr=0.2, temperature=0.1, friction=1.3, mass=1.7)
    assert noise_step(underdamped) == pytest.approx(0.04 * (1 + c) / (3.4 * (1 - c)))
    assert noise_step(NoseHoover(w, lr=0.2, temperature=0.1, diffusion=0.8)) == pytest.approx(0.25)
    assert noise_step(torch.optim.Adam(w, lr=0.2)) is None
