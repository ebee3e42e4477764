"""L-info: its bounds, what perfect machines have, and the gradient that trains them."""

import math

import pytest
import torch

from physlearn.boltzmann_machine import exact
from physlearn.boltzmann_machine.information import information, l_info, machines_on_sets
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.boltzmann_machine.training import Centres, ascend, moments
from physlearn.streams import stream


@pytest.fixture
def machines():
    rows = exact.all_units(4)
    sets = torch.stack((rows[[3, 12]], rows[[5, 10]], rows[[3, 10]], rows[[0, 15]]))
    return machines_on_sets(sets, 5, 2, 0.3, stream(0, "weights"))


def test_information_of_known_tables():
    disjoint = torch.eye(8).double()
    assert information(disjoint) == pytest.approx(math.log(8), abs=1e-12)
    assert information(disjoint[:1].expand(5, -1)) == 0
    noisy = 0.9 * torch.eye(2).double() + 0.05
    binary = math.log(2) + 0.95 * math.log(0.95) + 0.05 * math.log(0.05)
    assert information(noisy) == pytest.approx(binary, abs=1e-12)


def test_an_update_is_that_of_a_single_machine(machines):
    last = RestrictedBoltzmannMachine(
        machines.weights[5].clone(), machines.visible[5].clone(), machines.hidden[5].clone()
    )
    rows = exact.all_units(4)[[3, 10]]  # the third set
    for _ in range(3):
        machines.ascend(0.1)
        none = Centres(torch.zeros(4).double(), torch.zeros(5).double())
        ascend(last, moments(last, rows), exact.exact_moments(last), 0.1, 0, none)
    torch.testing.assert_close(machines.weights[5], last.weights)
    torch.testing.assert_close(machines.visible[5], last.visible)
    torch.testing.assert_close(machines.hidden[5], last.hidden)
    torch.testing.assert_close(machines.log_probabilities()[5].exp(), exact.probabilities(last))


def test_nothing_is_known_at_first_and_at_most_ln_k_later(machines):
    assert l_info(machines, 4) < 1e-12  # the same first weights
    values = []
    for _ in range(20):
        for _ in range(40):
            machines.ascend(0.3)
        values.append([l_info(machines, 4, count) for count in (2, 3, 4)])
    for count, value in zip((2, 3, 4), values[-1], strict=True):
        assert 0.4 * math.log(count) < value <= math.log(count)
    assert values[-1][0] == pytest.approx(math.log(2), abs=0.01)  # the first two sets share no image
    assert values[0][2] < values[-1][2]
    own = machines.targets.view(4, 2, -1)[:, 0]
    assert values[-1][2] == pytest.approx(information(own), abs=0.05)  # machines that fit have the data's information
    # from samples: the mean of ln p(x | B)/p(x)
    conditional = machines.log_probabilities().exp().view(4, 2, 16).mean(1)
    sets = torch.randint(4, (20_000,), generator=stream(2, "B"))
    x = torch.multinomial(conditional[sets], 1, generator=stream(2, "x"))[:, 0]
    told = (conditional[sets, x] / conditional.mean(0)[x]).log()
    assert abs(float(told.mean()) - values[-1][2]) < 4 * float(told.std()) / 20_000**0.5
