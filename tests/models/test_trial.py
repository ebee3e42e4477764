"""Networks of any kind: who draws from torch's global generators, whose dropout is replaced, which buffers move."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from physlearn.ensemble import outputs
from physlearn.instruments.probe import read_noise
from physlearn.models.dropout import Dropout, dropout_layers, replace_dropout, set_generator, set_rate
from physlearn.models.layers import normalised_layers
from physlearn.models.trial import random_functions, same_buffers, unsaved_buffers
from physlearn.randomness import global_state, seed_everywhere, seeded, set_global_state, untouched


class Functional(nn.Module):
    """Dropout of every kind that is not a layer of its own."""

    def __init__(self, always=False):
        super().__init__()
        self.first, self.channels, self.always = nn.Linear(6, 6), nn.Dropout2d(0.3), always
        self.attention = nn.MultiheadAttention(6, 2, dropout=0.1, batch_first=True)

    def forward(self, x):
        h = F.dropout(self.first(x), 0.5, self.training or self.always)
        h = self.attention(h[:, None], h[:, None], h[:, None], need_weights=False)[0]
        return self.channels(h[..., None])[:, 0, :, 0]


class Mine(nn.Dropout):
    """A law of somebody's own."""


def network() -> nn.Sequential:
    shared = nn.Dropout(0.2)
    inner = nn.Sequential(nn.Linear(8, 8), shared, nn.BatchNorm1d(8))
    return nn.Sequential(
        nn.Linear(6, 8), shared, inner, nn.Dropout(0.7), Mine(0.1), nn.AlphaDropout(0.1), nn.Linear(8, 3)
    )


def test_dropout_layers_become_ours_with_the_same_state_dict():
    model = network()
    names, before = [name for name, _ in model.named_modules()], model.state_dict()
    assert replace_dropout(model) == 2  # one of them in two places
    assert [name for name, _ in model.named_modules()] == names
    assert model.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model[1] is model[2][1]
    assert isinstance(model[1], Dropout)
    assert isinstance(model[3], Dropout)
    assert type(model[4]) is Mine
    assert type(model[5]) is nn.AlphaDropout
    assert len(dropout_layers(model)) == 2
    assert replace_dropout(model) == 0


def test_masks_come_from_their_own_stream_and_keep_the_mean():
    model = nn.Sequential(nn.Dropout(0.1))
    replace_dropout(model)
    set_rate(model, 0.6)
    set_generator(model, torch.Generator().manual_seed(1))
    seed_everywhere(0)
    before = torch.get_rng_state()
    y = model(torch.ones(200, 200))
    assert torch.equal(before, torch.get_rng_state())
    assert y.unique().tolist() == pytest.approx([0, 2.5])
    assert abs(float((y == 0).double().mean()) - 0.6) < 4 * (0.24 / 40_000) ** 0.5


def test_what_draws_from_the_global_generator_is_named():
    x, functional = torch.randn(2, 6), Functional().train()
    before = torch.get_rng_state()
    names, y = random_functions(functional, x)
    assert torch.equal(before, torch.get_rng_state())
    assert names == ["dropout", "multi_head_attention_forward", "dropout2d"]
    assert y.shape == (2, 6)
    assert random_functions(Functional().eval(), x)[0] == []
    assert random_functions(Functional(always=True).eval(), x)[0] == ["dropout"]
    model = network()
    replace_dropout(model)
    set_generator(model, torch.Generator())
    set_rate(model, 0.5)
    assert random_functions(model.train(), x)[0] == ["dropout", "alpha_dropout"]  # Mine, and a law of torch's


def test_a_trial_leaves_running_statistics_and_makes_lazy_layers():
    model = nn.Sequential(nn.LazyLinear(4), nn.BatchNorm1d(4)).train()
    assert random_functions(model, torch.randn(2, 6))[1].shape == (2, 4)
    with torch.no_grad():
        model[1].reset_running_stats()
    random_functions(model, torch.randn(2, 6))
    assert float(model[1].running_mean.abs().max()) == 0
    assert int(model[1].num_batches_tracked) == 0


def test_global_generators_are_seeded_saved_and_left_alone():
    seed_everywhere(3)
    first = torch.rand(4)
    saved = global_state(torch.device("cpu"))
    second = torch.rand(4)
    with untouched():
        torch.rand(100)
    with seeded(3):
        assert torch.equal(torch.rand(4), first)
    third = torch.rand(4)
    set_global_state(saved, torch.device("cpu"))
    assert torch.equal(torch.cat([second, third]), torch.rand(8))


def test_instruments_move_neither_buffers_nor_generators():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), Always(), nn.Linear(8, 3)).train()
    x, y = torch.randn(40, 6), torch.randint(3, (40,))
    draw, own, masks = (torch.Generator().manual_seed(k) for k in range(3))
    before, state = [b.clone() for b in model.buffers()], torch.get_rng_state()
    read_noise(
        model,
        lambda m, batch: F.cross_entropy(m(x[batch]), y[batch]),
        lambda: torch.randint(40, (8,), generator=draw),
        own,
        masks,
        0.1,
    )
    outputs(model, x)
    assert all(torch.equal(b, kept) for b, kept in zip(model.buffers(), before, strict=True))
    assert torch.equal(state, torch.get_rng_state())
    model(x)  # the control: a step of the training moves both
    assert not torch.equal(state, torch.get_rng_state())
    assert not all(torch.equal(b, kept) for b, kept in zip(model.buffers(), before, strict=True))


class Always(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5)  # on in eval too


def test_buffers_come_back_after_an_error():
    model = nn.BatchNorm1d(2).train()

    def moved_and_broken() -> None:
        with same_buffers(model):
            model(torch.randn(5, 2) + 3)
            assert float(model.running_mean.abs().max()) > 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        moved_and_broken()
    assert float(model.running_mean.abs().max()) == 0


def test_layers_that_normalise_over_the_minibatch():
    assert normalised_layers(network()) == ["2.2"]
    assert normalised_layers(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))) == []


class Counting(nn.Module):
    """Counts its passes in one buffer, and keeps a constant in another."""

    def __init__(self, persistent):
        super().__init__()
        self.register_buffer("passes", torch.zeros(()), persistent=persistent)
        self.register_buffer("constant", torch.ones(()), persistent=False)

    def forward(self, x):
        self.passes += 1
        return x * self.constant


def test_buffers_that_change_and_are_not_saved_are_named():
    x = torch.ones(2, 3)
    assert unsaved_buffers(Counting(persistent=True), x) == []
    model = Counting(persistent=False)
    assert unsaved_buffers(model, x) == ["passes"]
    assert float(model.passes) == 0
