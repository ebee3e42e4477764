"""The battery of `task=verify` holds here, and no law in it is blunt."""

import pytest
import torch

from physlearn.dynamics.laws import laws

LAWS = laws(torch.device("cpu"))


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_law_holds(law):
    mean, error = law.measure()
    assert 0 < error < 0.01 * law.exact
    assert abs(mean - law.exact) < 4 * error
