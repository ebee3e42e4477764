"""Every law of the package holds, and one that is measured wrongly does not."""

import pytest
import torch

from physlearn.orbitals import laws as module
from physlearn.orbitals.laws import laws

LAWS = laws(torch.device("cpu"), 3)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_law(law):
    mean, error = law.measure()
    assert 0 < error < 0.05 * abs(law.exact)
    assert abs(mean - law.exact) < 4 * error


def test_control_chains_below_the_temperature_that_crosses_fail(monkeypatch):
    """The same ladder without its hot levels, and steps that are small."""
    monkeypatch.setattr(module, "LADDER", [1.0, 1.2])
    monkeypatch.setattr(module, "STEP", 0.01)
    monkeypatch.setattr(module, "SWEEPS", 60)
    law = module.laws(torch.device("cpu"), 3)[2]
    mean, error = law.measure()
    assert abs(mean - law.exact) > 5 * error
