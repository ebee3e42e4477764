"""A packed network comes back bit for bit, costs what its entropy says, and damage is seen."""

import math

import numpy as np
import pytest
import torch

from physlearn.models.alexnet import AlexNet
from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.vgg import VGG16CIFAR
from physlearn.pruning import codebook, storage
from physlearn.pruning.breakdown import independent_bits, relative_index_bits, weigh
from physlearn.pruning.entropy import Contexts, Reader, Writer, frequencies
from physlearn.pruning.masks import everything, hold, prunable
from physlearn.pruning.positions import bits, choose_lag, exchange_mask


def pruned(model, density, seed=4):
    generator = torch.Generator().manual_seed(seed)
    masks = {name: torch.rand(w.shape, generator=generator) < density for name, w in prunable(model).items()}
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
                parameter[::3] = 0  # the biases of neurons that are gone
    hold(model, masks)
    return masks


NETWORKS = {
    "lenet300": lambda: LeNet300((1, 28, 28), 10),
    "lenet5": lambda: LeNet5((1, 28, 28), 10),
    "vgg16_cifar": lambda: VGG16CIFAR((3, 32, 32), 10, width=1 / 16),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("values", ["float32", "float16", "codebook"])
def test_the_stored_values_come_back_bit_for_bit(name, values):
    model = NETWORKS[name]()
    masks = pruned(model, 0.03)
    books = codebook.share(model, masks, 4) if values == "codebook" else None
    content = storage.pack(model, masks, values, books)
    state = storage.unpack(content)
    parameters = dict(model.named_parameters())
    for key, tensor in model.state_dict().items():
        exact = tensor if values == "float32" or key not in parameters else tensor.half().float()
        assert state[key].dtype == tensor.dtype
        assert torch.equal(state[key], exact), key
    assert all(torch.equal(state[key] != 0, mask & (state[key] != 0)) for key, mask in masks.items())
    other = NETWORKS[name]()
    storage.load(other, content)
    assert all(torch.equal(tensor, state[key]) for key, tensor in other.state_dict().items())
    assert storage.pack(other, masks, values, books) == content  # and packing it again gives the same file


def test_a_layer_that_lost_everything_and_one_that_lost_nothing():
    model = LeNet300((1, 4, 4), 3)
    masks = everything(model)
    masks["fc2.weight"] = torch.zeros_like(masks["fc2.weight"])
    hold(model, masks)
    for values, books in (("float32", None), ("codebook", codebook.share(model, masks, 2))):
        state = storage.unpack(storage.pack(model, masks, values, books))
        assert not state["fc2.weight"].any()
        assert (state["fc1.weight"] != 0).all()


def test_grouped_convolutions_are_stored_although_their_inputs_are_not_all_outputs_of_the_layer_before():
    model = AlexNet((3, 63, 63), 4)
    for name in ("fc1", "fc2"):
        setattr(model, name, torch.nn.Linear(8, 8))  # not what is asked here, and large
    masks = pruned(model, 0.05)
    masks["conv1.weight"][:48] = False  # half of conv2's inputs are dead
    hold(model, masks)
    state = storage.unpack(storage.pack(model, masks))
    assert all(torch.equal(state[key], tensor) for key, tensor in model.state_dict().items())


def test_positions_cost_the_entropy_where_there_is_no_structure():
    """Independent places: H(p) a place, within four standard deviations of its fluctuation and 1 % for learning."""
    p, shape = 0.02, (300, 784)
    mask = np.random.default_rng(4).random(shape) < p
    entropy = -(p * math.log2(p) + (1 - p) * math.log2(1 - p))
    deviation = math.log2((1 - p) / p) * math.sqrt(p * (1 - p) / mask.size)
    cost = bits(mask, 0) / mask.size
    assert entropy - 4 * deviation < cost < 1.01 * entropy + 4 * deviation
    assert choose_lag(mask) == 0
    line = Writer()
    exchange_mask(line, mask, shape, int(mask.sum()), 0)
    assert abs(8 * len(line.content()) - bits(mask, 0)) < 0.01 * bits(mask, 0)
    assert np.array_equal(exchange_mask(Reader(line.content()), None, shape, int(mask.sum()), 0), mask)


def test_structure_is_found_and_paid_for():
    """Neurons that read patches of pixels cost far less than their density says, and the picture's width is found."""
    rng, mask = np.random.default_rng(4), np.zeros((200, 20, 28), dtype=bool)
    for neuron in mask:
        row, column = rng.integers(0, 16), rng.integers(0, 24)
        neuron[row : row + 4, column : column + 4] = rng.random((4, 4)) < 0.9
    mask = mask.reshape(200, 560)
    p = mask.mean()
    uniform = -(p * math.log2(p) + (1 - p) * math.log2(1 - p)) * mask.size
    assert choose_lag(mask) == 28
    assert bits(mask, 28) < 0.6 * uniform
    assert bits(mask, 0) > 0.8 * uniform  # negative control: neighbours not looked at


def test_relative_indices_need_the_fillers_of_the_law_and_more_bits():
    """q/(1 - q) fillers a kept weight, q = (1 - p)^(2^k); the best k costs more than the contexts of this module do."""
    p, shape = 0.02, (300, 784)
    mask = np.random.default_rng(4).random(shape) < p
    for width in (3, 5, 8):
        q = (1 - p) ** 2**width
        kept = mask.sum()
        fillers = relative_index_bits(mask, width) / width - kept
        # a geometric number of fillers for each weight; kept fluctuates too, so the law is taken at the kept there are
        assert abs(fillers / kept - q / (1 - q)) < 4 * math.sqrt(q / (1 - q) ** 2 / kept)
    assert bits(mask, 0) < 0.95 * min(relative_index_bits(mask, width) for width in range(1, 12))


def test_the_parts_of_a_file_are_weighed():
    """Independent weights: the masks cost their entropy, 4-bit values at most half a byte each."""
    model = NETWORKS["lenet300"]()
    masks = pruned(model, 0.03)
    books = codebook.share(model, masks, 4)
    content = storage.pack(model, masks, "codebook", books)
    parts = weigh(content)
    entropy = sum(independent_bits(mask.numpy()) for mask in masks.values()) / 8
    assert parts.header + parts.masks + parts.values == len(content)
    assert parts.entropy == round(entropy)
    assert 0.98 * entropy < parts.masks < 1.02 * entropy + 410 / 8  # biases: at most a bit each
    assert parts.relative > 1.05 * parts.entropy
    kept = sum(int(book.where.sum()) for book in books.values())
    codebooks = 3 * sum(book.size for book in books.values())
    assert 0 < parts.values - codebooks <= kept / 2 + 8


def test_adaptive_probabilities_are_the_counts():
    contexts, line = Contexts(2, 0.25), Writer()
    contexts.exchange(line, np.array([1, 1, 0, 1], dtype=bool), np.array([0, 0, 0, 1]))
    assert (contexts.ones.tolist(), contexts.seen.tolist()) == ([2, 1], [3, 1])
    assert frequencies(np.array([0, 0, 0, 2]), 4).tolist() == [255, 0, 85, 0]


def test_bytes_are_counted_as_stated():
    """LeNet-300-100 with the paper's 21,776 weights: 6.05 times smaller in compressed rows, weights alone."""
    model, masks = LeNet300((1, 28, 28), 10), {}
    for name, (kept, shape) in zip(
        ("fc1", "fc2", "fc3"), ((18816, (300, 784)), (2700, (100, 300)), (260, (10, 100))), strict=True
    ):
        masks[f"{name}.weight"] = (torch.arange(math.prod(shape)) < kept).reshape(shape)
    biases = 4 * 410
    assert storage.dense_bytes(model) == 4 * 266_610
    csr = storage.csr_bytes(model, masks)
    assert csr == 8 * 21_776 + 4 * (301 + 101 + 11) + biases
    assert f"{(storage.dense_bytes(model) - biases) / (csr - biases):.2f}" == "6.05"


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda c: c[:-1], "damaged"),
        (lambda c: c[:40] + bytes([c[40] ^ 1]) + c[41:], "damaged"),
        (lambda c: c[:5], "not a packed network"),
        (lambda c: b"", "not a packed network"),
        (lambda c: b"x" + c, "not a packed network"),
    ],
)
def test_damage_is_seen(damage, line):
    model = LeNet300((1, 4, 4), 3)
    content = storage.pack(model, pruned(model, 0.1))
    with pytest.raises(ValueError, match=line):
        storage.unpack(damage(content))


def test_another_models_file_and_unknown_values_are_refused():
    model = LeNet300((1, 4, 4), 3)
    masks = pruned(model, 0.1)
    with pytest.raises(ValueError, match=r"the packed network: fc1.weight is \(300, 16\) there, the model needs"):
        storage.load(LeNet300((1, 5, 5), 3), storage.pack(model, masks))
    with pytest.raises(ValueError, match="values=int8 is not allowed: it must be one of float32, float16, codebook"):
        storage.pack(model, masks, "int8")
    with pytest.raises(ValueError, match="needs the books"):
        storage.pack(model, masks, "codebook")
