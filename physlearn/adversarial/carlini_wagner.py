"""The attack of Carlini and Wagner: the least change in L_2, as a minimum that an optimizer looks for."""

import torch
from torch import Tensor

from physlearn.adversarial.linf import Network


def carlini_wagner(
    network: Network,
    x: Tensor,
    y: Tensor,
    steps: int = 200,
    searches: int = 6,
    lr: float = 0.01,
    constant: float = 1e-2,
) -> Tensor:
    """Minimises |x' - x|^2 + c max(f_y - max_(k != y) f_k, 0) over x' = (1 + tanh w)/2, which stays in [0, 1].

    c is found for each image by `searches` steps of bisection (times ten while no change was found); the nearest image
    with another class is returned, and the original where there was none.

    Args:
        network: images in [0, 1] -> logits, differentiable.
        x: (example, channel, height, width) in [0, 1].
        y: labels, (example,).
        steps: of Adam for each c.
        searches: values of c.
        lr: of Adam.
        constant: the first c.

    Source: Carlini and Wagner, arXiv:1608.04644 (2016), section VI.A.
    """
    w0 = torch.atanh((2 * x - 1) * (1 - 1e-6))
    low = torch.zeros(len(x), device=x.device, dtype=x.dtype)
    high = torch.full_like(low, torch.inf)
    c = torch.full_like(low, constant)
    nearest = torch.full_like(low, torch.inf)
    found = x.clone()
    for _ in range(searches):
        w = w0.clone().requires_grad_()
        optimizer = torch.optim.Adam([w], lr=lr)
        succeeded = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        for _ in range(steps):
            tried = (1 + w.tanh()) / 2
            logits = network(tried)
            own = logits.gather(1, y[:, None])[:, 0]
            other = logits.scatter(1, y[:, None], -torch.inf).max(1).values
            distance = (tried - x).flatten(1).square().sum(1)
            with torch.no_grad():  # before the step: these logits belong to this image
                turned = other > own
                better = turned & (distance < nearest)
                nearest = torch.where(better, distance, nearest)
                found[better] = tried[better]
                succeeded |= turned
            optimizer.zero_grad()
            (distance + c * (own - other).clamp(min=0)).sum().backward(inputs=[w])
            optimizer.step()
        high, low = torch.where(succeeded, c, high), torch.where(succeeded, low, c)
        c = torch.where(high.isinf(), 10 * c, (low + high) / 2)
    return found.detach()
