"""VGG-16 on CIFAR-10 as the docs type it, a quarter as wide, for a few epochs on a few of the real pictures."""

import json
import os
from pathlib import Path

import pytest

from physlearn.__main__ import run
from physlearn.data.cifar10 import FOLDERS, MD5
from physlearn.data.files import find

FOUND = find(Path(os.environ.get("PHYSLEARN_DATA", "")), FOLDERS, tuple(MD5))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(FOUND is None, reason="needs CIFAR-10 under PHYSLEARN_DATA")]


def test_the_command_of_the_docs_prunes_to_the_weight_and_beats_chance(tmp_path):
    """2,000 pictures: the dense network beats chance by 4 standard errors on the 10,000 of the test set."""
    words = ("task=prune", "model=vgg16_cifar", "data=cifar10", "pruning.compression=50", "seed=0", "model.width=0.25")
    short = ("data.limit=2000", "task.dense_epochs=5", "task.epochs=2", "task.prune_every=5")
    gentle = ("dropout=none", "optimizer.lr=0.02")  # 60 steps are few
    assert run([*words, *short, *gentle, f"hydra.run.dir={tmp_path}"]) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["weights_kept"] == result["weights"] // 50
    assert result["dense_test_error"] < 0.9 - 4 * (0.9 * 0.1 / 10_000) ** 0.5
    assert result["test_error_after_load"] == result["test_error"]
