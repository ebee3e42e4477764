"""task=redundancy: dense, pruned and sampled networks of one seed, each attacked, beside what is known without it."""

import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from stopping import checked, run_task

from physlearn.adversarial.defence import behind_jpeg
from physlearn.adversarial.linf import loss_gradient
from physlearn.codecs.jpeg import recode
from physlearn.data import dataset
from physlearn.lab.bench import Bench
from physlearn.lab.errors import UserError
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.prune import run as prune
from physlearn.tasks.redundancy import run as redundancy
from physlearn.tasks.redundancy.run import bits
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train

NETWORK = "model=mlp model.widths=[20] data.limit=300 dropout=none threads=1"
RUNS = {
    "dense": (train, "task.epochs=8 optimizer=adamw optimizer.lr=0.01 temperature=none ensemble.keep=1"),
    "pruned": (prune, "task=prune from=dense task.epochs=2 pruning.compression=4"),
    "sampled": (train, "from=dense task.epochs=2 ensemble.keep=4 temperature.value=1e-4"),
}
PAGE = "task=redundancy task.examples=60 task.steps=4 task.members=[1,2] task.qualities=[10] threads=1"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a dense run of task=train, one of task=prune and one with samples; nothing is drawn."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(dataset, "read", cache(dataset.read))
        for report in (train_report, prune_report):
            patch.setattr(report, "draw", lambda *_: None)
        for name, (task, words) in RUNS.items():
            result = run_task(task.run, Path(name), checked(*NETWORK.split(), *words.split()))
            Path(name, "result.json").write_text(json.dumps(result))
            Path(name, "status.json").write_text(json.dumps({"state": "done"}))
    return folder


def look(words):
    with tempfile.TemporaryDirectory() as place:
        return run_task(redundancy.run, Path(place), checked(*PAGE.split(), *words.split()))


def test_one_page(runs, monkeypatch):
    monkeypatch.chdir(runs)
    monkeypatch.setattr(dataset, "read", cache(dataset.read))
    with monkeypatch.context() as patch:
        patch.setattr(Bench, "figure", lambda *_: None)
        still = look("from=dense runs=[pruned,sampled] task.epsilon=0")
    assert still["arms"][:3] == ["dense network", "JPEG 10 in front of it", "pruned 4x"]
    assert [arm[:9] for arm in still["arms"][3:]] == ["1 sample,", "2 samples"]
    for column in ("noise", "own", "from_dense"):  # nothing has moved
        assert still[f"{column}_accuracy"] == still["clean_accuracy"]
    assert still["attacked_minimax"] == still["noise_minimax"] == still["benign_minimax"]
    found = look("from=dense runs=[pruned,sampled] task.epsilon=0.1")
    columns = (found[f"{name}_accuracy"] for name in ("own", "from_dense", "on_dense"))
    dense, coded, pruned, *_ = zip(*columns, strict=True)
    assert dense[0] == dense[1] == dense[2] < found["noise_accuracy"][0] - 0.2
    assert pruned[0] < min(pruned[1], pruned[2])  # an attack does most to the network that it was made for
    assert coded[0] < found["clean_accuracy"][1]
    assert found["attacked_plug_in"] > found["benign_plug_in"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("runs=[pruned]", "from is missing"),
        ("from=nowhere", "from=nowhere: there is no such folder"),
        ("from=pruned", "or none of task=train"),
        ("from=dense runs=[nowhere]", "runs=nowhere: there is no such folder"),
    ],
)
def test_refused(runs, monkeypatch, words, line):
    monkeypatch.chdir(runs)
    with pytest.raises(UserError, match=line) as caught:
        look(words)
    assert "\n" not in str(caught.value)


def test_a_network_behind_jpeg_sees_coded_images_and_passes_gradients_on():
    x = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    weight = torch.randn(256, 4, generator=torch.Generator().manual_seed(1))

    def network(u):
        return (u.flatten(1) @ weight) ** 2 / 10

    coded = recode((255 * x).round().to(torch.uint8).numpy(), 30).x
    seen = torch.from_numpy(coded) / 255
    y = torch.tensor([0, 1, 2])
    assert torch.allclose(behind_jpeg(network, 30)(x), network(seen), rtol=1e-4, atol=1e-4)
    assert torch.allclose(loss_gradient(behind_jpeg(network, 30), x, y), loss_gradient(network, seen, y), atol=1e-5)


def test_bits_of_images_that_are_known():
    noise = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (150, 1, 28, 28))) / 255
    found = bits(noise)
    assert {len(values) for values in found.values()} == {2}  # groups of 100 images
    assert found["zlib"] == pytest.approx([8, 8], abs=0.01)
    assert found["minimax"] == pytest.approx([8, 8], abs=0.05)
    assert found["plug-in"][0] < 7.9  # biased low: (S - 1)/(2 n ln 2) = 0.23
    flat = bits(torch.zeros(100, 1, 8, 8))
    assert flat["plug-in"] == [0]
    assert flat["zlib"][0] < 0.1
