"""DeepFool: the least change in L_2, by a sequence of linear approximations of the boundaries between classes."""

import torch
from torch import Tensor

from physlearn.adversarial.linf import Network


def deepfool(
    network: Network, x: Tensor, y: Tensor, steps: int = 50, candidates: int = 10, overshoot: float = 0.02
) -> Tensor:
    """Steps to the nearest of the linearised boundaries until the class of each image has changed.

        r = (|f_k - f_y| / |w_k|^2) w_k,      w_k = grad(f_k - f_y),  k the class with the least |f_k - f_y|/|w_k|
        x' = clip(x_0 + (1 + overshoot) sum r, 0, 1)

    An image that is misclassified already is left as it is; one whose class does not change comes back unchanged in
    its class: whoever counts asks the network again.

    Args:
        network: images in [0, 1] -> logits, differentiable.
        x: (example, channel, height, width).
        y: labels, (example,).
        steps: linear approximations at most.
        candidates: classes that are tried, those with the largest logits at x.
        overshoot: how far beyond the boundary.

    Source: Moosavi-Dezfooli, Fawzi and Frossard, arXiv:1511.04599 (2015), algorithm 2.
    """
    with torch.no_grad():
        ranked = network(x).argsort(1, descending=True)  # (example, class)
    others = ranked[:, :candidates]
    total = torch.zeros_like(x)
    found = x.clone()
    going = ranked[:, 0] == y  # (example,)
    for _ in range(steps):
        if not bool(going.any()):
            break
        now = found[going].detach().requires_grad_()
        logits = network(now)
        labels, classes = y[going], others[going]
        own = logits.gather(1, labels[:, None])
        gaps = logits.gather(1, classes) - own  # (example, candidate) f_k - f_y
        slopes = torch.stack(
            [torch.autograd.grad(gap.sum(), now, retain_graph=True)[0] for gap in gaps.unbind(1)], 1
        )  # (example, candidate, channel, height, width)
        sizes = slopes.flatten(2).norm(dim=2)
        distance = (gaps.detach().abs() + 1e-4) / (sizes + 1e-8)
        distance[classes == labels[:, None]] = torch.inf
        best = distance.argmin(1)
        rows = torch.arange(len(best), device=x.device)
        direction = slopes[rows, best] / (sizes[rows, best] + 1e-8)[:, None, None, None]
        total[going] += distance[rows, best][:, None, None, None] * direction
        found[going] = (x[going] + (1 + overshoot) * total[going]).clamp(0, 1)
        with torch.no_grad():
            still = network(found[going]).argmax(1) == labels
        going[going.clone()] = still
    return found.detach()
