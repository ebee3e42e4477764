"""A network of the weights that were kept: the same function, the same gradient, and no other degrees of freedom."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from physlearn.instruments.virial import Virial
from physlearn.pruning.kept import Kept, half_bytes, keep_only, unpruned
from physlearn.pruning.masks import prunable
from physlearn.pruning.storage import pack, unpack


def network(seed=0):
    torch.manual_seed(seed)
    stem = nn.Sequential(nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten())
    return nn.Sequential(stem, nn.Linear(48, 5, bias=False), nn.ReLU(), nn.Linear(5, 4)).double()


@pytest.fixture(params=[0, 1])
def pair(request):
    """A pruned network twice: whole with zeros, and as its kept weights; masks; images; labels."""
    whole = network(request.param)
    masks = {name: torch.rand_like(weight) < 0.4 for name, weight in prunable(whole).items()}
    with torch.no_grad():
        for name, weight in prunable(whole).items():
            weight.mul_(masks[name])
    kept = network(9)
    kept.load_state_dict(whole.state_dict())
    x = torch.randn(7, 1, 8, 8, dtype=torch.float64)
    return whole, keep_only(kept, masks), masks, x, torch.arange(7) % 4


def test_outputs_and_gradients_are_those_of_the_whole_network(pair):
    whole, kept, masks, x, y = pair
    assert torch.equal(kept(x), whole(x))
    for model in (whole, kept):
        F.cross_entropy(model(x), y).backward()
    for (name, own), (other, full) in zip(kept.named_parameters(), whole.named_parameters(), strict=True):
        assert name == other
        wanted = full.grad[masks[name]] if name in masks else full.grad
        torch.testing.assert_close(own.grad, wanted, rtol=1e-12, atol=1e-14)


def test_degrees_of_freedom_are_the_kept_weights_and_biases(pair):
    _, kept, masks, _, _ = pair
    sizes = [int(mask.sum()) for mask in masks.values()]
    virial = Virial(kept, {name: 0.0 for name, _ in kept.named_parameters()})
    assert list(virial.dimensions) == [sizes[0] + 3, sizes[1], sizes[2] + 4]
    assert sum(p.numel() for p in kept.parameters()) == sum(sizes) + 7


def test_to_the_outside_the_tensors_are_whole(pair):
    whole, kept, masks, x, _ = pair
    state = kept.state_dict()
    assert all(torch.equal(state[name], value) for name, value in whole.state_dict().items())
    with torch.no_grad():
        for p in kept.parameters():
            p.normal_()
    again = keep_only(network(3), masks)
    again.load_state_dict(kept.state_dict())
    assert torch.equal(again(x), kept(x))
    back = unpruned(kept)
    assert not any(isinstance(module, Kept) for module in back.modules())
    assert torch.equal(back(x), kept(x))
    assert any(isinstance(module, Kept) for module in kept.modules())  # a copy was changed
    assert all((back.state_dict()[name][~mask] == 0).all() for name, mask in masks.items())


def test_noise_on_the_whole_network_is_the_control(pair):
    """Without masks the same step of Langevin dynamics gives removed weights a value."""
    whole, kept, masks, _, _ = pair
    with torch.no_grad():
        for model in (whole, kept):
            torch.manual_seed(5)
            for p in model.parameters():
                p.add_(torch.randn_like(p), alpha=0.1)
    assert all((kept.state_dict()[name][~mask] == 0).all() for name, mask in masks.items())
    assert any((whole.state_dict()[name][~mask] != 0).any() for name, mask in masks.items())


def test_masks_that_do_not_fit_are_refused(pair):
    with pytest.raises(ValueError, match=r"3\.weight: a mask \(2, 2\)"):
        keep_only(network(), {"3.weight": torch.ones(2, 2, dtype=torch.bool)})
    with pytest.raises(ValueError, match="one layer"):
        keep_only(nn.Linear(2, 2), {"weight": torch.ones(2, 2, dtype=torch.bool)})


def test_bytes_of_an_ensemble_that_shares_its_places():
    """Checked against files: of the second network everything but header and places is sent."""
    torch.manual_seed(0)
    whole = nn.Sequential(nn.Linear(40, 30), nn.ReLU(), nn.Linear(30, 10))
    masks = {name: torch.rand_like(weight) < 0.2 for name, weight in prunable(whole).items()}
    with torch.no_grad():
        for name, weight in prunable(whole).items():
            weight.mul_(masks[name])
    file = pack(whole, masks, "float16")
    values = sum(int((value != 0).sum()) for value in unpack(file).values())
    assert half_bytes(masks, len(file), [whole.state_dict()] * 3) == [len(file) + 2 * values * k for k in range(3)]
