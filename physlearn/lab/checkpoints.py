"""A checkpoint is one safetensors file: tensors as tensors, everything else as JSON in its metadata, and a SHA-256.

A state is a nest of dicts and lists whose leaves are tensors, NumPy arrays, numbers, strings, booleans and None.
No pickle is written and none is read.
"""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from physlearn.lab.errors import Refused
from physlearn.lab.files import write_atomically

TENSOR, ARRAY, PAIRS = "$tensor", "$array", "$pairs"
KEPT = 2


def flatten(state: Any, tensors: dict[str, torch.Tensor], path: str = "") -> Any:
    """The JSON skeleton of a state; its tensors go into `tensors` under their path."""
    while path in tensors:  # keys 1 and "1", or "a/b" and "a" over "b"
        path += "'"
    if isinstance(state, torch.Tensor):
        tensors[path] = state.detach().cpu().contiguous().clone()
        return {TENSOR: path}
    if isinstance(state, np.ndarray):
        tensors[path] = torch.from_numpy(np.array(state, order="C"))
        return {ARRAY: path}
    if isinstance(state, dict) and all(isinstance(key, str) for key in state):
        return {key: flatten(value, tensors, f"{path}/{key}") for key, value in state.items()}
    if isinstance(state, dict):  # an optimizer numbers its parameters; JSON has no integer keys
        return {PAIRS: [[key, flatten(value, tensors, f"{path}/{key}")] for key, value in state.items()]}
    if isinstance(state, list | tuple):
        return [flatten(value, tensors, f"{path}/{i}") for i, value in enumerate(state)]
    if state is None or isinstance(state, bool | int | float | str):
        return state
    raise TypeError(f"a checkpoint cannot hold a {type(state).__name__} (at {path})")


def unflatten(skeleton: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """The state that `flatten` took apart."""
    if isinstance(skeleton, list):
        return [unflatten(value, tensors) for value in skeleton]
    if not isinstance(skeleton, dict):
        return skeleton
    if TENSOR in skeleton:
        return tensors[skeleton[TENSOR]]
    if ARRAY in skeleton:
        return tensors[skeleton[ARRAY]].numpy()
    if PAIRS in skeleton:
        return {key: unflatten(value, tensors) for key, value in skeleton[PAIRS]}
    return {key: unflatten(value, tensors) for key, value in skeleton.items()}


def digest(tensors: dict[str, torch.Tensor], skeleton: str) -> str:
    """SHA-256 of the tensors' names, types, shapes and bytes, and of the JSON beside them."""
    sha = hashlib.sha256(skeleton.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        sha.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        sha.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return sha.hexdigest()


def write_checkpoint(path: Path, state: Any) -> None:
    """One file, by way of a temporary one, an fsync and a rename."""
    tensors: dict[str, torch.Tensor] = {}
    skeleton = json.dumps(flatten(state, tensors))
    write_atomically(path, save(tensors, {"state": skeleton, "sha256": digest(tensors, skeleton)}))


def read_checkpoint(path: Path) -> Any:
    """The state in a checkpoint.

    Raises:
        ValueError: the file is not a checkpoint, is cut short, or its tensors are not those that were written.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # Copies: in a file tensors lie at multiples of 8 bytes, and torch's kernels for complex numbers ask for 16
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (not a dict)
        state = metadata["state"]
    except (SafetensorError, OSError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a readable checkpoint ({type(error).__name__})") from error
    if digest(tensors, state) != metadata.get("sha256"):
        raise ValueError(f"{path} is damaged: its SHA-256 is not the one that was written")
    return unflatten(json.loads(state), tensors)


def checkpoint_path(folder: Path, step: int) -> Path:
    return folder / f"step_{step:010d}.safetensors"


def keep_newest(folder: Path) -> None:
    for old in sorted(folder.glob("step_*.safetensors"))[:-KEPT]:
        old.unlink()


def newest_readable(folder: Path) -> Any:
    """The state of the newest checkpoint that can be read, None where there is no checkpoint at all.

    Damaged ones are said and passed over: they are set aside as *.damaged, so that they never count as newest.

    Raises:
        Refused: there are checkpoints and none of them can be read; nothing is changed.
    """
    paths = sorted(folder.glob("step_*.safetensors"), reverse=True)
    damaged = []
    for path in paths:
        try:
            state = read_checkpoint(path)
        except ValueError as damage:
            damaged.append((path, damage))
            continue
        for other, damage in damaged:
            warnings.warn(f"{damage}; the one before it is used", stacklevel=2)
            other.rename(other.with_name(f"{other.name}.damaged"))
        return state
    if paths:
        names = ", ".join(path.name for path in paths)
        raise Refused(
            f"no checkpoint in {folder} can be read, nothing was changed: put one of {names} back or run anew"
        )
    return None
