"""Weights from a file that the user has: safetensors, or torch's own format read without pickle's code."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

WRAPPERS = ("state_dict", "model_state_dict", "model")  # under which training scripts store the weights


def load_weights(model: nn.Module, path: str | os.PathLike) -> None:
    """Fills a model with the weights of a file, on the device and in the type that the model has.

    The tensors go by name. Where no name is shared they go by order, if all shapes agree: torchvision's VGG-16 (its
    layers are called features.0, ..., classifier.6) is read so.

    Args:
        model: what is filled; untouched where the file does not fit.
        path: *.safetensors, else a state dict saved by torch, alone or under `state_dict`.

    Raises:
        ValueError: the file is not there, cannot be read without running code, or does not fit; one line that names
            the first tensor that disagrees.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file; type weights=<a .safetensors or torch file>")
    found, own = read_tensors(path), model.state_dict()
    if not set(found) & set(own):
        found = by_order(found, own, path)
    refuse_misfits(found, own, path)
    model.load_state_dict(found)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Name -> tensor of a file, prefixes of parallel training (module.) taken off."""
    try:
        if path.suffix == ".safetensors":
            stored: Any = load_file(path)
        else:
            stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # bytes that are no pickle let torch's reader stumble anywhere, IndexError and others
        reason = type(error).__name__
        raise ValueError(f"{path}: is neither safetensors nor a torch file of plain tensors ({reason})") from None
    for wrapper in WRAPPERS:
        if isinstance(stored, Mapping) and isinstance(stored.get(wrapper), Mapping):
            stored = stored[wrapper]
    if not isinstance(stored, Mapping) or not all(isinstance(value, Tensor) for value in stored.values()):
        raise ValueError(f"{path}: holds no state dict, a mapping from names to tensors")
    return {str(name).removeprefix("module."): value for name, value in stored.items()}


def by_order(found: dict[str, Tensor], own: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The same tensors under the model's names, in order."""
    if [tuple(tensor.shape) for tensor in found.values()] != [tuple(tensor.shape) for tensor in own.values()]:
        raise ValueError(
            f"{path}: has none of the model's names ({next(iter(own))}, ...), and its {len(found)} tensors "
            f"({next(iter(found), 'none')}, ...) have not the shapes of the model's {len(own)} either"
        )
    return dict(zip(own, found.values(), strict=True))


def refuse_misfits(found: Mapping[str, Tensor], own: Mapping[str, Tensor], path: Path) -> None:
    """Raises ValueError for the first tensor that is missing, of another shape, or too many."""
    for name, tensor in own.items():
        if name not in found:
            raise ValueError(f"{path}: has no {name} {tuple(tensor.shape)}, which the model needs")
        if found[name].shape != tensor.shape:
            there, needed = tuple(found[name].shape), tuple(tensor.shape)
            raise ValueError(f"{path}: {name} is {there} there, the model needs {needed}")
    if strange := sorted(set(found) - set(own)):
        raise ValueError(f"{path}: has {strange[0]} {tuple(found[strange[0]].shape)}, which the model has not")
