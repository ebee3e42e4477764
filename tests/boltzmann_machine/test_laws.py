"""Every law of the package holds, and one that is measured wrongly does not."""

import pytest
import torch

from physlearn.boltzmann_machine.laws import laws
from physlearn.boltzmann_machine.path import Path

CPU = torch.device("cpu")


@pytest.mark.slow
@pytest.mark.parametrize("law", laws(CPU, 3), ids=lambda law: law.name)
def test_law(law):
    mean, error = law.measure()
    assert abs(mean - law.exact) < 4 * error
    assert 0 < error < 0.05


def test_control_work_with_the_next_beta_in_place_of_the_last_fails(monkeypatch):
    law = laws(CPU, 3)[0]
    right = Path.work
    monkeypatch.setattr(Path, "work", lambda self, v, fields, b, a: right(self, v, fields, b, a) * 0.99)
    mean, error = law.measure()
    assert abs(mean - law.exact) > 10 * error
