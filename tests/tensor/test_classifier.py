"""A classifier as a state: its logits are those of the network, its truncation makes the error that it states."""

import pytest
import torch

from physlearn.models.mps import MatrixProductClassifier
from physlearn.tensor.classifier import as_state, logits, pixel_grams, truncated


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return MatrixProductClassifier((1, 3, 4), 3, 5, noise=0.3, generator=generator(1)).double()


@pytest.fixture
def x():
    """Pixels of which the first is always black and the others are dark on the average."""
    x = torch.rand(300, 1, 3, 4, generator=generator(2), dtype=torch.float64).square()
    x[:, 0, 0, 0] = 0
    return x


def centred(values):
    return values - values.mean(1, keepdim=True)


@pytest.mark.parametrize("side", [(3, 4), (3, 3)])
def test_logits_of_the_state_are_those_of_the_network(side):
    model = MatrixProductClassifier((1, *side), 3, 5, noise=0.3, generator=generator(1)).double()
    x = torch.rand(20, 1, *side, generator=generator(2), dtype=torch.float64)
    state = as_state(*model.matrices())
    assert len(state) == side[0] * side[1] + 1
    assert torch.allclose(logits(state, model.site_vectors(x)), centred(model(x)), atol=1e-10)


def squared(state, grams):
    """<sum_c f_c(x)^2> over images of independent pixels of these Gram matrices, from the dense state."""
    half, dense = len(state) // 2, state.dense()
    moved = dense
    for site in range(len(state)):
        if site != half:
            gram = grams[site if site < half else site - 1]
            moved = torch.tensordot(moved, gram, dims=([site], [0])).movedim(-1, site)
    return float((moved * dense).sum())


@pytest.mark.parametrize("error", [0.02, 0.3])
def test_the_error_is_that_of_the_logits_of_independent_pixels(model, x, error):
    """|W - W'| / |W| in the norm of the data, by the dense difference: at most what was allowed, and what is stated."""
    grams = pixel_grams(model.site_vectors(x))
    grams[0, 1, 1] += 1e-4  # what `truncated` takes for a pixel that is always black
    state = as_state(*model.matrices())
    small, canonical, made = truncated(state, error, grams)
    cores = [*small.cores]
    cores[0] = cores[0] * torch.tensor(small.log_scale).double().exp()
    from physlearn.tensor.state import MatrixProductState

    block = []
    pairs = list(zip(state.cores, cores, strict=True))
    for site, (own, other) in enumerate(pairs):  # W - W' as one state: blocks side by side
        a, s, b = own.shape
        c, _, d = other.shape
        whole = own.new_zeros(a + c, s, b + d)
        whole[:a, :, :b], whole[a:, :, b:] = own, other
        if site == 0:
            whole = torch.cat((own, -other), 2)
        if site == len(pairs) - 1:
            whole = torch.cat((own, other), 0)
        block.append(whole)
    difference = squared(MatrixProductState(block), grams) ** 0.5 / squared(state, grams) ** 0.5
    assert made == pytest.approx(difference, rel=1e-6)
    assert 0 < made <= error
    assert canonical.center == 0
    assert max(small.bonds) < 6 or error < 0.1


def test_error_zero_changes_no_logit(model, x):
    phi = model.site_vectors(x)
    small, _, made = truncated(as_state(*model.matrices()), 0.0, pixel_grams(phi))
    found = logits(small, phi) * torch.tensor(small.log_scale).double().exp()
    assert made < 1e-10
    assert torch.allclose(found, centred(model(x)), atol=1e-7)


def test_a_pixel_that_is_always_black_needs_no_bond(model, x):
    """In the norm of the data the first bond is 1 at an error that leaves it 2 in the plain norm: the control."""
    grams = pixel_grams(model.site_vectors(x))
    state = as_state(*model.matrices())
    assert truncated(state, 0.05, grams)[1].bonds[0] == 1
    assert truncated(state, 0.05)[1].bonds[0] == 2
