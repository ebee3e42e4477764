"""The thermometers on a network: their noise temperatures against an enumeration, and streams that are left alone."""

import math

import pytest
import torch
from torch.nn import functional as F

from physlearn.data.batches import Batches
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.instruments.probe import noise_step, read_thermometers
from physlearn.models.dropout import set_generator, set_rate
from physlearn.models.mlp import MLP

EXAMPLES, BATCH, STEP, DECAY = 60, 8, 0.3, 0.02


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

    def read():
        return read_thermometers(model, loss, lambda: batches.fresh(draws), own, training, STEP, DECAY)

    series = [read() for _ in range(times)]
    return model, loss, {name: torch.tensor([line[name] for line in series]) for name in series[0]}


def z(series, exact):
    return float((series.mean() - exact) / (series.std() / math.sqrt(len(series))))


def test_minibatch_temperature_is_that_of_the_enumerated_covariance():
    """h tr(C)/(2d) with C = (1/n)(1 - n/N) Var_i; leaving the (1 - n/N) out is seen."""
    model, loss, series = readings(rate=0.0, times=1500)
    parameters = list(model.parameters())
    rows = [torch.autograd.grad(loss(model, torch.tensor([i])), parameters) for i in range(EXAMPLES)]
    each = torch.stack([torch.cat([g.flatten() for g in row]) for row in rows])  # (example, parameter)
    trace = each.var(0, correction=1).sum() / BATCH
    exact = STEP * trace * (1 - BATCH / EXAMPLES) / (2 * each.shape[1])
    assert abs(z(series["temperature_minibatch"], exact)) < 4
    assert abs(z(series["temperature_minibatch"], exact / (1 - BATCH / EXAMPLES))) > 4
    assert float(series["temperature_dropout"].abs().max()) == 0.0


def test_configurational_temperature_is_the_virial_of_the_full_gradient():
    """<W.(grad L + lambda W)>/d over fresh batches; without the prior it reads something else."""
    model, loss, series = readings(rate=0.0, times=1500)
    parameters = list(model.parameters())
    full = torch.autograd.grad(loss(model, torch.arange(EXAMPLES)), parameters)
    dimension = sum(p.numel() for p in parameters)
    virial = sum((p * g).sum() for p, g in zip(parameters, full, strict=True)).item() / dimension
    prior = DECAY * sum(p.square().sum() for p in parameters).item() / dimension
    assert abs(z(series["temperature_configurational"], virial + prior)) < 4
    assert abs(z(series["temperature_configurational"], virial)) > 4


def test_masks_heat_and_the_training_stream_is_left_alone():
    model, loss, training, own = make(rate=0.4)
    before = training.get_state()
    batches, draws = Batches(EXAMPLES, BATCH, 0), torch.Generator().manual_seed(6)
    reading = read_thermometers(model, loss, lambda: batches.fresh(draws), own, training, STEP, DECAY)
    assert reading["temperature_dropout"] > 0
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
