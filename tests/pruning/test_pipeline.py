"""When a network is pruned, to how many weights, what learns meanwhile, and how its dropout shrinks."""

import math

import pytest
import torch
from torch import nn

from physlearn import schedules
from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.pruning.criteria import magnitude
from physlearn.pruning.masks import count, regrown
from physlearn.pruning.pipeline import Event, Pruning, alternating, events


def test_gradual_sparsity_is_cubic():
    """s = s_f (1 - (1 - t)^3) of Zhu and Gupta, looked at every 10 steps, and exact at its end."""
    plan = events(10_000, 137, schedules.cubic(0.0, 1 - 137 / 10_000, fraction=0.5), 200, 10)
    assert [event.step for event in plan] == list(range(10, 101, 10))
    assert plan[-1].kept == 137
    for event in plan:
        t = min(1, event.step / 100)
        assert event.kept == round(10_000 * (1 - (1 - 0.0137) * (1 - (1 - t) ** 3)))


def test_iterative_pruning_falls_by_equal_factors():
    plan = events(1_000_000, 1000, schedules.staircase(0.0, 0.999, rounds=3), 300, 1)
    assert [(event.step, event.kept) for event in plan] == [(0, 100_000), (100, 10_000), (200, 1000)]


def test_one_shot_is_at_once():
    assert events(500, 60, schedules.staircase(0.0, 0.88), 70, 7) == [Event(0, 60)]


def test_a_schedule_that_does_not_arrive_is_cut_short():
    assert events(500, 60, schedules.cubic(0.0, 0.88), 95, 10)[-1] == Event(90, 60)


def test_nothing_is_pruned_at_compression_one():
    assert events(500, 500, schedules.cubic(0.0, 0.0), 95, 10) == []


def test_dropout_shrinks_with_the_connections():
    """D_r = D_o sqrt(C_ir / C_io): 0.5 -> 0.15 at 9 % kept. Convolutions do not count: dropout follows fc layers."""
    model = LeNet300((1, 28, 28), 10)
    pruning = Pruning(model, magnitude, [Event(0, round(0.09 * 266_200))])
    assert pruning.dropout_factor() == 1
    pruning.prune(0)
    assert 0.5 * pruning.dropout_factor() == pytest.approx(0.15, abs=1e-5)
    model = LeNet5((1, 28, 28), 10)
    pruning = Pruning(model, magnitude, [Event(0, 5000)])
    pruning.prune(0)
    full = [pruning.masks[name] for name in ("fc1.weight", "fc2.weight")]
    assert pruning.dropout_factor() == pytest.approx(math.sqrt(sum(int(m.sum()) for m in full) / 405_000))


def test_layers_that_are_not_named_stay_dense():
    model = LeNet5((1, 28, 28), 10)
    pruning = Pruning(model, magnitude, [Event(0, 4000)], layers=["fc1"])
    pruning.prune(0)
    assert {name: int(mask.sum()) for name, mask in pruning.masks.items()} == {
        "conv1.weight": 500,
        "conv2.weight": 25_000,
        "fc1.weight": 4000,
        "fc2.weight": 5000,
    }


def test_rounds_alternate():
    """fc layers are pruned and learn while conv layers are frozen, then the reverse; each round ends with its count."""
    plan = alternating([Event(0, 60_000), Event(10, 20_000)], 30)
    assert [(event.step, event.kind) for event in plan] == [
        (0, nn.Linear),
        (5, nn.Conv2d),
        (10, nn.Linear),
        (20, nn.Conv2d),
    ]
    model = LeNet5((1, 28, 28), 10)
    pruning = Pruning(model, magnitude, plan)
    before = {name: mask.clone() for name, mask in pruning.masks.items()}
    for step, kept in ((0, None), (5, 60_000), (10, None), (20, 20_000)):
        pruning.prune(step)
        pruning.freeze(step)
        learning = {name for name, layer in model.named_children() if all(p.requires_grad for p in layer.parameters())}
        changed = {name[:3] for name, mask in pruning.masks.items() if not torch.equal(mask, before[name])}
        assert changed == ({"fc1", "fc2"} if kept is None else {"con"})
        assert learning - {"dropout"} == ({"fc1", "fc2"} if kept is None else {"conv1", "conv2"})
        assert kept in (None, count(pruning.masks))
        before = {name: mask.clone() for name, mask in pruning.masks.items()}
    assert regrown(model, pruning.masks) == 0


@pytest.mark.parametrize(
    ("layers", "line"),
    [
        (["fc9"], r"layers=\[fc9\] is not allowed: the layers of this model are fc1, fc2, fc3"),
        ([], r"layers=\[\] is not allowed"),
    ],
)
def test_layers_that_do_not_exist(layers, line):
    with pytest.raises(ValueError, match=line):
        Pruning(LeNet300((1, 8, 8), 10), magnitude, [], layers=layers)


def test_a_model_without_convolutions_has_nothing_to_alternate():
    with pytest.raises(ValueError, match="alternate=true is not allowed"):
        Pruning(LeNet300((1, 8, 8), 10), magnitude, alternating([Event(0, 99)], 10))
    with pytest.raises(ValueError, match="two steps and more"):
        alternating([Event(0, 99), Event(1, 50)], 10)
