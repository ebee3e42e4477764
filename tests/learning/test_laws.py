"""The laws that `task=verify` reads: each within 4 standard errors, and wrong samplers beside them that fail."""

import pytest
import torch

from physlearn.learning.exact import census, sphere_energy
from physlearn.learning.examples import draw
from physlearn.learning.ising_students import IsingPerceptron
from physlearn.learning.laws import T, laws, mean_errors
from physlearn.learning.spherical_students import SphericalPerceptron
from physlearn.streams import stream

LAWS = laws(torch.device("cpu"))


@pytest.mark.parametrize("law", LAWS, ids=[law.name[:34] for law in LAWS])
def test_law_holds(law):
    mean, error = law.measure()
    assert law.package == "learning"
    assert error > 0
    assert abs(mean - law.exact) < 4 * error


def test_measurements_are_seeded():
    assert LAWS[0].measure() == LAWS[0].measure()


def test_control_a_heat_bath_at_the_wrong_beta_fails():
    system = IsingPerceptron(draw(12, 15, stream(0, "laws: ising examples")))
    mean, error = mean_errors(system, "heat_bath", 200, 1, heat=1.15)
    assert abs(mean - census(system)[0].energy(T)) > 8 * error


@pytest.mark.parametrize(("rule", "sweeps"), [("rotations", 20), ("great_circles", 40)])
def test_control_slices_at_the_wrong_temperature_fail(rule, sweeps):
    examples = draw(3, 8, stream(0, "laws: spherical examples"), 1, "spherical", "gaussian")
    mean, error = mean_errors(SphericalPerceptron(examples), rule, sweeps, 1, heat=1.2)
    assert abs(mean - sphere_energy(examples, T)) > 6 * error
