"""A network of any kind, tried out: the random numbers that a forward pass draws, without changing its buffers."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from physlearn.randomness import untouched


@contextmanager
def same_buffers(model: nn.Module) -> Iterator[None]:
    """Gives the buffers of a model the values back that they had: running statistics are no instrument's to change."""
    buffers = list(model.buffers())
    before = [buffer.detach().clone() for buffer in buffers]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in zip(buffers, before, strict=True):
                buffer.copy_(value)


class _Draws(TorchFunctionMode):
    """Notes the functions that move the CPU's global generator."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before = torch.get_rng_state()
        result = func(*args, **(kwargs or {}))
        if not torch.equal(before, torch.get_rng_state()):
            self.names[getattr(func, "__name__", str(func))] = None
        return result


@torch.no_grad()
def random_functions(model: nn.Module, x: Tensor) -> tuple[list[str], Tensor]:
    """The functions by which a forward pass on the CPU draws from the global generator, and what it gives.

    The names are torch's, such as ``dropout2d`` or ``multi_head_attention_forward``. A layer with a generator of its
    own is not among them. The model's buffers and the generator are left as they were.

    Args:
        model: in the mode, training or not, that is asked about.
        x: (example, ...), two at least where it normalises over them.
    """
    draws = _Draws()
    with untouched(), nullcontext() if _is_lazy(model) else same_buffers(model), draws:
        outputs = model(x)
    return list(draws.names), outputs


@torch.no_grad()
def unsaved_buffers(model: nn.Module, x: Tensor) -> list[str]:
    """The buffers that a forward pass changes and that no state dict holds (persistent=False): lost on resume."""
    saved = model.state_dict()
    unsaved = {name: buffer for name, buffer in model.named_buffers() if name not in saved}
    if not unsaved:
        return []
    before = {name: buffer.clone() for name, buffer in unsaved.items()}
    with untouched(), same_buffers(model):
        model(x)
        return [name for name, buffer in model.named_buffers() if name in before and _differ(buffer, before[name])]


def _differ(one: Tensor, other: Tensor) -> bool:
    return one.shape != other.shape or not torch.equal(one, other)


def _is_lazy(model: nn.Module) -> bool:
    tensors = [*model.parameters(), *model.buffers()]
    return any(isinstance(tensor, nn.parameter.UninitializedTensorMixin) for tensor in tensors)
