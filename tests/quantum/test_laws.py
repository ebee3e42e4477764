"""Every law of the package holds, and one that is measured wrongly does not."""

import pytest
import torch

from physlearn.quantum import laws as module
from physlearn.quantum.laws import laws

CPU = torch.device("cpu")


def rows():
    """The energies of matrix product states have quicker tests of their own."""
    for law in laws(CPU, 3):
        yield pytest.param(law, marks=pytest.mark.slow if law.name.startswith("DMRG") else (), id=law.name)


@pytest.mark.parametrize("law", list(rows()))
def test_law(law):
    mean, error = law.measure()
    assert abs(mean - law.exact) < 4 * error
    assert 0 < error < 0.05


def test_control_samples_of_psi_in_place_of_its_square_fail(monkeypatch):
    law = laws(CPU, 3)[-1]
    right = module.Chains.sweep
    monkeypatch.setattr(module.Chains, "sweep", lambda self, log_psi: right(self, lambda states: log_psi(states) / 2))
    mean, error = law.measure()
    assert abs(mean - law.exact) > 20 * error
