"""Weights from files: by name, by order, and one line for what does not fit; no code of a file is ever run."""

import pickle

import pytest
import torch
from safetensors.torch import save_file

from physlearn.models.lenet import LeNet5, LeNet300
from physlearn.models.pretrained import load_weights


@pytest.fixture
def network():
    return LeNet300((1, 4, 4), 3, generator=torch.Generator().manual_seed(4))


def fresh():
    return LeNet300((1, 4, 4), 3, generator=torch.Generator().manual_seed(5))


def same(a, b):
    return all(torch.equal(value, b.state_dict()[name]) for name, value in a.state_dict().items())


@pytest.mark.parametrize("form", ["safetensors", "torch", "wrapped", "module"])
def test_weights_come_back_bit_for_bit(network, tmp_path, form):
    state, path = network.state_dict(), tmp_path / ("w.safetensors" if form == "safetensors" else "w.pth")
    if form == "safetensors":
        save_file(state, path)
    elif form == "module":
        torch.save({f"module.{name}": value for name, value in state.items()}, path)
    else:
        torch.save({"state_dict": state, "epoch": 3} if form == "wrapped" else state, path)
    model = fresh()
    load_weights(model, path)
    assert same(model, network)


def test_other_names_go_by_order_where_all_shapes_agree(network, tmp_path):
    torch.save({f"classifier.{i}": value for i, value in enumerate(network.state_dict().values())}, tmp_path / "w.pth")
    model = fresh()
    load_weights(model, tmp_path / "w.pth")
    assert same(model, network)


def swapped(state):
    return {"a": state["fc2.weight"], **{name: value for name, value in state.items() if name != "fc2.weight"}}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda s: {k: v for k, v in s.items() if k != "fc2.bias"}, r"has no fc2.bias \(100,\), which the model needs"),
        (
            lambda s: s | {"fc1.weight": torch.zeros(300, 5)},
            r"fc1.weight is \(300, 5\) there, the model needs \(300",
        ),
        (lambda s: s | {"extra": torch.zeros(2)}, r"has extra \(2,\), which the model has not"),
        (lambda s: LeNet5((1, 16, 16), 3).state_dict(), r"has no fc3.weight|is .* there, the model needs"),
        (lambda s: {f"x{i}": v.T for i, v in enumerate(s.values())}, r"has none of the model's names \(fc1.weight"),
        (swapped, r"has no fc2.weight"),
        (lambda s: {}, r"has none of the model's names .* its 0 tensors \(none"),
        (lambda s: {"fc1.weight": 3}, "holds no state dict"),
        (lambda s: [1, 2], "holds no state dict"),
    ],
)
@pytest.mark.filterwarnings("ignore:The use of")
def test_what_does_not_fit_is_one_line_and_changes_nothing(network, tmp_path, change, line):
    torch.save(change(network.state_dict()), tmp_path / "w.pth")
    model, before = fresh(), fresh()
    with pytest.raises(ValueError, match=line) as caught:
        load_weights(model, tmp_path / "w.pth")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "w.pth"))
    assert same(model, before)


class Bomb:
    def __reduce__(self):
        return (print, ("this file ran code",))


@pytest.mark.parametrize("kind", ["pickle", "torch", "text", "empty", "safetensors", "none"])
def test_files_that_cannot_be_read_are_one_line_and_run_nothing(network, tmp_path, capsys, kind):
    path = tmp_path / ("w.safetensors" if kind == "safetensors" else "w.pth")
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Bomb(), protocol=2))
    elif kind == "torch":
        torch.save({"fc1.weight": Bomb()}, path)
    elif kind != "none":
        path.write_bytes(b"" if kind == "empty" else b"not weights at all")
    with pytest.raises(
        ValueError, match="there is no such file" if kind == "none" else "neither safetensors"
    ) as caught:
        load_weights(network, path)
    assert "\n" not in str(caught.value)
    assert "this file ran code" not in capsys.readouterr().out
