"""Real digits are correlated: Hebb's rule fails on them, projection and the modern memory complete half an image."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.modern import ModernHopfield
from physlearn.hopfield.patterns import from_images, known_part, mask

FILE = Path(os.environ.get("PHYSLEARN_DATA", "")) / "mnist" / "train-images-idx3-ubyte.gz"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="needs MNIST under PHYSLEARN_DATA")


@pytest.fixture(scope="module")
def digits():
    with gzip.open(FILE) as file:
        raw = np.frombuffer(file.read(16 + 20 * 784)[16:], np.uint8)
    return from_images(torch.from_numpy(raw.copy()).view(20, 784))  # (image, pixel)


def right(states, digits):
    """The fraction of all pixels that are right, and of those that had been hidden."""
    hit = (states.sign() == digits).double()
    return float(hit.mean()), float(hit[:, ~known_part(784)].mean())


@pytest.mark.parametrize("dynamics", ["asynchronous", "greedy", "synchronous"])
def test_projection_completes_half_hidden_digits(digits, dynamics):
    known = known_part(784)
    start = mask(digits, known, torch.Generator().manual_seed(1))
    recalled = HopfieldNetwork(digits, "projection").recall(start, dynamics=dynamics, clamped=known)
    pixels, hidden = right(recalled, digits)
    assert pixels >= 0.95
    assert hidden >= 0.95
    assert right(start, digits)[0] < 0.8


def test_modern_memory_completes_half_hidden_digits(digits):
    known = known_part(784)
    recalled = ModernHopfield(digits, 0.05).recall(mask(digits, known), 3, clamped=known)
    pixels, hidden = right(recalled, digits)
    assert pixels >= 0.95
    assert hidden >= 0.95


def test_hebb_fails_on_correlated_patterns(digits):
    """It does not even keep the digits it stores; on as many random patterns it does."""
    known = known_part(784)
    network = HopfieldNetwork(digits)
    start = mask(digits, known, torch.Generator().manual_seed(1))
    assert right(network.recall(start, clamped=known), digits)[1] < 0.9
    kept = network.recall(digits)
    assert right(kept, digits)[0] < 0.95
    assert len(torch.unique(kept, dim=0)) < 10, "most digits run into one and the same state"
