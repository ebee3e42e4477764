"""Two-site sweeps: the least-squares problem of a bond against its closed solution, and the chain against itself."""

import pytest
import torch

from physlearn.tensor.born import bond_of
from physlearn.tensor.two_site import TwoSiteClassifier


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def problem():
    x = torch.rand(200, 8, generator=generator(1), dtype=torch.float64)
    y = (x[:, 2] > x[:, 6]).long()
    return torch.stack((torch.ones_like(x), x), 2), torch.nn.functional.one_hot(y, 2).double()


def cost(model, phi, targets):
    return float((targets - model.predict(phi)).square().sum() / (2 * len(phi)))


def test_a_bond_is_solved_as_lstsq_does(problem):
    """With as many steps as unknowns conjugate gradient ends at the ridge solution in closed form."""
    phi, targets = problem
    model = TwoSiteClassifier(phi, targets, 16, generator(2), steps=80, ridge=1e-2)
    for step in range(3):
        model.update(*bond_of(step, 8))
    left, right = model.left[3], model.right[5]
    pair = torch.einsum("ns,nt->nst", phi[:, 3], phi[:, 4])
    design = torch.einsum("nl,nst,nr->nlstr", left, pair, right).flatten(1)
    gram = design.T @ design / 200 + 1e-2 * torch.eye(design.shape[1])
    exact = torch.linalg.solve(gram, design.T @ targets / 200)
    least = float((targets - design @ exact).square().sum() / 400)
    assert model.update(3, True) == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("steps", [5, 9])
def test_the_cost_at_a_bond_is_that_of_the_chain(problem, steps):
    """On the way to the right and back, where nothing is cut off: environments and prediction agree."""
    phi, targets = problem
    model = TwoSiteClassifier(phi, targets, 64, generator(2))
    model.cutoff = type(model.cutoff)()
    for step in range(steps):
        stated = model.update(*bond_of(step, 8))
        assert stated == pytest.approx(cost(model, phi, targets), rel=1e-8)


def test_sweeps_learn(problem):
    phi, targets = problem
    model = TwoSiteClassifier(phi, targets, 6, generator(2))
    before = cost(model, phi, targets)
    for step in range(14):
        model.update(*bond_of(step, 8))
    assert cost(model, phi, targets) < 0.3 * before
    assert float((model.predict(phi).argmax(1) != targets.argmax(1)).double().mean()) < 0.1
    assert max(core.shape[0] for core in model.cores) <= 6
