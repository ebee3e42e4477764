"""A small convolutional network as ln psi: the same few weights at every site of a periodic chain.

    h_c(i) = tanh(sum_k U_ck s_{i+k}),     ln psi(s) = sum_i sum_d ln cosh(sum_ck V_dck h_c(i + k)),     k = 0 ... K - 1

The sum over sites i makes psi the same for every translation of s; tanh is odd and ln cosh even, so that
psi(s) = psi(-s). F channels and kernels of K sites have F K + F^2 K parameters, whatever the length of the chain.
"""

import math

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from physlearn.quantum.neural import log_cosh, normal


class Convolution(nn.Module):
    """Two convolutions around the ring, tanh between them and ln cosh summed over sites at the end.

    Args:
        sites: N.
        width: F, channels of both layers.
        kernel: K, sites that a channel sees; 2 K - 1 of them reach the end.
        generator: of the initial weights, normal; of the second layer with the standard deviation `scale`, of the first
            with 1/sqrt(K), so that tanh is neither linear nor saturated.
        scale: of the second layer's weights; at 0 psi would be constant.

    Raises:
        ValueError: a kernel longer than the chain.
    """

    def __init__(self, sites: int, width: int, kernel: int, generator: torch.Generator, scale: float = 0.05) -> None:
        super().__init__()
        if not 1 <= kernel <= sites:
            raise ValueError(f"kernel={kernel} is not allowed: it must be a whole number from 1 to N = {sites}")
        given = dict(generator=generator, dtype=torch.float64)
        self.first = normal(kernel, width, scale=1 / math.sqrt(kernel), **given)  # U, (k, c)
        self.second = normal(kernel * width, width, scale=scale, **given)  # V, (k c, d)
        site = torch.arange(sites)
        self.register_buffer("window", (site[:, None] + torch.arange(kernel)) % sites)  # (i, k): i + k

    def forward(self, spins: Tensor) -> Tensor:
        """ln psi, (row,), of spins (row, site) +-1 in float64."""
        hidden = (spins[:, self.window] @ self.first).tanh()  # (row, i, c)
        seen = hidden[:, self.window].flatten(2)  # (row, i, k c)
        return log_cosh(seen @ self.second).sum((1, 2))

    def derivatives(self, spins: Tensor) -> Tensor:
        """O_k(s) = d ln psi / d parameter k, (row, parameter), in the order of `parameters()`."""
        return derivatives_by_row(self, spins)


def derivatives_by_row(net: nn.Module, spins: Tensor) -> Tensor:
    """d net(s) / d parameter k of every row, (row, parameter), by automatic differentiation, row by row at once.

    For networks with real parameters that have no closed form of their own.

    Args:
        net: (row, site) -> (row,).
        spins: (row, site).
    """
    parameters = {name: own.detach() for name, own in net.named_parameters()}

    def one(given: dict[str, Tensor], row: Tensor) -> Tensor:
        return functional_call(net, given, (row[None],))[0]

    found = vmap(grad(one), in_dims=(None, 0))(parameters, spins)
    return torch.cat([found[name].flatten(1) for name in parameters], 1)
