"""Attacks within a distance epsilon of an image in the largest change of a pixel (L_infinity): FGSM and PGD."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Network = Callable[[Tensor], Tensor]  # images (example, channel, height, width) in [0, 1] -> logits (example, class)


def fgsm(network: Network, x: Tensor, y: Tensor, epsilon: float) -> Tensor:
    """The fast gradient sign method: one step of the largest allowed size in each pixel.

        x' = clip(x + epsilon sign(grad_x loss(x, y)), 0, 1)

    Args:
        network: images in [0, 1] -> logits, differentiable.
        x: (example, channel, height, width) in [0, 1].
        y: labels, (example,).
        epsilon: the largest change of a pixel, >= 0; white is 1.

    Raises:
        ValueError: epsilon < 0.

    Source: Goodfellow, Shlens and Szegedy, arXiv:1412.6572 (2014), section 4.
    """
    check_epsilon(epsilon)
    return (x + epsilon * loss_gradient(network, x, y).sign()).clamp(0, 1)


def pgd(
    network: Network,
    x: Tensor,
    y: Tensor,
    epsilon: float,
    steps: int = 40,
    relative_step: float = 0.025,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Projected gradient ascent of the loss within the ball of radius epsilon.

        x_0 = x + u,  u uniform in [-epsilon, epsilon];      x_(k+1) = P(x_k + a epsilon sign(grad_x loss(x_k, y)))

    P clips to [x - epsilon, x + epsilon] and to [0, 1].

    Args:
        network, x, y, epsilon: as in `fgsm`.
        steps: how many gradients.
        relative_step: a, the step in units of epsilon.
        generator: of the start u; None: start at x itself.

    Source: Madry et al., arXiv:1706.06083 (2017), section 2.1.
    """
    check_epsilon(epsilon)
    low, high = (x - epsilon).clamp(0, 1), (x + epsilon).clamp(0, 1)
    found = x
    if generator is not None:
        u = torch.rand(x.shape, generator=generator, device=generator.device, dtype=x.dtype).to(x.device)
        found = torch.minimum(torch.maximum(x + epsilon * (2 * u - 1), low), high)
    for _ in range(steps):
        moved = found + relative_step * epsilon * loss_gradient(network, found, y).sign()
        found = torch.minimum(torch.maximum(moved, low), high)
    return found


def loss_gradient(network: Network, x: Tensor, y: Tensor) -> Tensor:
    """Gradient of -ln p(y | x) of each image with respect to it, of the shape of x."""
    x = x.detach().requires_grad_()
    loss = F.cross_entropy(network(x), y, reduction="sum")
    return torch.autograd.grad(loss, x)[0]


def check_epsilon(epsilon: float) -> None:
    """Raises ValueError: epsilon < 0."""
    if epsilon < 0:
        raise ValueError(f"epsilon={epsilon:g}: allowed are numbers >= 0, the largest change of a pixel (white is 1)")
