"""An energy of the user's own under task=temper: its gradient, and what it must give."""

import pytest
import torch

from physlearn.lab.errors import UserError
from physlearn.tasks.temper.own import Own


class Valley:
    """E = (a - x)^2 + b (y - x^2)^2."""

    dimension = 2

    def __init__(self, a=1.3, b=7.0):
        self.a, self.b = a, b

    def energy(self, x):
        return (self.a - x[:, 0]) ** 2 + self.b * (x[:, 1] - x[:, 0] ** 2) ** 2

    def slope(self, x):
        """dE/dx and dE/dy."""
        rise = x[:, 1] - x[:, 0] ** 2
        return torch.stack([-2 * (self.a - x[:, 0]) - 4 * self.b * x[:, 0] * rise, 2 * self.b * rise], dim=1)


class WithGradient(Valley):
    def gradient(self, x):
        return 3 * x


def own(system):
    return Own(system, "Valley", torch.zeros(2, dtype=torch.float64))


def test_the_gradient_is_that_of_the_energy():
    x = torch.randn(5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    valley = Valley()
    assert torch.allclose(own(valley).gradient(x), valley.slope(x), rtol=1e-12)
    assert not x.requires_grad
    with torch.no_grad():  # as a mover calls it
        assert torch.allclose(own(valley).gradient(x), valley.slope(x), rtol=1e-12)
    assert torch.equal(own(WithGradient()).gradient(x), 3 * x)  # its own wins


@pytest.mark.parametrize(
    ("energy", "line"),
    [
        (lambda x: x.sum(), r"Valley.energy gives \(\) for \(2, 2\): it must be \(2,\)"),
        (lambda x: x, r"Valley.energy gives \(2, 2\) for"),
        (lambda x: 1.0, r"Valley.energy gives \(\) for"),
        (lambda x: x.detach().sum(1), "cannot be differentiated: give the class a gradient"),
    ],
)
def test_an_energy_that_is_none_is_refused(energy, line):
    valley = Valley()
    valley.energy = energy
    with pytest.raises(UserError, match=line):
        own(valley)


def test_a_gradient_of_another_shape_is_refused():
    valley = Valley()
    valley.gradient = lambda x: x.sum(1)
    with pytest.raises(UserError, match="must give one row of 2 for every row"):
        own(valley)
