"""The two-site gradient against differences, environments against rebuilt ones, and what learning ends at."""

import math

import pytest
import torch

from physlearn.data.bars_and_stripes import read
from physlearn.tensor.born import Bond, bond_of, initial_state, nll, update_bond
from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.environments import Environments
from physlearn.tensor.exact import chi_square, least_nll
from physlearn.tensor.gauge import canonical, isometry_defect
from physlearn.tensor.sampling import sample
from physlearn.tensor.state import MatrixProductState
from physlearn.tensor.states import random_state


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def rows():
    return torch.randint(2, (40, 9), generator=generator(1))


def around(rows, center=4, bond=5):
    """A Bond of a random state with its centre on site `center`, and the merged tensor."""
    state = canonical(random_state(rows.shape[1], bond, generator(2)), center)
    state.log_scale = 0.0
    environments = Environments(state.cores, rows)
    environments.build(center)
    merged = torch.tensordot(state.cores[center], state.cores[center + 1], dims=1)
    return state, Bond(environments, center), merged


def whole_nll(state, merged, center, rows):
    """The NLL of the state with `merged` in the place of two cores, from the dense state."""
    left, right = state.cores[:center], state.cores[center + 2 :]
    s, t = merged.shape[1:3]
    both = merged.reshape(merged.shape[0], s * t, -1)
    dense = MatrixProductState([*left, both, *right]).dense()
    squares = dense.reshape(*[2] * rows.shape[1]).square()
    return -float((squares[tuple(rows.T)] / squares.sum()).log().mean())


def test_nll_by_enumeration(rows):
    state, bond, merged = around(rows)
    assert bond.nll(bond.amplitudes(merged)) == pytest.approx(whole_nll(state, merged, 4, rows), rel=1e-12)
    assert float(nll(state, rows).mean()) == pytest.approx(whole_nll(state, merged, 4, rows), rel=1e-12)


def test_gradient_against_differences(rows):
    """To 1e-7 along 20 random directions, |M| free: the gradient of the normalised NLL."""
    state, bond, merged = around(rows)
    gradient = bond.gradient(merged, bond.amplitudes(merged))
    for seed in range(20):
        direction = torch.randn(merged.shape, generator=generator(seed), dtype=torch.float64)
        direction /= torch.linalg.vector_norm(direction)
        step = 1e-5
        f = {n: whole_nll(state, merged + n * step * direction, 4, rows) for n in (-2, -1, 1, 2)}
        slope = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * step)
        assert float((gradient * direction).sum()) == pytest.approx(slope, abs=1e-7)


def test_gradient_is_orthogonal_to_the_tensor(rows):
    _, bond, merged = around(rows)
    assert abs(float((bond.gradient(merged, bond.amplitudes(merged)) * merged).sum())) < 1e-12


def test_control_a_gradient_without_the_factor_two_is_not_orthogonal(rows):
    _, bond, merged = around(rows)
    wrong = bond.gradient(merged, bond.amplitudes(merged)) - merged
    assert abs(float((wrong * merged).sum())) > 0.5


def test_the_line_search_takes_the_lowest_nll(rows):
    """What `descend` states is the NLL where it ends, and no other step of the search is lower."""
    state, bond, merged = around(rows)
    start = bond.amplitudes(merged)
    gradient = bond.gradient(merged, start)
    trials = [0.0, *(0.8 * 0.5**i for i in range(12))]
    ends = [(merged - h * gradient) / torch.linalg.vector_norm(merged - h * gradient) for h in trials]
    values = [whole_nll(state, end, 4, rows) for end in ends]
    tensor, reached = bond.descend(merged, 0.8, 1, search=True)
    assert reached == pytest.approx(min(values), rel=1e-10)
    assert reached == pytest.approx(whole_nll(state, tensor, 4, rows), rel=1e-10)
    assert 0 < values.index(min(values)) < 12
    fixed, _ = bond.descend(merged, 0.05, 1, search=False)
    assert torch.allclose(fixed, (merged - 0.05 * gradient) / torch.linalg.vector_norm(merged - 0.05 * gradient))


@pytest.mark.parametrize("loops", [1, 2])
def test_cached_environments_are_those_built_anew(rows, loops):
    """In the middle of a sweep, to 1e-11; the state stays canonical to 1e-12 and of norm 1."""
    state = initial_state(rows, 2, 0.1, generator(3))
    environments = Environments(state.cores, rows)
    environments.build(0)
    steps = loops * 16 - 5
    for step in range(steps):
        update_bond(state, environments, *bond_of(step, 9), Cutoff(6, 1e-7), 0.1, 2, True)
    bond = bond_of(steps, 9)[0]
    fresh = Environments(list(state.cores), rows)
    fresh.build(bond)
    for own, other in zip(environments.around(bond), fresh.around(bond), strict=True):
        assert float((own - other).abs().max()) < 1e-11
    assert isometry_defect(state) < 1e-12
    assert state.log_norm() == pytest.approx(0, abs=1e-12)
    assert max(state.bonds) <= 6


def test_the_order_of_bonds():
    assert [bond_of(step, 4) for step in range(8)] == [
        (0, True), (1, True), (2, True), (2, False), (1, False), (0, False), (0, True), (1, True),
    ]  # fmt: skip


def learned(rows, seed, bond=16, loops=30):
    state = initial_state(rows, 2, 0.01, generator(seed))
    environments = Environments(state.cores, rows)
    environments.build(0)
    for step in range(loops * 2 * (rows.shape[1] - 1)):
        update_bond(state, environments, *bond_of(step, rows.shape[1]), Cutoff(bond, 1e-7), 0.1, 1, True)
    return state


@pytest.mark.parametrize("seed", range(5))
def test_bars_and_stripes_are_learned_exactly(seed):
    """NLL - ln 30 < 1e-4 with bonds of at most 16, and every pattern is drawn as often as any other."""
    rows = (read(4).train[0].flatten(1) > 0).long()
    state = learned(rows, seed)
    assert float(nll(state, rows).mean()) - math.log(30) < 1e-4
    assert max(state.bonds) <= 16
    samples, _ = sample(state, 6000, generator(seed + 100))
    same = (samples[:, None] == rows).all(2)  # (sample, pattern)
    assert bool(same.any(1).all())
    assert chi_square(same.sum(0), torch.full((30,), 1 / 30))[1] > 0.001


def test_control_a_bond_of_four_is_too_small():
    rows = (read(4).train[0].flatten(1) > 0).long()
    assert float(nll(learned(rows, 0, bond=4), rows).mean()) - math.log(30) > 0.3


def test_the_start_is_the_product_of_frequencies(rows):
    ones = (rows.double().sum(0) + 1) / 42
    exact = -(rows * ones.log() + (1 - rows) * (1 - ones).log()).sum(1)
    assert torch.allclose(nll(initial_state(rows, 3, 0.0, generator()), rows), exact, atol=1e-10)


def test_least_nll_counts_images_that_repeat():
    rows = torch.tensor([[0, 1], [0, 1], [1, 1], [0, 0]])
    assert least_nll(rows) == pytest.approx(1.5 * math.log(2), abs=1e-14)
    assert least_nll(torch.eye(7, dtype=torch.int64)) == pytest.approx(math.log(7), abs=1e-14)
