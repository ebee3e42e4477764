"""ln Z by annealing and by its reverse, RAISE against the enumerated law of the annealed chains, and wrong variants."""

import math

import pytest
import torch

from physlearn.boltzmann_machine import ais, exact
from physlearn.boltzmann_machine.laws import random_machine
from physlearn.boltzmann_machine.path import Path
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.streams import stream

MACHINE = random_machine(5)
BASE = torch.linspace(-1, 1.5, 9).double()
PATH = Path(MACHINE, BASE)
KNOWN = exact.log_z(MACHINE)


def test_both_ends_of_the_path():
    assert exact.log_z(PATH.at(0)) == pytest.approx(PATH.log_z_base, abs=1e-12)
    assert exact.log_z(PATH.at(1)) == pytest.approx(KNOWN, abs=1e-12)
    assert float(PATH.at(0).weights.abs().max()) == 0


@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_free_energy_and_work_on_the_path_are_those_of_its_machines(beta):
    rows = exact.all_units(9)
    fields = MACHINE.hidden_fields(rows)
    here, there = PATH.at(beta).free_energy(rows), PATH.at(0.7).free_energy(rows)
    torch.testing.assert_close(PATH.free_energy(rows, fields, beta), here)
    torch.testing.assert_close(PATH.work(rows, fields, beta, 0.7), there - here)


def test_forward_and_reverse_meet_the_exact_value():
    ahead = ais.log_z(PATH, ais.forward_work(PATH, 1500, 100, stream(2, "forward"))[0])
    back = ais.log_z(PATH, ais.reverse_work(PATH, exact.samples(MACHINE, 1500, stream(2, "p")), 100, stream(2, "back")),
                     reverse=True)  # fmt: skip
    for found in (ahead, back):
        assert abs(found.value - KNOWN) < 4 * found.error
        assert found.error < 0.02
        assert 0.5 < found.effective <= 1


def test_short_annealing_brackets_the_exact_value():
    """300 averages over 4 chains, 4 steps: <exp> is exact, its logarithm too small forwards, too large backwards."""
    forward, _ = ais.forward_work(PATH, 1200, 4, stream(3, "forward"))
    reverse = ais.reverse_work(PATH, exact.samples(MACHINE, 1200, stream(3, "p")), 4, stream(3, "back"))
    low = PATH.log_z_base + (-forward).view(300, 4).logsumexp(1) - math.log(4) - KNOWN
    high = PATH.log_z_base - reverse.view(300, 4).logsumexp(1) + math.log(4) - KNOWN
    for values, sign in ((low, -1), (high, 1)):
        mean, error = float(values.mean()), float(values.std()) / 300**0.5
        assert sign * mean > 6 * error
    ratio = (PATH.log_z_base - forward - KNOWN).exp()
    assert abs(float(ratio.mean()) - 1) < 4 * float(ratio.std()) / 1200**0.5


def test_control_a_reverse_that_does_not_begin_in_p_fails():
    start = PATH.start(1500, stream(4, "base"))
    found = ais.log_z(PATH, ais.reverse_work(PATH, start, 10, stream(4, "back")), reverse=True)
    assert abs(found.value - KNOWN) > 10 * found.error


def kernel(machine):
    """T(v -> v') of one alternating Gibbs step, (configuration, configuration)."""
    v, h = exact.all_units(len(machine.visible)), exact.all_units(len(machine.hidden))
    return _given(machine.hidden_fields(v), h) @ _given(machine.visible_fields(h), v)


def _given(fields, units):
    """p(units | fields), (row, configuration)."""
    return (fields[:, None] * units - torch.nn.functional.softplus(fields)[:, None]).sum(2).exp()


def test_raise_averages_to_the_law_of_the_annealed_chains():
    """p_0 T_1 T_2 T_3 by enumeration; annealing is so short that it is far from p."""
    small = RestrictedBoltzmannMachine(MACHINE.weights[:3, :4], MACHINE.visible[:4], MACHINE.hidden[:3])
    path = Path(small, BASE[:4])
    law = exact.probabilities(path.at(0))
    for beta in ais.betas(3).tolist()[1:]:
        law = law @ kernel(path.at(beta))
    rows = exact.all_units(4)
    chains = 2000
    work = ais.reverse_work(path, rows.repeat(chains, 1), 3, stream(6, "raise")).view(chains, 16)
    found = ais.raise_log_p(path, rows, work).exp()
    weights = (work - work.logsumexp(0)).exp()
    error = found * (weights.square().sum(0) - 1 / chains).sqrt()
    assert bool(((found - law).abs() < 4 * error + 1e-12).all())
    assert float(((found - exact.probabilities(small)).abs() / error).max()) > 6  # p itself is not p_ann


def test_errors():
    assert ais.betas(10)[0] == 0
    assert ais.betas(10)[-1] == 1
    assert bool((ais.betas(10).diff() > 0).all())
    with pytest.raises(ValueError, match="at least 1 step, got 0"):
        ais.betas(0)
    with pytest.raises(ValueError, match="at least two"):
        ais.log_mean(torch.zeros(1))
    mean, error, effective = ais.log_mean(torch.tensor([1.0, 3.0], dtype=torch.float64).log() + 1000)
    assert mean == pytest.approx(1000 + math.log(2))
    assert error == pytest.approx(0.5)
    assert effective == pytest.approx(0.8)
