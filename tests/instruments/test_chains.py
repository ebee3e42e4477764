"""R-hat and ESS of several chains: against ArviZ where it is installed, and against chains of known correlation."""

import warnings

import numpy as np
import pytest

from physlearn.instruments.chains import bulk_ess, r_hat

PHI = 0.7


def chains(count, draws, seed, shift=0.0):
    """AR(1) with correlation PHI; chain i lies at i shift."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, draws))
    for t in range(1, draws):
        x[:, t] = PHI * x[:, t - 1] + (1 - PHI**2) ** 0.5 * x[:, t]
    return x + shift * np.arange(count)[:, None]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_chains_of_one_law_agree_and_are_worth_what_their_correlation_says(seed):
    """tau = (1 + phi)/(1 - phi) = 5.67."""
    x = chains(4, 20_000, seed)
    assert r_hat(x) < 1.005
    assert bulk_ess(x) == pytest.approx(x.size * (1 - PHI) / (1 + PHI), rel=0.08)


def test_chains_that_disagree_in_place_or_in_width_are_told():
    apart, wide = chains(4, 500, 0, shift=0.5), chains(4, 500, 0)
    wide[0] *= 3
    assert r_hat(apart) > 1.1
    assert bulk_ess(apart) < 30
    assert r_hat(wide) > 1.05
    assert np.isnan(r_hat(np.ones((2, 9))))
    with pytest.raises(ValueError, match="at least 4 draws"):
        r_hat(np.ones((2, 3)))


def test_they_are_arvizs_numbers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arviz = pytest.importorskip("arviz")
        for x in (chains(4, 301, 5), chains(2, 200, 6, shift=1.0), chains(3, 50, 7) ** 2):
            assert r_hat(x) == pytest.approx(float(arviz.rhat(x)), rel=1e-10)
            assert bulk_ess(x) == pytest.approx(float(arviz.ess(x)), rel=0.02)
