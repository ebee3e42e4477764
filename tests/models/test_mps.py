"""The classifier is the product of its matrices, begins near the identity, and learns."""

import pytest
import torch

from physlearn.models.mps import MatrixProductClassifier
from physlearn.tensor.state import MatrixProductState


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def one_by_one(model, x):
    """Logits from the list of cores, image by image and site by site."""
    cores, label = model.matrices()
    half = (len(x[0].flatten()) + 1) // 2
    logits = []
    for image in x:
        pixels = image.flatten()
        if model.features == "linear":
            phi = torch.stack((torch.ones_like(pixels), pixels), 1)
        else:
            phi = torch.stack(((torch.pi / 2 * pixels).cos(), (torch.pi / 2 * pixels).sin()), 1)
        matrices = [torch.einsum("lsr,s->lr", core, f) for core, f in zip(cores, phi, strict=True)]
        left = torch.linalg.multi_dot(matrices[:half]) if half > 1 else matrices[0]
        right = torch.linalg.multi_dot([*matrices[half:], torch.ones(1, 1, dtype=x.dtype)])
        logits.append(torch.stack([(left @ c @ right).squeeze() for c in label]))
    return torch.stack(logits)


@pytest.mark.parametrize("features", ["linear", "trigonometric"])
@pytest.mark.parametrize("side", [4, 5])
def test_logits_are_the_product_of_all_matrices(features, side):
    """An even and an odd number of pixels; noise so large that every order of the matrices gives other numbers."""
    model = MatrixProductClassifier((1, side, side), 3, 4, features, noise=0.2, generator=generator(1)).double()
    x = torch.rand(6, 1, side, side, generator=generator(2), dtype=torch.float64)
    assert torch.allclose(model(x), one_by_one(model, x), rtol=1e-10, atol=1e-12)
    assert not torch.allclose(model(x), model(x.flip(3)), rtol=1e-2)


def test_gradient_against_differences():
    model = MatrixProductClassifier((1, 3, 3), 2, 3, noise=0.3, generator=generator(1)).double()
    x = torch.rand(4, 1, 3, 3, generator=generator(2), dtype=torch.float64)
    y = torch.tensor([0, 1, 1, 0])

    def loss(cores, label):
        values = {"cores.weight": cores, "label.weight": label}
        return torch.nn.functional.cross_entropy(torch.func.functional_call(model, values, x), y)

    parameters = tuple(p.detach().clone().requires_grad_() for p in model.parameters())
    assert torch.autograd.gradcheck(loss, parameters)


@pytest.mark.parametrize(("features", "side"), [("linear", 28), ("trigonometric", 14)])
def test_the_first_logits_are_finite_in_single_precision(features, side):
    model = MatrixProductClassifier((1, side, side), 10, 20, features, generator=generator())
    with torch.no_grad():
        logits = model((torch.rand(20, 1, side, side, generator=generator(3)) > 0.7).float())
    assert bool(logits.isfinite().all())
    assert 1e-3 < float(logits.std()) < 100


def test_far_from_the_identity_784_sites_overflow():
    """Control: the same chain with noise of 1 has no finite logits."""
    model = MatrixProductClassifier((1, 28, 28), 10, 20, noise=1.0, generator=generator())
    assert not bool(model(torch.ones(2, 1, 28, 28)).isfinite().all())


def test_weights_of_zero_are_the_identity():
    """W = 0: every image has the logits l L_c r; this is what the prior and the weight decay pull towards."""
    model = MatrixProductClassifier((1, 6, 6), 3, 5, generator=generator())
    torch.nn.init.zeros_(model.cores.weight)
    logits = model(torch.rand(4, 1, 6, 6, generator=generator(1)))
    exact = model.label.weight.sum((1, 2)) / 5
    assert torch.allclose(logits, exact.expand(4, 3), atol=1e-6)


def test_dropout_leaves_sites_out():
    """At p near 1 nearly every matrix is the identity; on the average over masks one site alone is unchanged."""
    model = MatrixProductClassifier((1, 1, 2), 2, 3, noise=0.5, generator=generator()).double()
    model.dropout.generator = generator(5)
    x = torch.full((40_000, 1, 1, 2), 0.7, dtype=torch.float64)
    exact = model(x[:1])
    model.dropout.rate = 0.3
    drawn = model(x).detach()
    error = drawn.std(0) / len(x) ** 0.5
    assert bool(((drawn.mean(0) - exact[0]).abs() < 4 * error).all())
    assert float(drawn.std(0).min()) > 0.01
    assert len(torch.unique(drawn[:, 0].round(decimals=9))) == 4  # two sites, each in or out


def test_the_cores_are_a_state_of_the_library():
    """Label c put into the bond: a matrix product state whose squared norm is the sum over all features."""
    model = MatrixProductClassifier((1, 2, 4), 3, 4, noise=0.3, generator=generator(1)).double()
    cores, label = model.matrices()
    half = len(cores) // 2
    state = MatrixProductState([*cores[:half], torch.einsum("cij->icj", label), *cores[half:]])
    dense = state.dense()
    assert dense.shape == (2,) * 4 + (3,) + (2,) * 4
    corner = model(torch.zeros(1, 1, 2, 4, dtype=torch.float64))[0]
    assert torch.allclose(dense[(0,) * 4][:, 0, 0, 0, 0], corner, atol=1e-12)


@pytest.mark.parametrize(
    ("keys", "words"), [({"bond": 0}, "bond=0"), ({"noise": 0.0}, "noise=0.0"), ({"features": "cubic"}, "linear, trig")]
)
def test_what_is_refused(keys, words):
    with pytest.raises(ValueError, match=words):
        MatrixProductClassifier((1, 4, 4), 2, **keys)
