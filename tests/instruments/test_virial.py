"""The configurational thermometer of every step: what it reads against closed forms, and verdicts that can fail."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from physlearn.dynamics import exact
from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.instruments.agreement import Agreement, agreement
from physlearn.instruments.rounding import rounding_warning
from physlearn.instruments.virial import Virial


class Wells(nn.Module):
    """Two layers of harmonic wells of different curvature: E = sum k w^2/2."""

    def __init__(self, size: int = 400) -> None:
        super().__init__()
        self.soft, self.stiff = nn.Linear(size, 1, bias=False), nn.Linear(size, 1, bias=False)
        self.double()


H, T, SOFT, STIFF, DECAY, NOISE = 0.35, 0.2, 0.3, 1.4, 0.25, 0.9


def lines(steps=2500, noise=NOISE, temperature=T, heated=1.0, seed=0, every=25, skip=500, start=0.05):
    """Langevin on the wells with gradient noise of variance `noise`; lines of 25 steps as task=train logs them.

    heated: what the thermal noise is multiplied with, for the control.
    """
    model, generator = Wells(), torch.Generator().manual_seed(seed)
    for weight in model.parameters():
        nn.init.constant_(weight, start)
    decay = dict.fromkeys(("soft.weight", "stiff.weight"), DECAY)
    optimizer = Langevin(model.parameters(), H, temperature * heated, weight_decay=DECAY, generator=generator)
    virial, logged = Virial(model, decay), []
    for step in range(steps):
        for layer, k in ((model.soft, SOFT), (model.stiff, STIFF)):
            w = layer.weight
            w.grad = k * w.detach() + noise**0.5 * torch.randn(w.shape, generator=generator, dtype=w.dtype)
        virial.read(step)
        virial.read(step)  # a second gradient of the same step is not read
        optimizer.step()
        if (step + 1) % every == 0:
            logged.append(virial.take())
    kept = np.array(logged)[skip // every :]  # (line, product, layer)
    optimizer.param_groups[0]["temperature"] = temperature
    return optimizer, {"layers_configurational": kept[:, 0], "layers_force": kept[:, 1]}


@pytest.mark.parametrize("seed", [0, 1])
def test_it_reads_the_closed_form_of_a_well(seed):
    """<W.g>/d = (T + hC/2)/(1 - hk/2) in each layer, at hk up to .58, the prior's curvature included."""
    _, read = lines(seed=seed)
    for i, k in enumerate((SOFT + DECAY, STIFF + DECAY)):
        truth = exact.configurational_temperature(H, k, T, NOISE)
        series = read["layers_configurational"][:, i]
        rho = 1 - H * k
        error = truth * math.sqrt(2 / (400 * 2000) * (1 + rho**2) / (1 - rho**2) + 4 * NOISE / (truth * k * 400 * 2000))
        assert abs(series.mean() - truth) < 4 * error
        assert abs(series.mean() - (T + H * NOISE / 2)) > 4 * error  # without the step's bias


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_predicted_and_measured_agree_at_any_step_and_noise(seed):
    """T + (h/2) <|g|^2>/d is the same closed form, from the gradients themselves."""
    optimizer, read = lines(seed=seed)
    found = agreement(optimizer, read)
    for i, k in enumerate((SOFT + DECAY, STIFF + DECAY)):
        assert found.predicted[i] == pytest.approx(exact.configurational_temperature(H, k, T, NOISE), rel=0.02)
    assert found.holds
    assert max(found.error) < 0.01


@pytest.mark.parametrize("heated", [0.0, 0.9, 1.1])
def test_control_another_thermal_noise_is_seen(heated):
    """No thermal noise (T = 0), or ten percent more or less of it: more than 5 standard errors."""
    found = agreement(*lines(heated=heated))
    assert not found.holds
    assert min(abs(z) for z in found.z) > 5


def test_control_a_start_that_still_decays_is_seen():
    """Weights that begin far from equilibrium and relax in 1/(hk) steps, all of the run: nothing agrees."""
    found = agreement(*lines(steps=60, skip=0, every=2, noise=0.0, temperature=1e-4, start=1.0))
    assert not found.holds


