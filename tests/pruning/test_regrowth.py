"""Regrowth: who leaves, who comes, how many, until when; the running means that it and `saliency` look at."""

import math

import pytest
import torch
from torch import nn

from physlearn.models.lenet import LeNet300
from physlearn.pruning.criteria import magnitude
from physlearn.pruning.masks import count, hold, regrown
from physlearn.pruning.pipeline import Event, Pruning
from physlearn.pruning.regrowth import exchange, exchanged_fraction
from physlearn.pruning.running import MEMORY, Running


def test_the_smallest_leave_and_the_largest_slopes_come():
    """One layer of ten weights by hand: r = .5 of 5 kept are 2; of a layer that is dense none can come."""
    size = torch.tensor([[3.0, -0.1, 2.0, 0.2, -5.0, 0, 0, 0, 0, 0]])
    kept = torch.tensor([[True] * 5 + [False] * 5])
    slope = torch.tensor([[9.0, 9, 9, 9, 9, 0.1, -0.7, 0.3, -0.2, 0.6]])
    full = torch.ones(2, 2, dtype=torch.bool)
    new = exchange({"a": size, "b": torch.rand(2, 2)}, {"a": kept, "b": full}, {"a": slope, "b": torch.rand(2, 2)}, 0.5)
    assert new["a"].tolist() == [[True, False, True, False, True, False, True, False, False, True]]
    assert torch.equal(new["b"], full)


def test_no_more_change_places_than_have_a_slope_and_half_of_those_that_are_away():
    size, kept = torch.arange(1.0, 13.0), torch.tensor([True] * 8 + [False] * 4)
    assert int((exchange({"a": size}, {"a": kept}, {"a": size}, 0.9)["a"] & ~kept).sum()) == 2  # half of 4
    slope = torch.tensor([1.0] * 11 + [0.0]) * torch.tensor([1.0] * 8 + [0, 0, 1, 1])
    assert (exchange({"a": size}, {"a": kept}, {"a": slope}, 0.9)["a"] & ~kept).nonzero().tolist() == [[10]]


def test_the_fraction_cools_down():
    """r(t) = r_0/2 (1 + cos(pi t/t_end)), t_end = 3/4 of 400 steps."""
    assert [exchanged_fraction(0.4, t, 400) for t in (0, 100, 299, 300, 399)] == pytest.approx(
        [0.4, 0.2 * (1 + math.cos(math.pi / 3)), 0.2 * (1 + math.cos(math.pi * 299 / 300)), 0, 0]
    )


def test_what_comes_begins_at_zero_without_momentum_and_the_count_stays():
    torch.manual_seed(0)
    model = LeNet300((1, 8, 8), 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    pruning = Pruning(model, magnitude, [Event(0, 1000)])
    pruning.prune(0, optimizer)
    model(torch.randn(5, 1, 8, 8)).square().sum().backward()
    optimizer.step()
    hold(model, pruning.masks, optimizer)
    before = {name: mask.clone() for name, mask in pruning.masks.items()}
    slope = {name: torch.rand_like(model.get_parameter(name)) for name in before}
    pruning.exchange(slope, 0.3, optimizer)
    assert count(pruning.masks) == 1000
    assert regrown(model, pruning.masks) == 0
    for name, mask in pruning.masks.items():
        come, momentum = mask & ~before[name], optimizer.state[model.get_parameter(name)]["momentum_buffer"]
        assert int(come.sum()) == int(0.3 * int(before[name].sum()))
        assert (momentum[~mask] == 0).all()
        assert (model.get_parameter(name).detach()[come] == 0).all()
        assert (momentum[come] == 0).all()


def test_running_means_are_those_of_the_last_gradients():
    """m and v against the sums they stand for, sum_k (1 - 1/M)^(K - k) g_k / M; a frozen layer is left alone."""
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    running, seen = Running(model), torch.randn(40, 2, 3, generator=torch.Generator().manual_seed(1))
    for g in seen:
        model[0].weight.grad = g.clone()
        running.see()
    weights = (1 - 1 / MEMORY) ** torch.arange(39.0, -1, -1) / MEMORY
    torch.testing.assert_close(running.slope["0.weight"], torch.einsum("k,kij->ij", weights, seen))
    torch.testing.assert_close(running.square["0.weight"], torch.einsum("k,kij->ij", weights, seen**2))
    assert not running.slope["1.weight"].any()
    other = Running(model)
    other.load(running.state())
    assert torch.equal(other.square["0.weight"], running.square["0.weight"])
