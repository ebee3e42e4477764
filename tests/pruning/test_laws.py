"""The laws that task=verify measures, within 4.5 standard errors; a criterion that is not the law's is found out."""

import pytest
import torch

from physlearn.pruning import criteria, exact
from physlearn.pruning.laws import laws, signal_kept

CPU = torch.device("cpu")


@pytest.mark.parametrize("law", laws(CPU), ids=lambda law: law.name)
def test_law(law):
    mean, error = law.measure()
    assert abs(mean - law.exact) < 4.5 * error
    assert error < 0.01 * law.exact


def test_the_wrong_power_of_the_weight_is_found_out():
    """Negative control: |w| in place of w^2 in the exponent."""

    def wrong(seen, kept):
        return criteria.boltzmann(criteria.Seen({"weight": seen.weights["weight"].sqrt()}, seed=seen.seed), kept, 0.8)

    mean, error = signal_kept(wrong, CPU)
    assert abs(mean - exact.boltzmann_signal(0.1, 0.8)) > 20 * error
