"""Pictures in folders and a weights file, as a user with ImageNet would type it, on a few made pictures."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from physlearn.__main__ import run
from physlearn.lab.errors import UserError
from physlearn.models.alexnet import AlexNet
from physlearn.models.vgg import VGG16CIFAR
from physlearn.pruning import inference, storage

SHORT = ("task=prune", "data=image_folder", "threads=1", "task.batch_size=4", "task.dense_epochs=1", "task.epochs=2",
         "task.prune_every=1", "task.log_every=1", "optimizer.lr=0.001", "dropout=none")  # fmt: skip


@pytest.fixture
def pictures(tmp_path):
    """Two classes of pictures, one brighter, in train/ and val/."""
    rng = np.random.default_rng(4)
    for part, number in (("train", 6), ("val", 3)):
        for label, light in (("n01", 60), ("n02", 160)):
            folder = tmp_path / "pictures" / part / label
            folder.mkdir(parents=True)
            for i in range(number):
                Image.fromarray(rng.integers(0, light, (80, 96, 3), np.uint8)).save(folder / f"{i}.JPEG")
    return tmp_path / "pictures"


def result_of(directory):
    return json.loads((directory / "result.json").read_text())


def test_a_networks_own_weights_are_pruned_and_the_file_is_the_network(tmp_path, pictures, monkeypatch):
    dense = VGG16CIFAR((3, 32, 32), 2, width=1 / 32, generator=torch.Generator().manual_seed(4))
    save_file(dense.state_dict(), tmp_path / "dense.safetensors")
    words = (f"data.root={pictures}", "data.size=32", "model=vgg16_cifar", "model.width=0.03125")
    out = tmp_path / "out"
    code = run([*SHORT, *words, f"weights={tmp_path / 'dense.safetensors'}", "pruning.compression=10",
                "storage=codebook", "storage.epochs=1", f"hydra.run.dir={out}"])  # fmt: skip
    result = result_of(out)
    weights = sum(w.numel() for name, w in dense.named_parameters() if w.ndim > 1)
    assert code == 0
    assert (result["weights"], result["weights_kept"]) == (weights, weights // 10)
    state = storage.unpack((out / "network.plnet").read_bytes())
    assert sum(int((w != 0).sum()) for name, w in state.items() if w.ndim > 1) <= weights // 10
    assert result["file_bytes"] < result["csr_bytes"] < result["dense_bytes"]
    assert 0 <= result["test_error_after_load"] <= 1

    assert run(["task=latency", f"from={out}", "task.batches=[2]", "task.repeats=3", "threads=1",
                f"hydra.run.dir={tmp_path / 'latency'}"]) == 0  # fmt: skip
    timed = result_of(tmp_path / "latency")
    assert timed["csr_ms_2"] > 0
    kept = sum(int((w != 0).sum()) for name, w in state.items() if w.ndim > 1)
    assert (timed["weights_kept"], timed["compression"]) == (kept, weights / kept)
    assert timed["neurons_conv1_1"] == int(state["conv1_2.weight"].any(3).any(2).any(0).sum())
    rows = [
        inference.Latency(2, "CSR", 1.5, 6.0, 0.25, (0.2, 0.3)),
        inference.Latency(2, "smaller", 1.5, 1, 1.5, (1, 2)),
    ]
    monkeypatch.setattr(inference, "latency", lambda *_: rows)
    run(["task=latency", f"from={out}", "threads=1", f"hydra.run.dir={tmp_path / 'again'}"])
    timed = result_of(tmp_path / "again")
    assert (timed["dense_ms_2"], timed["csr_ms_2"], timed["ratio_2"]) == (1.5, 6.0, 0.25)
    assert timed["ratio_quartiles_2"] == [0.2, 0.3]
    assert (timed["smaller_ms_2"], timed["smaller_ratio_2"], timed["smaller_ratio_quartiles_2"]) == (1, 1.5, [1, 2])


def test_a_file_that_does_not_fit_is_one_line_and_leaves_no_run(tmp_path, pictures, capsys):
    save_file({"conv1.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    words = (f"data.root={pictures}", "data.size=32", "model=vgg16_cifar", "model.width=0.03125")
    out = tmp_path / "out"
    assert run([*SHORT, *words, f"weights={tmp_path / 'other.safetensors'}", f"hydra.run.dir={out}"]) == 2
    assert not (out / "result.json").exists()
    told = capsys.readouterr().err.strip()
    assert told.startswith("physlearn: weights: ")
    assert "has none of the model's names (conv1_1.weight, ...)" in told
    assert "\n" not in told


def test_latency_needs_a_finished_prune_run(tmp_path, capsys):
    assert run(["task=latency", f"from={tmp_path}", f"hydra.run.dir={tmp_path / 'latency'}"]) == 2
    assert "no finished prune run lies there" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"task.batches=\[0\] is not allowed"):
        run(["task=latency", f"from={tmp_path}", "task.batches=[0]"])


@pytest.mark.slow
def test_alexnet_itself(tmp_path, pictures):
    """Caffe's grouped AlexNet at the smallest size that it takes, by the recipe of Han et al., from a torch file."""
    dense = AlexNet((3, 64, 64), 2, generator=torch.Generator().manual_seed(4))
    torch.save({"state_dict": dense.state_dict()}, tmp_path / "dense.pth")
    words = (f"data.root={pictures}", "data.size=64", "model=alexnet", f"weights={tmp_path / 'dense.pth'}")
    out = tmp_path / "out"
    code = run([*SHORT, *words, "pruning=han", "pruning.compression=9", "sparsity=one_shot", f"hydra.run.dir={out}"])
    result = result_of(out)
    assert code == 0
    assert result["weights_kept"] == result["weights"] // 9
    assert result["test_error_after_load"] == result["test_error"]
