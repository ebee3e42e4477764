"""Signs added straight from the random bits are the very signs that the noise buffer holds."""

import pytest
import torch

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.noise import BITS, NoiseBuffer, random_bits_
from physlearn.dynamics.sign_kernel import can_step_with_signs, step_with_signs


def stream():
    return torch.Generator().manual_seed(3)


def weights(dtype=torch.float32):
    shapes = (37, 11), (5,), (), (64, 2), (1, 3)  # pieces that begin and end within a byte's place
    return [torch.linspace(-2, 3, torch.Size(shape).numel(), dtype=dtype).reshape(shape) for shape in shapes]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_kernel_adds_the_signs_of_the_buffer(dtype):
    """Without a drift the same bits."""
    fused, stored = weights(dtype), weights(dtype)
    words = torch.empty(-(-sum(w.numel() for w in fused) // BITS), dtype=torch.int64)
    step_with_signs(fused, [torch.zeros_like(w) for w in fused], 0.9, random_bits_(words, stream()), 0.37)
    torch._foreach_add_(stored, NoiseBuffer("rademacher", stored, 1).draw([stream()]), alpha=0.37)
    assert all(torch.equal(a, b) for a, b in zip(fused, stored, strict=True))


def test_a_step_with_the_kernel_is_the_step_without():
    """Weights that are not in one piece take the other path, whose sums are rounded elsewhere: equal to a few ulp."""
    plain = [torch.nn.Parameter(w) for w in weights(torch.float64) if w.dim() == 2]
    strided = [torch.nn.Parameter(w.detach().clone().T.contiguous().T) for w in plain]
    assert can_step_with_signs(plain)
    assert not can_step_with_signs(strided)
    for parameters in (plain, strided):
        optimizer = Langevin(parameters, 0.3, 1.7, noise="rademacher", weight_decay=0.2, generator=stream())
        for _ in range(3):
            for p in parameters:
                p.grad = p.detach() * 0.9
            optimizer.step()
    for a, b in zip(plain, strided, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(
    "odd", [torch.ones(4, dtype=torch.float64), torch.ones(4, 4).T[:, 1:], torch.ones(2, device="meta")]
)
def test_what_the_kernel_cannot_do_it_does_not(odd):
    assert not can_step_with_signs([torch.ones(3), odd])
    assert not can_step_with_signs([torch.ones(3, dtype=torch.bfloat16)])
