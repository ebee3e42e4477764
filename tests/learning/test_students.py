"""Students as systems: errors counted by definition, fields kept up to date, replicas that resume, samples apart."""

import math

import numpy as np
import pytest
import torch

from physlearn.dynamics.spins import OFFSET
from physlearn.learning import kernels
from physlearn.learning.exact import census, sphere_energy
from physlearn.learning.examples import draw, on_sphere
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.spherical_students import SphericalPerceptron
from physlearn.streams import stream, streams
from physlearn.systems.exact import all_spins
from physlearn.tempering.spins import spin_replicas


def errors(examples, states, sample=0):
    """E by definition, the sign of 0 being +1."""
    x, y = examples.inputs[sample].double(), examples.labels[sample].double()
    return (torch.where(states.double() @ x.T >= 0, 1.0, -1.0) != y).sum(1).double()


@pytest.mark.parametrize("inputs", ["signs", "gaussian"])
def test_ising_energies_are_numbers_of_errors(inputs):
    """N even, so that +-1 inputs give sums of 0; two samples."""
    examples = draw(10, 13, stream(1, "students"), 2, "ising", inputs)
    system, states = IsingPerceptron(examples), all_spins(10)
    both = torch.cat([states, states])
    expected = torch.cat([errors(examples, states, sample) for sample in (0, 1)])
    assert torch.equal(system.energy(both), expected)
    if inputs == "signs":
        assert bool((states.double() @ examples.inputs[0].double().T == 0).any()), "there are ties"
    assert system.energy(examples.teacher.to(torch.int8)).tolist() == [0, 0]
    assert system.overlap(examples.teacher.to(torch.int8)).tolist() == [1, 1]


def test_spherical_energies_are_numbers_of_errors():
    examples = draw(7, 20, stream(2, "students"), 2, "spherical", "gaussian")
    system = SphericalPerceptron(examples)
    states = system.start(streams(1, range(60)))
    expected = torch.cat([errors(examples, states[:30], 0), errors(examples, states[30:], 1)])
    assert torch.equal(system.energy(states), expected)
    assert system.energy(examples.teacher.float()).tolist() == [0, 0]


@pytest.mark.parametrize("inputs", ["signs", "gaussian"])
def test_census_counts_every_student(inputs):
    examples = draw(9, 11, stream(3, "students"), 2, "ising", inputs)
    states = all_spins(9)
    agreeing = ((states.double() * examples.teacher[1]).sum(1) + 9) / 2
    expected = np.zeros((12, 10), int)
    np.add.at(expected, (errors(examples, states, 1).int().numpy(), agreeing.int().numpy()), 1)
    counted = census(IsingPerceptron(examples))[1]
    assert np.array_equal(counted.counts, expected)
    Z = (expected.sum(1) * np.exp(-np.arange(12) / 0.7)).sum()
    assert counted.log_z(0.7) == pytest.approx(math.log(Z))
    assert counted.log_z(0) == pytest.approx(math.log(expected[0].sum()))
    step = 1e-5
    slope = (0.7 * counted.log_z(0.7) - (0.7 - step) * counted.log_z(0.7 - step)) / step
    assert counted.entropy(0.7) * 9 == pytest.approx(slope, rel=1e-4)  # S = d(T ln Z)/dT
    weight = np.exp(-errors(examples, states, 1).numpy() / 0.7)
    R = 2 * agreeing.numpy() / 9 - 1
    assert counted.overlap(0.7) == pytest.approx((R * weight).sum() / weight.sum())
    assert counted.error(0.7) == pytest.approx((np.arccos(R) * weight).sum() / weight.sum() / math.pi)
    assert counted.heat_capacity(0.7) == pytest.approx(
        (counted.energy(0.7 + step) - counted.energy(0.7 - step)) / 2 / step
    )


def test_a_grid_of_the_sphere_is_a_sphere():
    """As random points of the sphere have it."""
    examples = draw(3, 8, stream(4, "students"), 1, "spherical", "gaussian")
    states = on_sphere(torch.randn(400_000, 3, generator=stream(5, "students"), dtype=torch.float64))
    E = errors(examples, states)
    weights = (-E / 0.9).exp()
    mean = float((E * weights).sum() / weights.sum())
    error = float((weights * (E - mean)).std() / weights.mean()) / 400_000**0.5
    assert abs(sphere_energy(examples, 0.9) - mean) < 4 * error


@pytest.mark.parametrize("rule", ["rotations", "great_circles"])
def test_students_stay_on_the_sphere_and_rise_in_energy_only_by_the_level(rule):
    examples = draw(20, 40, stream(6, "students"), 1, "spherical", "gaussian")
    system, numbers = SphericalPerceptron(examples), streams(3, range(8))
    states = system.start(numbers)
    assert torch.allclose(states.square().sum(1), torch.full((8,), 20.0))
    for _ in range(30):
        before = system.energy(states)
        system.sweep(states, torch.zeros(8), numbers, rule)
        assert bool((system.energy(states) <= before + 1).all())  # at T = 0; a rounded field of 0 may change sides
        assert torch.allclose(states.square().sum(1), torch.full((8,), 20.0), rtol=1e-4)
    assert system.energy(states).mean() < 8


