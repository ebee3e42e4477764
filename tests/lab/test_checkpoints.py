"""A checkpoint comes back bit for bit, a damaged one is never taken for whole, and no pickle is read."""

import pickle
import random
from contextlib import suppress

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from physlearn.lab.checkpoints import (
    checkpoint_path,
    keep_newest,
    newest_readable,
    read_checkpoint,
    write_checkpoint,
)
from physlearn.lab.errors import Refused


def state():
    generator = torch.Generator().manual_seed(3)
    return {
        "model": {"w": torch.randn(7, 5, generator=generator), "empty": torch.empty(0, 3), "scalar": torch.tensor(2.5)},
        "optimizer": {"state": {0: {"step": torch.tensor(3.0), "m": torch.randn(4, dtype=torch.float64)}, 1: {}}},
        "generator": generator.get_state(),
        "numpy": np.random.default_rng(5).bit_generator.state,
        "array": np.arange(6, dtype=np.int64).reshape(2, 3),
        "point": np.array(2.0),
        "mask": torch.tensor([True, False]),
        "half": torch.ones(3, dtype=torch.bfloat16),
        "strided": torch.arange(12.0).reshape(3, 4).T,
        "plain": [1, 2.5, "text", None, True, float("nan"), float("inf"), -0.0],
        "alike": {1: torch.ones(2), "1": torch.zeros(2), "a/b": torch.ones(1), "a": {"b": torch.zeros(1)}},
    }


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


def test_every_kind_of_leaf_comes_back_bit_for_bit(tmp_path):
    written = state()
    write_checkpoint(tmp_path / "step_1.safetensors", written)
    assert same(written, read_checkpoint(tmp_path / "step_1.safetensors"))
    assert [path.name for path in tmp_path.iterdir()] == ["step_1.safetensors"]


def test_tied_weights_come_back_whole(tmp_path):
    shared = torch.randn(3, 3)
    write_checkpoint(tmp_path / "a", {"a": shared, "b": shared, "row": shared[1]})
    back = read_checkpoint(tmp_path / "a")
    assert same({"a": shared, "b": shared, "row": shared[1]}, back)


def test_what_is_neither_data_nor_tensor_is_refused(tmp_path):
    with pytest.raises(TypeError, match="cannot hold a set"):
        write_checkpoint(tmp_path / "a", {"x": {1, 2}})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["flip", "cut", "empty", "longer", "zeros"])
def test_no_damage_goes_unseen(tmp_path, kind):
    """Every byte of the header and a sample of the rest: flipped, cut off, emptied, overwritten."""
    path = tmp_path / "step_1.safetensors"
    write_checkpoint(path, state())
    whole = path.read_bytes()
    draw = random.Random(0)
    places = [*range(0, 200), *(draw.randrange(len(whole)) for _ in range(300))]
    for place in places if kind in ("flip", "cut") else [0]:
        damaged = bytearray(whole)
        if kind == "flip":
            damaged[place] ^= 1 << draw.randrange(8)
        content = {
            "flip": bytes(damaged),
            "cut": whole[:place],
            "empty": b"",
            "longer": whole + b"\0",
            "zeros": bytes(len(whole)),
        }[kind]
        path.write_bytes(content)
        with suppress(ValueError):  # else it was a byte of JSON's own white space
            assert same(read_checkpoint(path), state())


def test_a_pickle_is_refused_and_its_code_never_runs(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    (tmp_path / "step_1.safetensors").write_bytes(pickle.dumps(Trap()))
    torch.save({"weights": torch.ones(2)}, tmp_path / "step_2.safetensors")
    for path in tmp_path.glob("step_*"):
        with pytest.raises(ValueError, match="not a readable checkpoint"):
            read_checkpoint(path)
    assert not (tmp_path / "ran").exists()


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path):
    save_file({"w": torch.ones(2)}, tmp_path / "a")
    with pytest.raises(ValueError, match="not a readable checkpoint"):
        read_checkpoint(tmp_path / "a")
    save_file({"w": torch.ones(2)}, tmp_path / "b", metadata={"state": "{}"})
    with pytest.raises(ValueError, match="SHA-256"):
        read_checkpoint(tmp_path / "b")


def test_two_are_kept_and_a_damaged_one_never_counts_as_newest(tmp_path):
    """Negative control: without setting it aside, step 3 would outlive the whole ones after it."""
    for step in (1, 2, 3):
        write_checkpoint(checkpoint_path(tmp_path, step), {"step": step})
        keep_newest(tmp_path)
    assert newest_readable(tmp_path) == {"step": 3}
    checkpoint_path(tmp_path, 3).write_bytes(b"")
    with pytest.warns(UserWarning, match=r"step_0000000003.*the one before it is used"):
        assert newest_readable(tmp_path) == {"step": 2}
    for step in (3, 4):
        write_checkpoint(checkpoint_path(tmp_path, step), {"step": step})
        keep_newest(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.safetensors")) == [
        "step_0000000003.safetensors",
        "step_0000000004.safetensors",
    ]
    assert newest_readable(tmp_path) == {"step": 4}


def test_where_none_can_be_read_nothing_is_changed(tmp_path):
    assert newest_readable(tmp_path) is None
    for step in (1, 2):
        checkpoint_path(tmp_path, step).write_bytes(b"nonsense")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(Refused, match=r"step_0000000002.safetensors, step_0000000001.safetensors"):
        newest_readable(tmp_path)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_tensors_lie_where_kernels_for_complex_numbers_can_read_them(tmp_path):
    """At multiples of 64 bytes, whatever the header's length; in the file itself some do not lie at multiples of 16,
    and indexing a complex view of such a tensor was a segmentation fault."""
    in_file = set()
    for length in range(0, 32, 4):
        path = tmp_path / f"{length}.safetensors"
        write_checkpoint(
            path, {"words": "x" * length, "odd": torch.ones(1).double(), "pairs": torch.ones(4, 2).double()}
        )
        with safe_open(path, framework="pt") as file:
            in_file |= {file.get_tensor(name).data_ptr() % 16 for name in file.keys()}  # noqa: SIM118 (not a dict)
        read = read_checkpoint(path)
        assert [tensor.data_ptr() % 64 for tensor in (read["odd"], read["pairs"])] == [0, 0]
    assert in_file == {0, 8}
