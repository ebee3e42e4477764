"""Dropout keeps the mean, adds the variance x^2 p / (1 - p), and draws from its own generator alone."""

import copy
from itertools import pairwise

import pytest
import torch
from torch.func import functional_call, grad, vmap

from physlearn.models.dropout import Dropout, set_generator, set_rate
from physlearn.models.lenet import LeNet5, LeNet300

P, X, N = 0.3, 1.7, 400_000


def z_scores(y):
    """z of the mean against x and of the variance against x^2 p / (1 - p), from N values of y."""
    exact = X**2 * P / (1 - P)
    squares = (y - X) ** 2  # about the exact mean
    return [(y.mean() - X) / (y.std() / N**0.5), (squares.mean() - exact) / (squares.std() / N**0.5)]


def test_the_mean_is_kept_and_the_variance_is_x2_p_over_1_minus_p():
    layer = Dropout(P, torch.Generator().manual_seed(4))
    y = layer(torch.full((N,), X, dtype=torch.float64))
    assert all(abs(z) < 4 for z in z_scores(y))
    assert set(y.unique().tolist()) == {0.0, X * (1 / (1 - P))}


def test_masks_that_are_not_rescaled_or_keep_with_probability_p_fail_the_same_check():
    """Negative controls."""
    uniform = torch.rand(N, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    not_rescaled = X * (uniform < 1 - P)
    keeps_with_p = X * (uniform < P) / P
    assert abs(z_scores(not_rescaled)[0]) > 100
    assert abs(z_scores(keeps_with_p)[1]) > 100


def test_values_in_bfloat16_are_dropped_at_the_rate_that_is_set():
    """p = .002, below the 1/256 at which bfloat16's own uniform numbers lie: those never drop at all."""
    p, generator = 0.002, torch.Generator().manual_seed(5)
    dropped = (Dropout(p, generator)(torch.ones(N, dtype=torch.bfloat16)) == 0).sum().item()
    assert abs(dropped - N * p) < 4 * (N * p * (1 - p)) ** 0.5
    coarse = torch.rand(N, generator=generator, dtype=torch.bfloat16) >= 1 - p
    assert abs(coarse.sum().item() - N * p) > 25 * (N * p * (1 - p)) ** 0.5


def test_each_value_has_a_mask_of_its_own():
    """Neighbours, in a row and in a column, are uncorrelated: |r| < 4 / sqrt(n)."""
    kept = (Dropout(P, torch.Generator().manual_seed(4))(torch.ones(600, 500)) > 0).double() - (1 - P)
    for a, b in ((kept[1:], kept[:-1]), (kept[:, 1:], kept[:, :-1])):
        assert abs((a * b).mean() / (P * (1 - P))) < 4 / a.numel() ** 0.5


def test_the_gradient_passes_through_the_same_mask():
    layer = Dropout(P, torch.Generator().manual_seed(4))
    x = torch.linspace(1, 2, 50, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    assert torch.allclose(x.grad, y.detach() / x.detach())


def test_the_global_generator_does_not_move():
    before = torch.get_rng_state()
    model = LeNet300((1, 8, 8), 10)
    set_rate(model, P)
    set_generator(model, torch.Generator().manual_seed(4))
    model(torch.ones(3, 1, 8, 8))
    assert torch.equal(before, torch.get_rng_state())


def test_rate_zero_and_evaluation_are_the_identity_and_draw_nothing():
    generator = torch.Generator().manual_seed(4)
    layer, before, x = Dropout(0.0, generator), generator.get_state(), torch.ones(5)
    assert layer(x) is x
    layer.rate = P
    assert layer.eval()(x) is x
    assert torch.equal(before, generator.get_state())
    layer.train()(x)
    assert not torch.equal(before, generator.get_state())


@pytest.mark.parametrize("rate", [1.0, 1.2, -0.1, float("nan")])
def test_a_rate_outside_0_to_1_is_refused(rate):
    model = LeNet5((1, 28, 28), 10)
    for change in (lambda: set_rate(model, rate), lambda: Dropout(rate)):
        with pytest.raises(ValueError, match=rf"dropout rate {rate}: allowed is 0 <= p < 1"):
            change()


def test_drawing_without_a_generator_is_refused():
    with pytest.raises(RuntimeError, match="needs a generator"):
        Dropout(P)(torch.ones(5))


def test_replicas_under_vmap_have_masks_of_their_own():
    """And a deep copy of a network continues from a copy of its stream, not from the stream itself."""
    model = LeNet300((1, 8, 8), 10)
    set_rate(model, P)
    set_generator(model, torch.Generator().manual_seed(4))
    rows = {name: p.detach().expand(3, *p.shape) for name, p in model.named_parameters()}
    x = torch.ones(2, 1, 8, 8)
    loss = lambda parameters: functional_call(model, parameters, (x,)).square().mean()  # noqa: E731
    gradients = vmap(grad(loss), randomness="different")(rows)["fc2.weight"]
    assert all(not torch.equal(a, b) for a, b in pairwise(gradients))
    twin = copy.deepcopy(model)
    assert torch.equal(twin(x), model(x))
