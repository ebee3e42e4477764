"""Minibatches: every example once an epoch, a pure function of the step, fresh draws uniform."""

import pytest
import torch

from physlearn.data import Batches


def test_an_epoch_sees_every_example_once_and_drops_the_remainder():
    batches = Batches(examples=103, batch_size=10, seed=4)
    for epoch in (0, 3):
        seen = torch.cat([batches(epoch * batches.per_epoch + i) for i in range(batches.per_epoch)])
        assert batches.per_epoch == 10
        assert len(seen.unique()) == len(seen) == 100


def test_a_batch_is_a_pure_function_of_the_step():
    """Steps in any order, from any object, give the same batch: a resumed run needs the step alone."""
    forward, backward = Batches(50, 7, seed=4), Batches(50, 7, seed=4)
    there = [forward(step).tolist() for step in range(30)]
    back = [backward(step).tolist() for step in reversed(range(30))]
    assert there == back[::-1]


def test_epochs_and_seeds_have_permutations_of_their_own():
    """Also where seed + epoch is the same, the trap of seeding with the sum."""
    batches = {seed: Batches(50, 50, seed) for seed in (4, 5)}
    orders = [tuple(batches[seed](epoch).tolist()) for seed in (4, 5) for epoch in (0, 1, 2)]
    assert len(set(orders)) == 6


def test_the_remainder_is_another_one_each_epoch():
    """Each example is dropped in 3 of 103 epochs on average: |z| < 4 for the one that is dropped most or least."""
    batches, epochs = Batches(13, 10, seed=4), 600
    counts = torch.bincount(torch.cat([batches(epoch) for epoch in range(epochs)]), minlength=13)
    share = 10 / 13
    z = (counts / epochs - share) / (share * (1 - share) / epochs) ** 0.5
    assert z.abs().max() < 4


@pytest.mark.parametrize("examples", [12, 200])
def test_fresh_draws_are_uniform_without_replacement(examples):
    """Every pair of examples is as likely as every other: P(i in batch) = n/N, P(i and j) = n(n-1)/(N(N-1))."""
    generator, draws, n = torch.Generator().manual_seed(4), 3000, 5
    batches = Batches(examples, n, seed=4)
    rows = torch.stack([batches.fresh(generator) for _ in range(draws)])  # (draw, index)
    assert all(len(row.unique()) == n for row in rows)
    inside = torch.zeros(draws, examples).scatter_(1, rows, 1.0)
    for measured, exact in [
        (inside.mean(0), n / examples),
        ((inside[:, 0] * inside[:, 1]).mean(0, keepdim=True), n * (n - 1) / (examples * (examples - 1))),
    ]:
        z = (measured - exact) / (exact * (1 - exact) / draws) ** 0.5
        assert z.abs().max() < 4.5  # 200 of them


def test_drawing_moves_no_generator_but_the_one_given():
    torch.manual_seed(4)
    before = torch.get_rng_state()
    batches = Batches(50, 7, seed=4)
    batches(3)
    batches.fresh(torch.Generator().manual_seed(4))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("size", [0, -3, 51])
def test_an_impossible_batch_size_is_refused(size):
    with pytest.raises(ValueError, match=f"batch_size={size}: allowed .* 1 to 50"):
        Batches(50, size, seed=4)


def test_no_examples_are_refused():
    with pytest.raises(ValueError, match="no training examples"):
        Batches(0, 1, seed=4)
