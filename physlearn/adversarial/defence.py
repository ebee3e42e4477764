"""A network behind JPEG: what it answers, and a gradient for an attack that knows of the codec."""

import torch
from torch import Tensor

from physlearn.adversarial.linf import Network
from physlearn.adversarial.norms import in_bytes
from physlearn.codecs.jpeg import recode


def behind_jpeg(network: Network, quality: int, subsampling: int = 420) -> Network:
    """u -> f(J_q(u)), the images stored as bytes and coded at quality q; its gradient is that of f at J_q(u).

    J_q is a staircase, whose own gradient is 0 almost everywhere. Taken as the identity on the way back, it hides
    nothing from an attack by gradients; an attack on f alone does not know of the codec.

    Args:
        network: f, images in [0, 1] -> logits.
        quality: q, 1 ... 100.
        subsampling: of the colour channels, see `codecs.jpeg.encode`.

    Source: Athalye, Carlini and Wagner, arXiv:1802.00420 (2018), section 4.1.
    """

    def answer(u: Tensor) -> Tensor:
        coded = recode(in_bytes(u.detach()).cpu().numpy(), quality, subsampling).x
        return network(u + (torch.from_numpy(coded).to(u) / 255 - u).detach())

    return answer