@pytest.mark.parametrize(("kind", "law", "rule"), [(IsingPerceptron, "ising", "heat_bath"),
                                                   (SphericalPerceptron, "spherical", "rotations"),
                                                   (SphericalPerceptron, "spherical", "great_circles")])  # fmt: skip
def test_replicas_belong_to_their_index_and_resume_bit_for_bit(kind, law, rule):
    system = kind(draw(12, 20, stream(7, "students"), 1, law))
    temperatures = torch.linspace(0.5, 2, 6)
    every, some = spin_replicas(system, 6, 3, rule), spin_replicas(system, range(2, 5), 3, rule)
    again = spin_replicas(system, 6, 3, rule)
    for _ in range(3):
        every.explore(temperatures)
        some.explore(temperatures[2:5])
    assert torch.allclose(every.states[2:5].double(), some.states.double(), atol=1e-4)
    again.load_state_dict({key: value + 0 for key, value in every.state_dict().items()})
    every.explore(temperatures)
    again.explore(temperatures)
    assert torch.equal(every.states, again.states)
    assert torch.equal(every.measure(), again.measure())


def test_many_sweeps_at_once_are_as_many_one_by_one():
    system = IsingPerceptron(draw(12, 20, stream(8, "students")))
    states = [system.start(streams(1, range(5))) for _ in range(2)]
    temperatures, numbers = torch.full((5,), 0.8), [streams(2, range(5)) for _ in range(2)]
    system.sweep(states[0], temperatures, numbers[0], sweeps=4)
    for _ in range(4):
        system.sweep(states[1], temperatures, numbers[1])
    assert torch.equal(*states)


@pytest.mark.parametrize("rule", ["heat_bath", "metropolis"])
@pytest.mark.parametrize(("size", "count"), [(1, 5), (10, 64), (33, 129), (9, 600)])
def test_64_examples_at_once_are_the_examples_one_by_one(size, count, rule):
    """Every decision is that of the kernel that counts the errors of all fields; N odd and even, P about a word."""
    system = IsingPerceptron(draw(size, count, stream(10, "students"), 2))
    temperatures, numbers = torch.linspace(0.01, 3, 6), streams(2, range(6))
    states = system.start(streams(1, range(6)))
    one_by_one = states.numpy().copy()
    fixed = (
        system.columns,
        system.fields(states),
        (1 / temperatures.double()).numpy(),
        numbers.keys.numpy().view("u8"),
    )
    kernels.heat_bath(0, 6, one_by_one, *fixed, np.uint64(0), 20, OFFSET[rule])
    system.sweep(states, temperatures, numbers, rule, sweeps=20)
    assert np.array_equal(states.numpy(), one_by_one)
    assert not torch.equal(states, system.start(streams(1, range(6))))


def test_rows_of_samples():
    examples = draw(10, 15, stream(9, "students"), 3)
    system = IsingPerceptron(examples)
    part = system.of_rows(range(4, 8), 4)  # the second sample of three, four rows each
    states = system.start(streams(1, range(12)))
    assert torch.equal(part.energy(states[4:8]), system.energy(states)[4:8])
    assert torch.equal(examples.between(2, 6).labels, examples.labels[:, 2:6])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw(0, 5, stream(0, "x")), "must be >= 1, got 0, 5, 1"),
        (lambda: draw(5, 5, stream(0, "x"), 1, "binary"), "law must be one of"),
        (lambda: draw(5, 5, stream(0, "x"), inputs="uniform"), "inputs one of"),
        (lambda: SphericalPerceptron(draw(1, 5, stream(0, "x"))), "at least 2 weights"),
        (lambda: census(IsingPerceptron(draw(21, 5, stream(0, "x")))), "at most 20 weights, got 21"),
        (lambda: sphere_energy(draw(4, 5, stream(0, "x")), 1.0), "the grid is for 3 weights"),
        (lambda: swept(IsingPerceptron, 0.0, "heat_bath"), "as many temperatures > 0"),
        (lambda: swept(IsingPerceptron, 1.0, "rotations"), "rule must be heat_bath or metropolis"),
        (lambda: swept(SphericalPerceptron, -1.0, "rotations"), "as many temperatures >= 0"),
        (lambda: swept(SphericalPerceptron, 1.0, "heat_bath"), "rule must be rotations or great_circles"),
    ],
)
def test_arguments_out_of_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def swept(kind, temperature, rule):
    system, numbers = kind(draw(5, 5, stream(0, "x"))), streams(0, range(2))
    system.sweep(system.start(numbers), torch.full((2,), temperature), numbers, rule)
