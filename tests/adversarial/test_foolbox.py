"""The same attacks by foolbox on the same network, with the same budget: success within a percentage point."""

import pytest
import torch

from physlearn.adversarial import carlini_wagner, deepfool, linf, norms
from physlearn.data.dataset import load
from physlearn.models import MLP

foolbox = pytest.importorskip("foolbox", reason="foolbox is not installed")


@pytest.fixture(scope="module")
def trained():
    data = load("digits", pixels="unit")
    model = MLP(data.shape, 10, widths=[40], generator=torch.Generator().manual_seed(1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(data.train_x), data.train_y).backward()
        optimizer.step()
    model.eval().requires_grad_(False)
    return model, data.test_x, data.test_y


def turned(model, x, y):
    return float((model(x).argmax(1) != y).double().mean())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.2])
def test_bounded(trained, epsilon):
    model, x, y = trained
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1))
    pairs = {
        "fgsm": (linf.fgsm(model, x, y, epsilon), foolbox.attacks.LinfFastGradientAttack()),
        "pgd": (
            linf.pgd(model, x, y, epsilon, 40, 0.025),  # from the image itself: starts drawn at random differ
            foolbox.attacks.LinfPGD(steps=40, rel_stepsize=0.025, random_start=False),
        ),
    }
    for ours, theirs in pairs.values():
        _, other, _ = theirs(wrapped, x, y, epsilons=epsilon)
        assert abs(turned(model, ours, y) - turned(model, other, y)) <= 0.01


@pytest.mark.filterwarnings("ignore")
def test_nearest(trained):
    model, x, y = trained
    x, y = x[:150], y[:150]
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1))
    pairs = {
        "deepfool": (deepfool.deepfool(model, x, y), foolbox.attacks.L2DeepFoolAttack(overshoot=0.02)),
        "carlini_wagner": (
            carlini_wagner.carlini_wagner(model, x, y, 200, 6, 0.01, 1e-2),
            foolbox.attacks.L2CarliniWagnerAttack(
                binary_search_steps=6, steps=200, stepsize=0.01, initial_const=1e-2, abort_early=False
            ),
        ),
    }
    for ours, theirs in pairs.values():
        _, other, _ = theirs(wrapped, x, y, epsilons=None)
        distances = [torch.where(model(o).argmax(1) != y, norms.euclidean(x, o), torch.inf) for o in (ours, other)]
        for size in (0.3, 0.5, 0.8, 1.2):
            found = [float((d <= size).double().mean()) for d in distances]
            assert found[0] >= found[1] - 0.01  # no weaker
            assert abs(found[0] - found[1]) <= 0.02
