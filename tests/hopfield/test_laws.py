"""The laws that `task=verify` reads: each within 4 standard errors, and named as the table wants them."""

import pytest
import torch

from physlearn.hopfield.laws import laws

LAWS = laws(torch.device("cpu"))


@pytest.mark.parametrize("law", LAWS, ids=[law.name[:30] for law in LAWS])
def test_law_holds(law):
    mean, error = law.measure()
    assert law.package == "hopfield"
    assert error > 0
    assert abs(mean - law.exact) < 4 * error


def test_measurements_are_seeded():
    assert LAWS[0].measure() == LAWS[0].measure()
