"""Criteria: the count is exact whatever ties there are, and each keeps the weights that its law says."""

import math

import pytest
import torch

from physlearn.pruning import criteria
from physlearn.pruning.criteria import Seen, keep_largest, kept_of
from physlearn.pruning.masks import count
from physlearn.pruning.sensitivity import importance, scan, thresholds

SHAPES = {"conv1.weight": (7, 3, 5, 5), "fc1.weight": (31, 40), "fc2.weight": (10, 31)}
SIZE = sum(math.prod(shape) for shape in SHAPES.values())
CRITERIA = {
    "magnitude": criteria.magnitude,
    "layerwise": criteria.layerwise,
    "han": criteria.han,
    "gradient": criteria.gradient,
    "saliency": criteria.saliency,
    "random": criteria.random,
    "shuffled": criteria.shuffled,
    "boltzmann": lambda seen, kept: criteria.boltzmann(seen, kept, beta=3.0),
}


def seen(seed=0, ties=False, alive=None, draws=5):
    generator = torch.Generator().manual_seed(seed)
    scale = {name: 0.3 * (i + 1) for i, name in enumerate(SHAPES)}
    weights = {name: scale[name] * torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
    if ties:
        weights = {name: weight.mul(2).round() / 2 for name, weight in weights.items()}
    matters = {name: weight.square().round(decimals=1) for name, weight in weights.items()}
    slopes = {name: torch.rand(shape, generator=generator).round(decimals=1) for name, shape in SHAPES.items()}
    limits = {name: 0.5 + i for i, name in enumerate(SHAPES)}
    return Seen(weights, alive or {}, importance=matters, fisher=slopes, thresholds=limits, seed=draws)


@pytest.mark.parametrize("name", CRITERIA)
@pytest.mark.parametrize("ties", [False, True])
def test_the_count_is_exact_and_nothing_comes_back(name, ties):
    """Pruned again and again, to counts that are no round numbers, ties of most weights included."""
    alive = None
    for compression in (1, 1.7, 3, 7.77, 50, SIZE / 3, SIZE):
        kept = kept_of(SIZE, compression)
        masks = CRITERIA[name](seen(ties=ties, alive=alive), kept)
        assert count(masks) == kept == math.floor(SIZE / compression)
        assert all(mask.dtype == torch.bool and mask.shape == SHAPES[n] for n, mask in masks.items())
        if alive:
            assert not any((masks[n] & ~alive[n]).any() for n in masks)
        alive = masks


def test_a_threshold_alone_miscounts_ties():
    """The negative control: kthvalue, then >, is off by all the weights that are tied."""
    looked_at, kept = seen(ties=True), SIZE // 3
    flat = torch.cat([weight.abs().flatten() for weight in looked_at.weights.values()])
    wrong = int((flat > flat.kthvalue(len(flat) - kept).values).count_nonzero())
    assert wrong != kept
    assert count(criteria.magnitude(looked_at, kept)) == kept


@pytest.mark.parametrize("compression", [0.99, 0, -3, SIZE + 1, math.nan])
def test_compressions_that_are_none(compression):
    with pytest.raises(ValueError, match=f"it must be from 1 to {SIZE}"):
        kept_of(SIZE, compression)


def test_more_than_there_is_cannot_be_kept():
    masks = criteria.magnitude(seen(), 100)
    with pytest.raises(ValueError, match="100 weights are there"):
        keep_largest(seen().weights, masks, 101)


def test_magnitude_has_one_threshold():
    looked_at = seen()
    masks = criteria.magnitude(looked_at, 500)
    smallest = min(looked_at.weights[n][mask].abs().min() for n, mask in masks.items() if mask.any())
    largest = max(looked_at.weights[n][~mask].abs().max() for n, mask in masks.items())
    assert smallest > largest


def test_layerwise_keeps_the_same_share_of_each_layer():
    masks = criteria.layerwise(seen(), SIZE // 5)
    for mask in masks.values():
        assert abs(int(mask.sum()) - mask.numel() * (SIZE // 5) / SIZE) < 1


def test_layerwise_gives_what_a_layer_no_longer_has_to_the_others():
    alive = {name: torch.ones(shape, dtype=torch.bool) for name, shape in SHAPES.items()}
    alive["fc1.weight"][3:] = False
    masks = criteria.layerwise(seen(alive=alive), 700)
    assert count(masks) == 700
    assert masks["fc1.weight"].sum() == 3 * 40


def test_han_scales_one_factor_before_the_thresholds():
    """kept iff |w| > lambda s_l std(w_l), the same lambda in every layer."""
    looked_at = seen()
    masks = criteria.han(looked_at, SIZE // 6)
    scores = {n: w.abs() / (looked_at.thresholds[n] * w.std(correction=0)) for n, w in looked_at.weights.items()}
    kept, gone = ([scores[n][m] for n, m in chosen.items()] for chosen in (masks, {n: ~m for n, m in masks.items()}))
    assert torch.cat(kept).min() > torch.cat(gone).max()
    assert masks["conv1.weight"].float().mean() > masks["fc2.weight"].float().mean()  # s = .5 and 2.5


@pytest.mark.parametrize("beta", [0.7, 6.0])
def test_boltzmann_keeps_as_fermi_says(beta):
    """The share kept in bins of w^2 against <1/(1 + exp(-beta (w^2 - mu)))>, over independent lots; z below 4.

    The control: lots of the wrong temperature, 2 beta, are found out.
    """
    weights = {"fc1.weight": torch.randn(200, 300, generator=torch.Generator().manual_seed(1)).double()}
    kept, runs = 12_345, 20
    squares = weights["fc1.weight"].square().flatten() / weights["fc1.weight"].square().mean()
    low, high = -50.0, 50.0
    for _ in range(80):
        mu = (low + high) / 2
        low, high = (mu, high) if torch.sigmoid(beta * (squares - mu)).sum() > kept else (low, mu)
    fermi = torch.sigmoid(beta * (squares - mu))
    which = torch.bucketize(fermi, torch.tensor([0.003, 0.03, 0.1, 0.3, 0.7, 0.9, 0.97, 0.997], dtype=torch.float64))

    def largest_z(at: float) -> float:
        share = torch.zeros_like(squares)
        for seed in range(runs):
            share += criteria.boltzmann(Seen(weights, seed=seed), kept, at)["fc1.weight"].flatten() / runs
        bins = [which == b for b in which.unique()]
        return max(abs(float((share - fermi)[b].sum() / ((fermi * (1 - fermi))[b].sum() / runs).sqrt())) for b in bins)

    assert largest_z(beta) < 4
    assert largest_z(2 * beta) > 20


def test_boltzmann_is_magnitude_when_cold_and_random_when_hot():
    looked_at = seen()
    cold, hot = (criteria.boltzmann(looked_at, 400, beta) for beta in (1e9, 0.0))
    by_size, any_at_all = criteria.magnitude(looked_at, 400), criteria.random(looked_at, 400)
    assert all(torch.equal(cold[name], by_size[name]) for name in SHAPES)
    assert all(torch.equal(hot[name], any_at_all[name]) for name in SHAPES)


def test_saliency_is_the_price_of_a_weight_in_a_quadratic_energy():
    """E = sum_i c_i w_i^2 / 2: what goes is what costs least, c_i w_i^2 / 2, of all layers."""
    generator = torch.Generator().manual_seed(3)
    weights, curvature = torch.randn(30, generator=generator), 10 ** torch.randn(30, generator=generator)
    fisher = {"a": curvature[:12], "b": curvature[12:]}
    masks = criteria.saliency(Seen({"a": weights[:12], "b": weights[12:]}, fisher=fisher), 11)
    price = curvature * weights.square() / 2
    expected = torch.zeros(30, dtype=torch.bool)
    expected[price.argsort(descending=True)[:11]] = True
    assert torch.equal(torch.cat([masks["a"], masks["b"]]), expected)
    assert not torch.equal(expected, weights.abs() >= weights.abs().sort().values[-11])  # magnitude has another opinion


def test_lots_belong_to_the_seed_and_the_weight():
    """The same when asked again, so that pruning twice is pruning once; another seed has others."""
    once = criteria.random(seen(), 300)
    twice = criteria.random(seen(alive=criteria.random(seen(), 1000)), 300)
    other = criteria.random(seen(draws=6), 300)
    assert all(torch.equal(once[name], twice[name]) for name in SHAPES)
    assert not all(torch.equal(once[name], other[name]) for name in SHAPES)


def test_shuffled_has_the_counts_of_magnitude_and_other_places():
    masks, by_size = criteria.shuffled(seen(), 600), criteria.magnitude(seen(), 600)
    assert {n: int(m.sum()) for n, m in masks.items()} == {n: int(m.sum()) for n, m in by_size.items()}
    assert not torch.equal(masks["fc2.weight"], by_size["fc2.weight"])


def test_thresholds_are_where_the_loss_has_risen_by_the_tolerance():
    """The scan against a loss that is known: sum over layers of c_l s_l."""
    model = torch.nn.Sequential(torch.nn.Linear(40, 30), torch.nn.Linear(30, 20))
    prices, grid = {"0.weight": 2.0, "1.weight": 0.5}, (0.5, 1.0, 2.0, 4.0)
    own = {name: weight.detach().clone() for name, weight in model.named_parameters()}

    def loss() -> float:
        """What was dropped tells the threshold."""
        total = 1.0
        for name, price in prices.items():
            now = dict(model.named_parameters())[name].detach()
            gone = own[name].abs()[now == 0] / own[name].std(correction=0)
            total += price * max([s for s in grid if len(gone) and s <= gone.max() + 0.2], default=0.0)
        return total

    curves = scan(model, loss, grid)
    assert all(torch.equal(own[name], weight) for name, weight in model.named_parameters())
    found = thresholds(curves, 1.0, 0.3, grid)
    assert found["0.weight"] == pytest.approx(0.5 * 0.3 / curve_start(curves["0.weight"]))
    assert found["1.weight"] > found["0.weight"]


def curve_start(losses):
    return losses[0] - 1.0


def test_importance_is_the_squared_first_order_change():
    """E = (a . x)^2 / 2: (w dE/dw)^2 = (w x (a.x))^2, summed over minibatches."""
    model = torch.nn.Linear(3, 1, bias=False)
    batches = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
    found = importance(model, ((model(x) ** 2 / 2).sum() for x in batches))["weight"]
    w = model.weight.detach()
    expected = sum((w * x * (w @ x)).square() for x in batches)
    assert torch.allclose(found, expected)
    assert model.weight.grad is None
