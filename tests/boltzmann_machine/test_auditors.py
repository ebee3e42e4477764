"""Auditors follow the exact ln Z of bars and stripes, 3 x 3; the chains that drive the gradient do not."""

import math

import pytest
import torch

from physlearn.boltzmann_machine import exact
from physlearn.boltzmann_machine.auditors import Auditors
from physlearn.boltzmann_machine.laws import random_machine
from physlearn.boltzmann_machine.path import Path
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.boltzmann_machine.training import Centres, ascend, moments, spread
from physlearn.data import bars_and_stripes
from physlearn.streams import stream

UPDATES, CHAINS, LR = 300, 300, 0.2
AT = (50, 150, 300)


@pytest.fixture(scope="module")
def training():
    """(exact ln Z, auditors, drivers, predicted loss) at some updates of a training by 300 persistent chains."""
    rows = bars_and_stripes.read(3).train[0].flatten(1).float() / 255
    drawn = 0.1 * torch.randn(6, 9, generator=stream(0, "weights"))
    machine = RestrictedBoltzmannMachine(drawn, torch.zeros(9), torch.zeros(6))
    none, numbers = Centres(torch.zeros(9), torch.zeros(6)), stream(1, "chains")
    path = Path(machine.clone(), torch.zeros(9))
    auditors = Auditors(path.at(0), path.start(4000, numbers), path.log_z_base, 10, numbers)
    v = path.start(CHAINS, numbers)
    drivers = Auditors(path.at(0), v, path.log_z_base, 1, numbers)
    drivers.book(machine, v)
    lost, found = 0.0, []
    for update in range(1, UPDATES + 1):
        v = machine.gibbs(v, 1, numbers)
        lost += LR * spread(machine, v, none) / CHAINS
        ascend(machine, moments(machine, rows), moments(machine, v), LR, 0, none)
        auditors.follow(machine)
        drivers.book(machine, v)
        if update in AT:
            found.append((exact.log_z(machine), auditors.estimate(), drivers.estimate(), lost))
    return found


def test_auditors_follow_the_exact_value(training):
    for known, found, _, _ in training:
        assert abs(found.value - known) < 4 * found.error
        assert 1e-4 < found.error < 0.02


def test_control_chains_that_drive_the_gradient_are_low_by_the_predicted_sum(training):
    for known, found, driven, lost in training:
        assert driven.value < known - 15 * found.error
        assert known - driven.value == pytest.approx(lost, rel=0.25)


def test_resampling_keeps_the_estimate_and_every_group_to_itself():
    machine = random_machine(5)
    path = Path(machine, torch.zeros(9).double())
    numbers = stream(2, "auditors")
    auditors = Auditors(path.at(0), path.start(4000, numbers), path.log_z_base, 8, numbers)
    auditors.book(path.at(0.5), auditors.v)
    before = auditors.estimate()
    rows = auditors.v.clone()
    assert before.effective < 0.5
    auditors.resample()
    after = auditors.estimate()
    assert auditors.resampled >= 6
    assert after.value == pytest.approx(before.value, abs=1e-10)
    assert after.error == pytest.approx(before.error, abs=1e-10)
    assert after.effective > 0.9
    own = {tuple(row) for row in rows[:500].tolist()}
    assert all(tuple(row) in own for row in auditors.v[:500].tolist())
    resampled = auditors.v.mean(0)
    shares = exact.probabilities(path.at(0.5))
    torch.testing.assert_close(resampled, shares @ exact.all_units(9), atol=0.06, rtol=0)


def test_a_hard_protocol_is_followed_with_resampling_and_not_by_chains_that_stand_still(monkeypatch):
    machine = RestrictedBoltzmannMachine(*(2 * value for value in random_machine(5).parameters))
    path, known = Path(machine, torch.zeros(9).double()), exact.log_z(machine)

    def followed():
        numbers = stream(3, "auditors")
        auditors = Auditors(path.at(0), path.start(2000, numbers), path.log_z_base, 10, numbers)
        for k in range(1, 21):
            auditors.follow(path.at(k / 20))
        return auditors

    found = followed()
    assert found.resampled >= 8
    assert abs(found.estimate().value - known) < 4 * found.estimate().error < 0.2
    monkeypatch.setattr(RestrictedBoltzmannMachine, "gibbs", lambda self, v, *_: 1 - v)  # no step that leaves p alone
    wrong = followed().estimate()
    assert abs(wrong.value - known) > 0.5


def test_groups_must_divide_the_chains():
    path = Path(random_machine(0), torch.zeros(9).double())
    for chains, groups in ((10, 3), (8, 8), (4, 0)):
        with pytest.raises(ValueError, match=f"{chains} chains do not make {groups} groups"):
            Auditors(path.at(0), torch.zeros(chains, 9), 0.0, groups, stream(0, "x"))


def test_independent_samples_that_drive_are_low_by_the_predicted_sum():
    """Drawn afresh from p at every update, so that no correlation in time alters the sum: 40 chains, 8 trainings."""
    rows = bars_and_stripes.read(3).train[0].flatten(1).double() / 255
    numbers, off, predicted = stream(5, "samples"), [], []
    for training in range(8):
        drawn = 0.1 * torch.randn(6, 9, generator=stream(training, "weights"), dtype=torch.float64)
        machine = RestrictedBoltzmannMachine(drawn, torch.zeros(9).double(), torch.zeros(6).double())
        none = Centres(torch.zeros(9).double(), torch.zeros(6).double())
        first, total, lost = exact.log_z(machine), 0.0, 0.0
        for _ in range(60):
            v = exact.samples(machine, 40, numbers)
            lost += LR * spread(machine, v, none) / 40
            before = machine.free_energy(v)
            ascend(machine, moments(machine, rows), moments(machine, v), LR, 0, none)
            total += float((before - machine.free_energy(v)).logsumexp(0)) - math.log(40)
        off.append(exact.log_z(machine) - first - total)
        predicted.append(lost)
    mean, error = (float(torch.tensor(off).mean()), float(torch.tensor(off).std()) / 8**0.5)
    expected = sum(predicted) / 8
    assert abs(mean - expected) < 4 * error < 0.4 * expected
