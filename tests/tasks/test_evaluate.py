"""task=evaluate says of a network exactly what the run that trained it said, and what a file's weights do."""

import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from physlearn.data.dataset import load, read
from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.mlp import MLP
from physlearn.tasks.train import report as train_report

SMALL = "threads=1 model=mlp model.widths=[8] data.limit=256 data.validation=32 task.batch_size=32 task.log_every=9"


def test_a_trained_run_is_measured_as_it_measured_itself(typed, tmp_path, monkeypatch):
    """Its model comes with it: the model of task=evaluate's own config is another one."""
    monkeypatch.setattr(train_report, "draw", lambda *_: None)
    assert typed(f"{SMALL} task.epochs=3 hydra.run.dir=run")[0] == 0
    words = "task=evaluate from=run threads=1 data.limit=256 data.validation=32 task.worst=5 hydra.run.dir=seen"
    code, printed = typed(words)
    assert code == 0, printed.err
    own, found = (json.loads((tmp_path / name / "result.json").read_text()) for name in ("run", "seen"))
    for key in ("test_error", "test_nll", "test_ece"):
        assert found[key] == pytest.approx(own[key], rel=1e-6)
    assert found["test_wrong"] == round(own["test_error"] * found["test_examples"])
    assert sum(found["confusion"]) == found["test_examples"] == 360
    assert sum(found["confusion"]) - sum(found["confusion"][::11]) == found["test_wrong"]
    assert len((tmp_path / "seen/figures/worst.csv").read_text().splitlines()) == 6
    assert (tmp_path / "seen/figures/confusion.png").exists()


def test_weights_of_a_file_are_the_network(typed, tmp_path):
    """A linear classifier with made-up weights: its wrong predictions are counted by hand."""
    data = load("digits")
    model = MLP(data.shape, data.classes, widths=())
    save_file(model.state_dict(), tmp_path / "linear.safetensors")
    assert typed("task=evaluate model=mlp model.widths=[] weights=linear.safetensors hydra.run.dir=seen")[0] == 0
    with torch.no_grad():
        wrong = int((model(data.test_x).argmax(1) != data.test_y).sum())
    assert json.loads((tmp_path / "seen/result.json").read_text())["test_wrong"] == wrong


def test_weights_from_elsewhere_are_brought_in_as_the_docs_say(typed, tmp_path, monkeypatch):
    """The snippet of docs/how-to.md on a network that takes pixels/256: as many wrong as that network has on these."""
    text = (Path(__file__).resolve().parents[2] / "docs/how-to.md").read_text()
    snippet = re.search(r"## Bring weights from elsewhere.*?```python\n(.*?)```", text, re.DOTALL).group(1)
    monkeypatch.chdir(tmp_path)
    images, labels = read("digits", root=None, limit=None, size=None).test
    theirs = LeNet300((1, 8, 8), 10, generator=torch.Generator().manual_seed(3)).eval()
    torch.save(theirs.state_dict(), "theirs.pt")
    exec(compile(snippet, "how-to", "exec"), {})
    assert typed("task=evaluate weights=ours.safetensors hydra.run.dir=seen")[0] == 0
    result = json.loads((tmp_path / "seen/result.json").read_text())
    with torch.no_grad():
        outputs = theirs(images / 256)
    assert result["test_wrong"] == int((outputs.argmax(1) != labels).sum())
    assert result["test_nll"] == pytest.approx(float(torch.nn.functional.cross_entropy(outputs, labels)), rel=1e-5)
    assert len(outputs.argmax(1).unique()) > 3  # the inputs decide


def test_what_cannot_be_evaluated_is_one_line(refused):
    refused("task=evaluate", "from and weights are missing: type from=outputs/train/<run>, or weights=<file>")
    refused("task=evaluate from=nowhere", "from=nowhere: no run lies there")
    refused("task=evaluate weights=nowhere.pt", "nowhere.pt: there is no such file")


def test_caffes_lenet5_has_no_relu_after_its_convolutions():
    """Both against their layers one by one, on the same weights."""
    x = torch.randn(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    ours, caffe = (LeNet5((1, 28, 28), 10, variant=name).eval() for name in ("relu", "caffe"))
    caffe.load_state_dict(ours.state_dict())
    with torch.no_grad():
        assert not torch.allclose(ours(x), caffe(x))
        pool = torch.nn.functional.max_pool2d
        h = pool(caffe.conv2(pool(caffe.conv1(x), 2)), 2)
        assert torch.equal(caffe(x), caffe.fc2(caffe.fc1(h.flatten(1)).relu()))
        h = pool(ours.conv2(pool(ours.conv1(x).relu(), 2)).relu(), 2)
        assert torch.allclose(ours(x), ours.fc2(ours.fc1(h.flatten(1)).relu()), atol=1e-6)
    with pytest.raises(ValueError, match="variant=lecun: allowed are relu, caffe"):
        LeNet5((1, 28, 28), 10, variant="lecun")
