"""Every law of the package holds, and one that is measured wrongly does not."""

import pytest
import torch

from physlearn.tensor import laws as module
from physlearn.tensor.laws import laws

CPU = torch.device("cpu")


@pytest.mark.parametrize("law", laws(CPU, 3), ids=lambda law: law.name)
def test_law(law):
    mean, error = law.measure()
    assert abs(mean - law.exact) < 4 * error
    assert 0 < error < 0.02


def test_control_conditional_samples_of_other_values_fail(monkeypatch):
    """Three of the known sites taken for 0 in the enumeration's place: the row is off by many standard errors."""
    law = laws(CPU, 3)[-1]
    right = module.complete
    monkeypatch.setattr(module, "complete", lambda state, known, *rest: right(state, known.where(known < 0, 0), *rest))
    mean, error = law.measure()
    assert abs(mean - law.exact) > 20 * error
