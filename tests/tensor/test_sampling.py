"""Exact samples: their frequencies, their stated probabilities, and what a wrong environment does to them."""

import math

import pytest
import torch

from physlearn.tensor.exact import all_states, chi_square, probabilities
from physlearn.tensor.gauge import canonical
from physlearn.tensor.sampling import UNKNOWN, complete, sample
from physlearn.tensor.state import MatrixProductState
from physlearn.tensor.states import ghz, product_state, random_state

SITES, DRAWN = 8, 40_000


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def state():
    """In no gauge."""
    cores = [core * (1.5 if site % 2 else 0.4) for site, core in enumerate(random_state(SITES, 4, generator(7)).cores)]
    mix = torch.randn(4, 4, generator=generator(8), dtype=torch.float64)
    cores[3], cores[4] = cores[3] @ mix, torch.tensordot(torch.linalg.inv(mix), cores[4], dims=1)
    return MatrixProductState(cores)


def counts(samples):
    index = (samples * 2 ** torch.arange(SITES - 1, -1, -1)).sum(1)
    return torch.bincount(index, minlength=2**SITES)


def p_value(samples, shares):
    """Of chi^2, outcomes expected less than five times put together."""
    seen = counts(samples)
    seen, shares = seen[shares > 0], shares[shares > 0]
    assert int(seen.sum()) == len(samples)
    rare = shares * len(samples) < 5
    if bool(rare.any()):
        seen = torch.cat((seen[~rare], seen[rare].sum()[None]))
        shares = torch.cat((shares[~rare], shares[rare].sum()[None]))
    return chi_square(seen, shares)[1]


def test_frequencies_are_psi_squared(state):
    samples, _ = sample(state, DRAWN, generator(1))
    assert p_value(samples, probabilities(state.dense())) > 0.001


def test_log_probabilities_are_exact(state):
    samples, logs = sample(state, 500, generator(2))
    exact = 2 * state.log_amplitude(samples)[0] - 2 * state.log_norm()
    assert float((logs - exact).abs().max()) < 1e-12


def test_control_the_wrong_environment_fails(state):
    """Sampled from left to right as if all right of a site were isometries: wrong with the centre at the last site."""
    for center, fits in ((0, True), (SITES - 1, False)):
        wrong = canonical(state, center)
        wrong.center = 0
        from physlearn.tensor.sampling import _draw

        free = torch.full((SITES,), UNKNOWN)
        samples, _ = _draw(wrong, free, [None] * (SITES + 1), DRAWN, generator(3))
        assert (p_value(samples, probabilities(state.dense())) > 0.001) == fits


@pytest.mark.parametrize("where", [(0, 1, 2), (5, 6, 7), (1, 4, 6), ()])
def test_conditional_samples_by_enumeration(state, where):
    known = torch.full((SITES,), UNKNOWN)
    for site in where:
        known[site] = site % 2
    joint = probabilities(state.dense())
    fits = (all_states(SITES)[:, list(where)] == known[list(where)]).all(1)
    shares = torch.where(fits, joint, 0.0)
    shares = shares / shares.sum()
    samples, logs = complete(state, known, DRAWN, generator(4))
    assert bool((samples[:, list(where)] == known[list(where)]).all())
    assert p_value(samples, shares) > 0.001
    index = (samples * 2 ** torch.arange(SITES - 1, -1, -1)).sum(1)
    assert float((logs - shares[index].log()).abs().max()) < 1e-11


def test_everything_known(state):
    known = torch.tensor([0, 1, 0, 0, 1, 1, 0, 1])
    samples, logs = complete(state, known, 3, generator())
    assert bool((samples == known).all())
    assert logs.tolist() == [0.0] * 3


@pytest.mark.parametrize("known", [[0, -1, -1, 1], [-1, 0, 1, -1], [0, 1, -1, -1]])
def test_known_values_of_probability_zero_are_refused(known):
    with pytest.raises(ValueError, match="probability 0 under this state"):
        complete(ghz(4), torch.tensor(known), 5, generator())


def test_ghz_is_all_or_nothing():
    samples, logs = sample(ghz(30), 2000, generator(5))
    ones = samples.sum(1)
    assert set(ones.tolist()) == {0, 30}
    assert abs(int((ones == 30).sum()) - 1000) < 4 * math.sqrt(500)
    assert torch.allclose(logs, torch.full_like(logs, -math.log(2)), atol=1e-13)


def test_a_product_state_draws_every_site_by_itself():
    vectors = torch.tensor([[0.6, 0.8]] * 5 + [[1.0, 0.0]] * 2, dtype=torch.float64)
    samples, _ = sample(product_state(vectors), 20_000, generator(6))
    means = samples.double().mean(0)
    assert means[5:].tolist() == [0.0, 0.0]
    assert float(((means[:5] - 0.64) / (0.64 * 0.36 / 20_000) ** 0.5).abs().max()) < 4


def test_784_sites():
    samples, logs = sample(random_state(784, 12, generator(9)), 20, generator(10))
    assert samples.shape == (20, 784)
    assert bool(logs.isfinite().all())


def test_hundreds_of_known_sites_do_not_underflow():
    """The known half has a probability of about 2^-250, which float32 cannot hold."""
    state = random_state(300, 6, generator(11), dtype=torch.float32)
    known = torch.randint(2, (300,), generator=generator(12))
    known[:50] = UNKNOWN
    samples, logs = complete(state, known, 4, generator(13))
    assert bool((samples[:, 50:] == known[50:]).all())
    assert bool(logs.isfinite().all())
