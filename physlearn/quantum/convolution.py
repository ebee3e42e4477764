"""A small convolutional network as ln psi: the same few weights at every site of a periodic chain.

    h_c(i) = tanh(sum_k U_ck s_{i+k}),     ln psi(s) = sum_i sum_d ln cosh(sum_ck V_dck h_c(i + k)),     k = 0 ... K - 1

The sum over sites i makes psi the same for every translation of s; tanh is odd and ln cosh even, so that
psi(s) = psi(-s). F channels and kernels of K sites have F K + F^2 K parameters, whatever the length of the chain.
"""

import math

import torch
from torch import Tensor, nn

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
            raise ValueError(
                f"kernel={kernel} is not allowed: it must be a whole number from 1 to N = {sites}. Type kernel={sites}"
            )
        given = dict(generator=generator, dtype=torch.float64)
        self.first = normal(kernel, width, scale=1 / math.sqrt(kernel), **given)  # U, (k, c)
        self.second = normal(kernel * width, width, scale=scale, **given)  # V, (k c, d)
        site = torch.arange(sites)
        self.register_buffer("window", (site[:, None] + torch.arange(kernel)) % sites)  # (i, k): i + k
        self.register_buffer("origin", (site[:, None] - torch.arange(kernel)) % sites)  # (j, k): the i of i + k = j

    def forward(self, spins: Tensor) -> Tensor:
        """ln psi, (row,), of spins (row, site) +-1 in float64."""
        hidden = (spins[:, self.window] @ self.first).tanh()  # (row, i, c)
        seen = hidden[:, self.window].flatten(2)  # (row, i, k c)
        return log_cosh(seen @ self.second).sum((1, 2))

    def derivatives(self, spins: Tensor) -> Tensor:
        """O_k(s) = d ln psi / d parameter k, (row, parameter), in the order of `parameters()`."""
        near = spins[:, self.window]  # (row, i, k)
        hidden = (near @ self.first).tanh()  # (row, i, c)
        seen = hidden[:, self.window].flatten(2)  # (row, i, k c)
        slopes = (seen @ self.second).tanh()  # (row, i, d)
        kernel, width = self.first.shape
        back = (slopes @ self.second.T).unflatten(2, (kernel, width))  # d ln psi / d h_c(i + k), (row, i, k, c)
        arrived = back[:, self.origin, torch.arange(kernel)].sum(2)  # d ln psi / d h_c(j), (row, j, c)
        first = near.mT @ (arrived * (1 - hidden.square()))  # (row, k, c)
        return torch.cat((first.flatten(1), (seen.mT @ slopes).flatten(1)), 1)