def test_every_equation_of_motion_says_what_it_should_read():
    weights = [nn.Parameter(torch.ones(3))]
    group = {"temperature": 0.2, "lr": 0.1, "scheme": "euler", "thermostat": torch.tensor(1.5)}
    assert Langevin(weights, 0.1, 0.2).configurational(group, 0.3, 4.0) == pytest.approx(0.2 + 0.1 / 2 * 4.0)
    other = group | {"scheme": "leimkuhler_matthews"}
    assert Langevin(weights, 0.1, 0.2).configurational(other, 0.3, 4.0) == pytest.approx(0.5)
    assert NoseHoover(weights, 0.1, 0.2).configurational(group, 0.3, 4.0) == pytest.approx(0.2 * (1 - 0.1 * 1.5 / 2))
    assert MALA(weights, 0.1, 0.2).configurational(group, 0.0, 4.0) == 0.2
    assert PreconditionedLangevin(weights, 0.1, 0.2).configurational(group, 0.3, 4.0) is None


def test_a_verdict_needs_every_layer_and_no_trend():
    assert Agreement([1.0, 2.0], [1.01, 1.99], [0.02, 0.01]).holds
    assert not Agreement([1.0, 2.0], [1.01, 1.9], [0.02, 0.01]).holds
    assert Agreement([1.0], [0.991], [1e-4]).holds
    assert not Agreement([1.0], [0.985], [1e-4]).holds
    assert not Agreement([1.0], [1.0], [0.11]).holds
    assert not Agreement([1.0, 2.0], [1.01, 1.99], [0.02, None]).holds
    assert "drifts" in Agreement([1.0], [1.01], [None]).words(0)
    assert Agreement([1.02], [1.0], [0.004]).words(0) == "1.020 ± 0.004 (z = 5.0)"


def test_rounding_that_eats_the_drift_is_said():
    """h = .001, T = 5e-11 around W = .3 in float32: the variance is nearly twice T/k, and the run is warned."""
    h, temperature, size = 1e-3, 5e-11, 3000

    def excess(centre):
        w = nn.Parameter(torch.full((size,), centre))
        optimizer = Langevin([w], h, temperature, generator=torch.Generator().manual_seed(0))
        for _ in range(3000):
            w.grad = w.detach() - centre  # k = 1
            optimizer.step()
        model = nn.Module()
        model.w = w
        ratio = float((w.detach().double() - centre).square().mean()) / temperature
        return ratio, rounding_warning(model, h, temperature, 1.0)

    ratio, words = excess(0.3)
    assert ratio > 1.5
    assert words.startswith("Warning: ")
    assert "float32" in words
    ratio, words = excess(0.03)
    assert abs(ratio - 1) < 4 * math.sqrt(2 / size)
    assert words is None


def test_a_second_gradient_of_a_step_is_not_read():
    model = Wells(3)
    virial = Virial(model, dict.fromkeys(("soft.weight", "stiff.weight"), 0.0))
    for weight in model.parameters():
        nn.init.constant_(weight, 2.0)
        weight.grad = torch.full_like(weight, 0.5)
    virial.read(0)
    for weight in model.parameters():
        weight.grad = torch.full_like(weight, 100.0)  # at weights that are only proposed
    virial.read(0)
    assert virial.take() == ([1.0, 1.0], [0.25, 0.25])
    assert all(math.isnan(value) for value in virial.take()[0])


def test_fluctuations_that_both_sides_share_make_no_error():
    """Rare large gradients move W.g and |g|^2 alike; the error is that of the difference, line by line."""
    rng = np.random.default_rng(0)
    force = rng.exponential(1.0, (80, 1)) ** 3
    noise = 1e-3 * rng.normal(size=(80, 1))
    optimizer = Langevin([nn.Parameter(torch.ones(3))], 0.1, 0.2)
    found = agreement(optimizer, {"layers_configurational": 0.2 + 0.05 * force + noise, "layers_force": force})
    assert found.error[0] * found.predicted[0] == pytest.approx(1e-3 / 80**0.5, rel=0.5)
