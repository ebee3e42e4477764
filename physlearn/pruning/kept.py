"""A pruned network whose parameters are the weights that were kept, and no others.

Noise, momenta, thermometers and Metropolis steps then know nothing of the removed weights: the Boltzmann distribution
is that of the kept ones, exp(-E(W)/T) with W_i = 0 wherever the mask is False, and d is their number. To the outside
(state dicts, samples, checkpoints) the tensors have their full shapes, with zeros.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call

from physlearn.pruning.masks import Masks


class Kept(nn.Module):
    """A linear or convolution layer whose parameter `weight` is the vector of the kept weights, (kept,).

    Args:
        layer: the layer, which is not changed and does the computing.
        mask: of the shape of its weights, True where one is kept.
    """

    def __init__(self, layer: nn.Module, mask: Tensor) -> None:
        super().__init__()
        self._layer = (layer,)  # in a tuple: its weights are no parameters of this module
        self.shape = mask.shape
        self.register_buffer("places", mask.flatten().nonzero()[:, 0], persistent=False)  # (kept,)
        self.weight = nn.Parameter(layer.weight.detach().flatten()[self.places])
        self.register_parameter("bias", layer.bias)

    def dense(self) -> Tensor:
        """The weights in the layer's shape, zero where none is kept."""
        zeros = self.weight.new_zeros(self.shape.numel())
        return zeros.scatter(0, self.places, self.weight).view(self.shape)

    def forward(self, x: Tensor) -> Tensor:
        own = {"weight": self.dense()} | ({} if self.bias is None else {"bias": self.bias})
        return functional_call(self._layer[0], own, (x,))

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        destination[f"{prefix}weight"] = self.dense().detach()

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        name = f"{prefix}weight"
        own = {key: value for key, value in state_dict.items() if key.startswith(prefix)}
        if name in own:
            own[name] = own[name].reshape(-1)[self.places]
        super()._load_from_state_dict(own, prefix, *rest)


def keep_only(model: nn.Module, masks: Masks) -> nn.Module:
    """The same model, its prunable layers replaced by `Kept`; their names stay.

    Raises:
        ValueError: a mask of another shape than its weights, or a network that is one layer.
    """
    for name, mask in masks.items():
        path = name.rpartition(".")[0]
        if not path:
            raise ValueError("the network is one layer, which cannot be replaced within itself")
        parent, _, last = path.rpartition(".")
        layer = model.get_submodule(path)
        if layer.weight.shape != mask.shape:
            raise ValueError(f"{name}: a mask {tuple(mask.shape)} for weights {tuple(layer.weight.shape)}")
        setattr(model.get_submodule(parent), last, Kept(layer, mask.to(layer.weight.device)))
    return model


def unpruned(model: nn.Module) -> nn.Module:
    """A copy of a model after `keep_only` whose layers are whole again, zeros where weights were removed."""
    model = copy.deepcopy(model)
    for path, module in list(model.named_modules()):
        if isinstance(module, Kept):
            parent, _, last = path.rpartition(".")
            layer = module._layer[0]
            layer.load_state_dict(module.state_dict())
            setattr(model.get_submodule(parent), last, layer)
    return model


def half_bytes(masks: Masks, one: int, samples: Iterable[Mapping[str, Tensor]]) -> list[int]:
    """Bytes of ensembles of 1, 2, ... networks that share their masks, values in float16.

        B_K = B_1 + 2 (K - 1) (kept weights + biases + buffers)

    Args:
        masks: of the layers' weights.
        one: B_1, the bytes of one network (`pruning.storage.pack` with float16), which hold the places.
        samples: full state dicts of the networks, (K,).
    """
    sizes = [2 * sum(int(masks[n].sum()) if n in masks else t.numel() for n, t in sample.items()) for sample in samples]
    return [one + sum(sizes[1 : k + 1]) for k in range(len(sizes))]
